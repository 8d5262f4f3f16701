import { hostname } from 'node:os'
import { choice, type Section, text } from '../field.ts'

const FILE = { allowed: 'a path that is not empty', pattern: /\S/ }

const fields = {
  proxyApp: text('staking', {
    key: 'proxy_app',
    allowed: 'the name of a built-in application or its address',
    pattern: /\S/,
    comment: 'The application that runs the transactions, by name (`pnyx start --help` lists them).'
  }),
  moniker: text(hostname().slice(0, 70), {
    key: 'moniker',
    allowed: '1 to 70 printable characters',
    pattern: /^[^\p{C}]{1,70}$/u,
    comment: 'A name for this node, shown to its peers and in `status`.'
  }),
  dbDir: text('data', {
    key: 'db_dir',
    ...FILE,
    comment: 'Where the databases are, as all paths here: absolute, or seen from the home directory.'
  }),
  logLevel: text('info', {
    key: 'log_level',
    allowed: '"debug", "info", "warn", "error", "none", or one a module as in "consensus:debug,*:error"',
    pattern: /^(?:[\w*-]+:)?(?:debug|info|warn|error|none)(?:,(?:[\w*-]+:)?(?:debug|info|warn|error|none))*$/,
    comment:
      'What is logged: debug, info, warn, error or none; a module at a time as in "consensus:debug,*:error".'
  }),
  logFormat: choice(['plain', 'json'], 'plain', {
    key: 'log_format',
    comment: 'Lines for people (plain) or for machines (json).'
  }),
  genesisFile: text('config/genesis.json', {
    key: 'genesis_file',
    ...FILE,
    comment: 'The genesis file: the same bytes on every node of the chain.'
  }),
  validatorKeyFile: text('config/priv_validator_key.json', {
    key: 'priv_validator_key_file',
    ...FILE,
    comment: 'The key this validator signs with. Guard it: never let two running nodes have the same one.'
  }),
  validatorStateFile: text('data/priv_validator_state.json', {
    key: 'priv_validator_state_file',
    ...FILE,
    comment: 'What this validator signed last. Losing it, or putting an old one back, can make it sign twice.'
  }),
  nodeKeyFile: text('config/node_key.json', {
    key: 'node_key_file',
    ...FILE,
    comment: 'The key that names this node on the network.'
  })
}

export const baseSection = {
  table: '',
  comment: '',
  fields,
  withoutEffect: [
    { key: 'version', reason: 'Pnyx reads the file by its keys, whatever wrote it' },
    {
      key: 'db_backend',
      reason: 'LevelDB is the only store, and its files are not those of CometBFT',
      usual: 'goleveldb',
      refuse: true
    },
    {
      key: 'priv_validator_laddr',
      reason: 'remote signers are not supported, and signing with a local key instead could sign twice',
      usual: '',
      refuse: true
    },
    { key: 'abci', reason: 'the application runs inside the node', usual: 'socket', refuse: true },
    {
      key: 'filter_peers',
      reason: 'the application is not asked about peers; use p2p.allow_list',
      usual: false
    },
    { key: 'event_bus_buffer_capacity', reason: 'events are queued a subscriber at a time', usual: 0 }
  ]
} as const satisfies Section
