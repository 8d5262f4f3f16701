import { describe, expect, it } from 'vitest'
import {
  type Config,
  ConfigError,
  formatConfig,
  type ResolveInput,
  resolveConfig,
  SECTIONS,
  type Section,
  settingName
} from '../../../src/config/index.ts'

const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

function resolve(input: Partial<ResolveInput> = {}) {
  return resolveConfig({ fileText: null, filePath: 'config.toml', environment: {}, flags: {}, ...input })
}

function complaint(input: Partial<ResolveInput>): { code: string; message: string } {
  try {
    resolve(input)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    const { code, message } = error as ConfigError
    expect(message).not.toContain('\n')
    return { code, message }
  }
  return expect.fail('the settings were accepted')
}

const everyField = Object.values<Section>(SECTIONS).flatMap(section =>
  Object.values(section.fields).map(field => ({
    name: settingName(section.table, field.key),
    field,
    section
  }))
)

describe('settings', () => {
  it('have the timing of CometBFT v0.38 by default', () => {
    const { consensus }: Config = resolve().config
    expect(consensus).toMatchObject({
      timeoutProposeMs: 3000,
      timeoutProposeDeltaMs: 500,
      timeoutPrevoteMs: 1000,
      timeoutPrevoteDeltaMs: 500,
      timeoutPrecommitMs: 1000,
      timeoutPrecommitDeltaMs: 500,
      timeoutCommitMs: 1000,
      skipTimeoutCommit: false,
      createEmptyBlocks: true
    })
  })

  it('serve nobody else by default', () => {
    const { rpc, instrumentation } = resolve().config
    expect(rpc.laddr).toEqual({ host: '127.0.0.1', port: 26657 })
    expect(rpc.unsafe).toBe(false)
    expect(rpc.corsAllowedOrigins).toEqual([])
    expect(instrumentation.prometheusListenAddr.host).toBe('127.0.0.1')
  })

  it('take flags over the environment, that over the file, that over the default', () => {
    const fileText = 'moniker = "from-file"\n[consensus]\ntimeout_commit = "3s"\n'
    const environment = { PNYX_MONIKER: 'from-environment' }
    const flags = { moniker: 'from-flag' }
    const moniker = (input: Partial<ResolveInput>) => resolve(input).config.base.moniker
    expect(moniker({ fileText, environment, flags })).toBe('from-flag')
    expect(moniker({ fileText, environment })).toBe('from-environment')
    expect(moniker({ fileText })).toBe('from-file')
    const { settings, config } = resolve({ fileText, environment, flags })
    expect(config.consensus.timeoutCommitMs).toBe(3000)
    expect(settings.get('moniker')).toEqual({ value: 'from-flag', source: 'flag', isDefault: false })
    expect(settings.get('consensus.timeout_commit')).toEqual({
      value: '3s',
      source: 'file',
      isDefault: false
    })
    expect(settings.get('p2p.dial_timeout')).toEqual({ value: '3s', source: 'default', isDefault: true })
  })

  it('are read from text of every kind', () => {
    const { config } = resolve({
      environment: {
        PNYX_RPC_CORS_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
        PNYX_MEMPOOL_SIZE: '7',
        PNYX_MEMPOOL_KEEP_INVALID_TXS_IN_CACHE: 'true',
        PNYX_CONSENSUS_TIMEOUT_COMMIT: '250ms'
      }
    })
    expect(config.rpc.corsAllowedOrigins).toEqual(['https://a.example', 'https://b.example'])
    expect(config.mempool).toMatchObject({ size: 7, keepInvalidTxsInCache: true })
    expect(config.consensus.timeoutCommitMs).toBe(250)
  })

  it.each(everyField)(
    '$name refuses a value of another kind, and says what is allowed',
    ({ name, field, section }) => {
      const wrong = { string: '3', number: '"3"', boolean: '"true"', list: '"a"' }[field.kind]
      const table = section.table === '' ? '' : `[${section.table}]`
      const { message } = complaint({ fileText: `${table}\n${field.key} = ${wrong}\n` })
      const shown = name === 'tx_index.psql-conn' ? '(set)' : wrong
      expect(message).toBe(`${name} = ${shown} (config.toml line 2): allowed is ${field.allowed}`)
    }
  )

  it.each([
    [
      '[consensus]\n# a comment\ntimeout_commit = "1x"',
      'consensus.timeout_commit = "1x" (config.toml line 3): allowed is'
    ],
    ['[consensus]\ntimeout_commit = "-1s"', 'allowed is a duration from 0s to 1h'],
    ['[consensus]\ntimeout_commit = 1000', 'consensus.timeout_commit = 1000 (config.toml line 2)'],
    [
      '[mempool]\nsize = 0',
      'mempool.size = 0 (config.toml line 2): allowed is a whole number from 1 to 1000000'
    ],
    ['[mempool]\nsize = 1.5', 'mempool.size = 1.5'],
    ['[mempool]\nsize = "10"', 'mempool.size = "10"'],
    ['[mempool]\nrecheck = "true"', 'allowed is true or false'],
    [
      '[tx_index]\nindexer = "sql"',
      'tx_index.indexer = "sql" (config.toml line 2): allowed is "kv", "null", "psql"'
    ],
    ['[tx_index]\nindexer = "psql"', 'the psql connection settings cannot be empty'],
    ['[tx_index]\npsql-conn = "host=a password=hidden"', 'tx_index.psql-conn = (set) (config.toml line 2)'],
    ['[rpc]\nladdr = "unix:///run/pnyx"', 'rpc.laddr'],
    ['[p2p]\nladdr = "tcp://0.0.0.0:70000"', 'p2p.laddr'],
    ['[p2p]\nladdr = "tcp://node.example:26656"', 'an IP address, not a name'],
    ['[p2p]\npersistent_peers = { a = 1 }', 'unknown key persistent_peers.a in [p2p]'],
    ['[p2p]\npersistent_peers = [1]', 'p2p.persistent_peers = [1] (config.toml line 2)'],
    ['log_level = "loud"', 'log_level = "loud" (config.toml line 1)'],
    [`moniker = "${'x'.repeat(500)}"`, 'moniker = "xxx']
  ])('%j is refused', (fileText, message) => {
    const found = complaint({ fileText })
    expect(found.code).toMatch(/^(BAD_VALUE|UNKNOWN_KEY)$/)
    expect(found.message).toContain(message)
    expect(found.message.length).toBeLessThan(500)
  })

  it('blame the flag for what a flag said', () => {
    expect(complaint({ flags: { 'consensus.timeout_commit': 'soon' } })).toMatchObject({
      code: 'BAD_FLAG',
      message: expect.stringContaining('(flag --consensus.timeout_commit)')
    })
  })

  it.each([
    ['[p2p]\nladdrr = ""', 'config.toml line 2: unknown key laddrr in [p2p]; did you mean laddr?'],
    ['timeout_commit = "1s"', 'config.toml line 1: unknown key timeout_commit; it belongs in [consensus]'],
    [
      '[rpc]\nmoniker = "x"',
      'config.toml line 2: unknown key moniker in [rpc]; it belongs above the first section'
    ],
    ['[mempool]\n\nkeep_invalid_txs_in_cache = true', 'did you mean keep-invalid-txs-in-cache?'],
    ['[mempol]\nsize = 3', 'config.toml line 1: there is no section [mempol]; did you mean [mempool]?'],
    ['[p2p]\nlibp2p.enabled = true', 'config.toml line 2: unknown key libp2p.enabled in [p2p]'],
    ['[p2p.libp2p]\nenabled = true', 'unknown key libp2p.enabled in [p2p]'],
    ['moniker = """\n[p2p]\nzzzz = 3\n"""\n[p2p]\nzzzz = 1', 'config.toml line 6: unknown key zzzz in [p2p]']
  ])('%j names the line of an unknown key', (fileText, message) => {
    const found = complaint({ fileText })
    expect(found.code).toBe('UNKNOWN_KEY')
    expect(found.message).toContain(message)
  })

  it.each([
    'a = ',
    '[p2p',
    'moniker = "open',
    '__proto__ = 3',
    'moniker = "a"\nmoniker = "b"',
    'x = [[[[[[[[[[[[[[[[[[[[[1'
  ])('%j is refused as no TOML, in one line', fileText => {
    expect(complaint({ fileText }).message).toMatch(/^config\.toml line \d+: /)
  })

  it('warn about known keys that ask for something which will not happen', () => {
    const { warnings } = resolve({ fileText: '[p2p]\nsend_rate = 1000\npex = true\nseed_mode = false\n' })
    expect(warnings).toEqual([
      expect.stringContaining('p2p.send_rate = 1000 has no effect: '),
      'these keys have no effect in Pnyx: p2p.pex, p2p.seed_mode'
    ])
  })

  it('refuse known keys where going on would be dangerous', () => {
    const { message } = complaint({ fileText: 'priv_validator_laddr = "tcp://127.0.0.1:26659"' })
    expect(message).toContain('(config.toml line 1): remote signers are not supported')
  })

  it.each([
    ['a flag', { flags: { 'p2p.send_rate': '1000', 'p2p.pex': 'true', 'p2p.seed_mode': 'false' } }],
    [
      'a variable',
      { environment: { PNYX_P2P_SEND_RATE: '1000', PNYX_P2P_PEX: 'true', PNYX_P2P_SEED_MODE: 'false' } }
    ]
  ])('warn about keys without effect when %s names them', (_, given) => {
    expect(resolve(given).warnings).toEqual([
      expect.stringContaining('p2p.send_rate = 1000 has no effect: '),
      'these keys have no effect in Pnyx: p2p.pex, p2p.seed_mode'
    ])
  })

  it('refuse dangerous ones wherever they come from', () => {
    const laddr = 'tcp://127.0.0.1:26659'
    const byFlag = complaint({ flags: { priv_validator_laddr: laddr } })
    expect(byFlag.code).toBe('BAD_FLAG')
    expect(byFlag.message).toContain('(flag --priv_validator_laddr): remote signers are not supported')
    const byVariable = complaint({ environment: { PNYX_PRIV_VALIDATOR_LADDR: laddr } })
    expect(byVariable.code).toBe('BAD_VALUE')
    expect(byVariable.message).toContain('(environment PNYX_PRIV_VALIDATOR_LADDR): remote signers')
    expect(complaint({ environment: { PNYX_P2P_SEED_MODE: 'true' } }).message).toContain(
      'p2p.seed_mode = true'
    )
  })

  it('warn about stray variables, and leave those of others alone', () => {
    const { warnings } = resolve({ environment: { PNYX_P2P_LADR: 'x', PNYX_HOME: '/h', CMT_P2P_LADDR: 'y' } })
    expect(warnings).toEqual([
      'environment variable PNYX_P2P_LADR names no setting; did you mean PNYX_P2P_LADDR?'
    ])
  })

  it('are told of all at once when several are wrong', () => {
    const fileText = 'moniker = 5\n[mempool]\nsize = "x"\n[rpc]\nunsafe = 1\n'
    const { code, message } = complaint({ fileText, flags: { 'p2p.laddr': 'foo' } })
    expect(code).toBe('BAD_VALUE')
    expect(message.split('; also ').map(part => part.split(' ')[0])).toEqual([
      'moniker',
      'rpc.unsafe',
      'p2p.laddr',
      'mempool.size'
    ])
    const timeouts = [
      'propose',
      'propose_delta',
      'prevote',
      'prevote_delta',
      'precommit',
      'precommit_delta',
      'commit'
    ]
    const durations = timeouts.map(name => `timeout_${name} = "x"`).join('\n')
    const many = `[consensus]\n${durations}\n[mempool]\nsize = 0\ncache_size = -1\nmax_tx_bytes = 0\nmax_txs_bytes = 0\n`
    expect(complaint({ fileText: many }).message).toMatch(/; and 1 more$/)
  })

  it('refuse settings that contradict each other', () => {
    expect(complaint({ flags: { 'rpc.tls_cert_file': 'cert.pem' } }).message).toContain('both or neither')
    const fileText = '[mempool]\nmax_tx_bytes = 2000\nmax_txs_bytes = 1000\n'
    expect(complaint({ fileText }).message).toContain('mempool.max_tx_bytes = 2000 is above')
  })

  it('read peers as multiaddrs and as id@host:port', () => {
    const fileText = `[p2p]\npersistent_peers = "/ip4/10.0.0.2/tcp/26656/p2p/${PEER}, ${PEER}@node.example:1"\n`
    expect(resolve({ fileText }).config.p2p.persistentPeers).toEqual([
      { peerId: PEER, multiaddr: `/ip4/10.0.0.2/tcp/26656/p2p/${PEER}` },
      { peerId: PEER, multiaddr: `/dns/node.example/tcp/1/p2p/${PEER}` }
    ])
    const comet = '[p2p]\npersistent_peers = "cf4a66aa29e5123abfdfbdf485da6788bb8e46d1@10.0.0.2:26656"\n'
    expect(complaint({ fileText: comet }).message).toContain(
      'CometBFT ids of 40 hex digits cannot be dialled'
    )
  })

  it('written by `init` resolve to themselves, without a warning', () => {
    const overrides = {
      moniker: 'quoted "name" \\ backslash',
      'consensus.timeout_commit': '0s',
      'rpc.cors_allowed_origins': ['*']
    }
    for (const given of [{}, overrides]) {
      const written = resolve({ fileText: formatConfig(given) })
      const flags = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
      expect(written.warnings).toEqual([])
      expect(written.config).toEqual(resolve({ flags }).config)
    }
  })

  it('are all written with a comment', () => {
    const lines = formatConfig().split('\n')
    for (const { field } of everyField) {
      const index = lines.findIndex(line => line.startsWith(`${field.key} = `))
      expect(lines[index - 1], field.key).toMatch(/^# .{10}/)
    }
    expect(lines.filter(line => line.length > 110)).toEqual([])
  })
})
