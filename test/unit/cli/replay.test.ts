import { describe, expect, it } from 'vitest'
import { replayHeight } from '../../../src/cli/replay/replay-height.ts'
import {
  type BlockId,
  blockIdKey,
  type ChainState,
  makeGenesisState,
  makeValidatorSet,
  type Proposal,
  parseGenesis,
  proposerOfRound,
  type Vote
} from '../../../src/types/index.ts'
import type { JournalRecord } from '../../../src/validator/index.ts'

const genesis = parseGenesis(
  JSON.stringify({
    genesis_time: '2026-01-01T00:00:00Z',
    chain_id: 'replayed',
    initial_height: '1',
    validators: [],
    app_hash: ''
  })
)
const validators = makeValidatorSet(
  [1, 2, 3, 4].map(i => ({
    publicKey: { type: 'ed25519' as const, bytes: new Uint8Array(32).fill(i) },
    power: 10n
  }))
)
const state: ChainState = { ...makeGenesisState(genesis), validators, nextValidators: validators }
const blockId: BlockId = { hash: 'ab'.repeat(32), partSetHeader: { total: 1, hash: 'cd'.repeat(32) } }
const key = blockIdKey(blockId)
const time = { seconds: 1, nanos: 0 }
const none = new Uint8Array(0)

const proposal: Proposal = {
  height: 1,
  round: 0,
  polRound: -1,
  blockId,
  timestamp: time,
  signature: none
} as Proposal

function vote(type: 'prevote' | 'precommit', validatorIndex: number): JournalRecord {
  const given: Vote = {
    type,
    height: 1,
    round: 0,
    blockId,
    timestamp: time,
    validatorAddress: validators.validators[validatorIndex]!.address,
    validatorIndex,
    signature: none,
    extension: none,
    extensionSignature: none
  }
  return { kind: 'message', message: { kind: 'vote', vote: given } }
}

describe('the replay of a height', () => {
  const start: JournalRecord = { kind: 'startHeight', height: 1, waitForTxs: false }
  const proposed: JournalRecord = { kind: 'message', message: { kind: 'proposal', proposal } }

  it('names what came, which rules fired, and what is awaited at the end', () => {
    const other = validators.validators.find(
      v => v.address !== proposerOfRound(validators, 0).address
    )!.address
    const replay = replayHeight(state, [start, proposed, vote('prevote', 0), vote('prevote', 1)], other)
    expect(replay.height).toBe(1)
    expect(replay.records.map(({ record }) => record)).toEqual([
      'start height 1',
      'proposal of round 0: abababab',
      'V0 prevote of round 0: abababab',
      'V1 prevote of round 0: abababab'
    ])
    expect(replay.records[0]!.transition).toContain('L10 start => schedule propose timeout 1/0')
    expect(replay.awaits).toContain('1/0 propose awaits')
  })

  it('locks when the block is valid and a quorum prevoted it', () => {
    const valid = replayHeight(state, [start, proposed, vote('prevote', 0)], null)
    expect(valid.state).toBe('1/0 propose')
    const records = [start, proposed, ...[0, 1, 2].map(i => vote('prevote', i))]
    const judged = replayHeight(state, [...records, { kind: 'validity', blockIdKey: key, valid: true }], null)
    expect(judged.state).toContain('locked abababab@0')
    const refused = replayHeight(
      state,
      [...records, { kind: 'validity', blockIdKey: key, valid: false }],
      null
    )
    expect(refused.state).not.toContain('locked')
  })
})
