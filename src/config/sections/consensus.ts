import { duration, flag, integer, type Section, text } from '../field.ts'

const timeout = (key: string, fallback: string, comment: string) =>
  duration(fallback, { key, min: '0s', max: '1h', comment })

const fields = {
  walFile: text('data/cs.wal/wal', {
    key: 'wal_file',
    allowed: 'a path that ends in /wal',
    pattern: /^(?:.+\/)?wal$/,
    comment: 'The write-ahead log: what consensus saw and did since the last block.'
  }),
  timeoutProposeMs: timeout('timeout_propose', '3s', 'How long to wait for a proposal before prevoting nil.'),
  timeoutProposeDeltaMs: timeout('timeout_propose_delta', '500ms', 'Added to it for each further round.'),
  timeoutPrevoteMs: timeout(
    'timeout_prevote',
    '1s',
    'How long to wait for more prevotes once +2/3 came for no one block.'
  ),
  timeoutPrevoteDeltaMs: timeout('timeout_prevote_delta', '500ms', 'Added to it for each further round.'),
  timeoutPrecommitMs: timeout('timeout_precommit', '1s', 'The same for precommits.'),
  timeoutPrecommitDeltaMs: timeout('timeout_precommit_delta', '500ms', 'Added to it for each further round.'),
  timeoutCommitMs: timeout(
    'timeout_commit',
    '1s',
    'How long to wait after a block before the next height, so that slower validators get their votes in.'
  ),
  doubleSignCheckHeight: integer(0, {
    key: 'double_sign_check_height',
    min: 0,
    max: 10_000,
    comment:
      'At start, refuse to sign when one of this many last blocks already carries our signature: a twin may be ' +
      'running. Wait that many blocks before a planned restart. 0 looks at none.'
  }),
  skipTimeoutCommit: flag(false, {
    key: 'skip_timeout_commit',
    comment: 'Go on at once when every validator has precommitted.'
  }),
  createEmptyBlocks: flag(true, {
    key: 'create_empty_blocks',
    comment: 'Make blocks also when no transaction waits.'
  }),
  createEmptyBlocksIntervalMs: duration('0s', {
    key: 'create_empty_blocks_interval',
    min: '0s',
    max: '24h',
    comment:
      'The time between such blocks; without create_empty_blocks, one is still made this often (0s: never).'
  }),
  pullIntervalMs: duration('100ms', {
    key: 'peer_gossip_sleep_duration',
    min: '1ms',
    max: '1m',
    comment:
      'After this long without progress, peers are asked for the votes and parts that are missing here.'
  })
}

const EVENT_DRIVEN = 'votes and parts are sent when they appear, and asked for when they are missing'

export const consensusSection = {
  table: 'consensus',
  comment: 'Timing of the consensus algorithm. Every validator of a chain should use the same.',
  fields,
  withoutEffect: [
    { key: 'peer_query_maj23_sleep_duration', reason: EVENT_DRIVEN, usual: '2s' },
    {
      key: 'block_time_tolerance',
      reason: 'block times are bounded by the median of the last commit alone',
      usual: '60s'
    }
  ]
} as const satisfies Section
