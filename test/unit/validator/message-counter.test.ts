import { describe, expect, it } from 'vitest'
import { MessagePool, type VerifiedProposal, type VerifiedVote } from '../../../src/mempool/index.ts'
import type { HeightContext } from '../../../src/validator/host/height-context.ts'
import type { HostListener, MessageOutcome } from '../../../src/validator/host/host-listener.ts'
import type { JournalRecord } from '../../../src/validator/host/journal.ts'
import { MessageCounter } from '../../../src/validator/host/message-counter.ts'

const HEIGHT = 7
const BLOCK = `${'ab'.repeat(32)}:1:${'cd'.repeat(32)}`

/** As if admission had passed it: what is tested here looks at nothing else. */
function precommit(validatorIndex: number, extension: string | null, key = BLOCK): VerifiedVote {
  return {
    kind: 'vote',
    id: `${validatorIndex}/${extension}/${key}`,
    blockIdKey: key,
    power: 1n,
    vote: {
      type: 'precommit',
      height: HEIGHT,
      round: 0,
      blockId: { hash: 'ab'.repeat(32), partSetHeader: { total: 1, hash: 'cd'.repeat(32) } },
      timestamp: { seconds: 1, nanos: 0 },
      validatorAddress: 'ef'.repeat(20),
      validatorIndex,
      signature: new Uint8Array(64),
      extension: Buffer.from(extension ?? ''),
      extensionSignature: new Uint8Array(extension === null ? 0 : 64)
    }
  } as unknown as VerifiedVote
}

function makeCounter() {
  const pool = new MessagePool<VerifiedVote, VerifiedProposal>()
  pool.openHeight(HEIGHT, [1n, 1n, 1n, 1n])
  const logged: JournalRecord[] = []
  const outcomes: MessageOutcome[] = []
  const asked: string[] = []
  const listener = { onMessage: (_message: unknown, outcome: MessageOutcome) => outcomes.push(outcome) }
  const counter = new MessageCounter({
    pool,
    executor: {
      acceptsExtension: async vote => {
        const text = Buffer.from(vote.extension).toString()
        asked.push(text)
        return text !== 'bad'
      }
    },
    listener: listener as unknown as HostListener,
    log: record => logged.push(record)
  })
  return { counter, pool, logged, outcomes, asked }
}

describe('counting messages', () => {
  it('logs exactly what changes the pool, also a vote that contradicts another', () => {
    const { counter, logged, outcomes } = makeCounter()
    expect(counter.count(precommit(0, null))).toBe(true)
    expect(counter.count(precommit(0, null))).toBe(false)
    expect(counter.count(precommit(0, null, ''))).toBe(true)
    expect(outcomes).toEqual(['added', 'duplicate', 'conflicting'])
    expect(logged).toHaveLength(2)
  })

  it('asks the application about every extension, and drops what it refuses (cometbft#5204)', async () => {
    const { counter, outcomes, asked } = makeCounter()
    const votes = [precommit(0, 'good'), precommit(1, 'bad'), precommit(2, null), precommit(3, '')]
    const accepted = await counter.withAcceptedExtensions(votes)
    expect(accepted.map(({ vote }) => vote.validatorIndex)).toEqual([0, 2, 3])
    expect(asked).toEqual(['good', 'bad', ''])
    expect(outcomes).toEqual(['refused'])
  })

  it('takes and logs a certificate as one unit, of the current height alone', () => {
    const { counter, pool, logged } = makeCounter()
    const context = { height: HEIGHT } as HeightContext
    const votes = [precommit(0, null), precommit(1, null), precommit(2, null)]
    expect(counter.countCertificate(votes, { height: HEIGHT + 1 } as HeightContext)).toBe(false)
    expect(counter.countCertificate(votes.slice(0, 2), context)).toBe(false)
    expect(counter.countCertificate(votes, context)).toBe(true)
    expect(counter.countCertificate(votes, context)).toBe(false)
    expect(pool.view(HEIGHT).precommitQuorum()).toEqual({ round: 0, value: BLOCK })
    expect(logged.map(({ kind }) => kind)).toEqual(['certificate'])
  })
})
