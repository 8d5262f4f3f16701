import { describe, expect, it } from 'vitest'
import type { VerifiedMessage } from '../../../src/mempool/index.ts'
import type { Vote } from '../../../src/types/index.ts'
import { BoundedLabel } from '../../../src/util/index.ts'
import type { AppliedBlock } from '../../../src/validator/index.ts'
import { BlockMetrics } from '../../../src/validator/metrics/block-metrics.ts'
import { RoundMetrics } from '../../../src/validator/metrics/round-metrics.ts'
import { countingMetrics } from '../../support/counting-metrics.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function voteOf(type: Vote['type'], extension = 0): VerifiedMessage {
  const vote = { type, round: 0, extensionSignature: new Uint8Array(extension) }
  return { kind: 'vote', vote } as unknown as VerifiedMessage
}

describe('metrics of what seldom happens', () => {
  it('count votes that came twice or late', () => {
    const metrics = countingMetrics()
    const rounds = new RoundMetrics(metrics, new ManualClock())
    rounds.onMessage(voteOf('prevote'), 'duplicate')
    rounds.onMessage(voteOf('precommit'), 'late')
    rounds.onMessage(voteOf('precommit'), 'late')
    expect(metrics.count('consensus_duplicate_vote')).toBe(1)
    expect(metrics.count('consensus_late_votes', { vote_type: 'precommit' })).toBe(2)
    expect(metrics.count('consensus_late_votes', { vote_type: 'prevote' })).toBe(0)
  })

  it('count parts that came twice, and those nobody asked for', () => {
    const metrics = countingMetrics()
    const rounds = new RoundMetrics(metrics, new ManualClock())
    for (const outcome of ['added', 'duplicate', 'unexpected'] as const) rounds.onPart(outcome)
    expect(metrics.count('consensus_duplicate_block_part')).toBe(1)
    expect(metrics.count('consensus_block_gossip_parts_received', { matches_current: 'true' })).toBe(2)
    expect(metrics.count('consensus_block_gossip_parts_received', { matches_current: 'false' })).toBe(1)
  })

  it('count vote extensions once each, by what became of them', () => {
    const metrics = countingMetrics()
    const rounds = new RoundMetrics(metrics, new ManualClock())
    rounds.onMessage(voteOf('precommit', 64), 'added')
    rounds.onMessage(voteOf('precommit', 64), 'duplicate')
    rounds.onMessage(voteOf('precommit', 64), 'refused')
    rounds.onMessage(voteOf('precommit'), 'added')
    const count = (status: string) => metrics.count('consensus_vote_extension_receive_count', { status })
    expect([count('accepted'), count('rejected')]).toEqual([1, 1])
  })

  it('count proposals that are not accepted', () => {
    const metrics = countingMetrics()
    const rounds = new RoundMetrics(metrics, new ManualClock())
    const proposal = { kind: 'proposal' } as unknown as VerifiedMessage
    rounds.onMessage(proposal, 'added')
    rounds.onMessage(proposal, 'refused')
    const count = (status: string) => metrics.count('consensus_proposal_receive_count', { status })
    expect([count('accepted'), count('rejected')]).toEqual([1, 1])
  })

  it('count updates of parameters, and blocks that were fetched apart from all', () => {
    const metrics = countingMetrics()
    const blocks = new BlockMetrics(metrics, null)
    const applied = (consensusParamUpdates: object | null) =>
      ({
        block: { header: { height: 5, time: { seconds: 1, nanos: 0 } }, txs: [], evidence: [] },
        state: { lastValidators: null },
        response: { consensusParamUpdates, validatorUpdates: [] },
        seenCommit: { signatures: [] },
        processingMs: 1
      }) as unknown as AppliedBlock
    blocks.onApplied(applied(null), 100, false)
    blocks.onApplied(applied({}), 100, true)
    expect(metrics.count('state_consensus_param_updates')).toBe(1)
    expect(metrics.count('consensus_chain_size_bytes')).toBe(200)
  })

  it('tell only so many peers apart', () => {
    const label = new BoundedLabel(2)
    expect(['a', 'b', 'a', 'c', 'd', 'b'].map(one => label.of(one))).toEqual([
      'a',
      'b',
      'a',
      'other',
      'other',
      'b'
    ])
  })
})
