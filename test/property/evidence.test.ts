import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tryDecode } from '../../src/codec/index.ts'
import { DEFAULT_FAULT_DETECTOR_CONFIG, FaultDetector, verifyEvidence } from '../../src/evidence/index.ts'
import {
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  encodeEvidenceList,
  NIL_BLOCK_ID
} from '../../src/types/index.ts'
import { ChainBed, commitBlock, openPool, verifiedVote } from '../unit/evidence/chain-bed.ts'
import { blockIdNamed } from '../unit/types/sample-values.ts'

const BLOCKS = [NIL_BLOCK_ID, blockIdNamed('a'), blockIdNamed('b')]

describe('evidence with one bit flipped', () => {
  const bed = new ChainBed({ powers: [40n, 30n, 20n, 10n] }).grow(8)
  const pieces: [string, Evidence][] = [
    ['duplicate vote', bed.duplicateVote({ height: 5, validator: 1, round: 1 })],
    ['duplicate proposal', bed.duplicateProposal({ height: 5, round: 2 })]
  ]

  it.each(pieces)('%s is unreadable or refused, whichever bit it is', (_, evidence) => {
    const bytes = encodeEvidence(evidence)
    expect(verifyEvidence(evidence, bed.context)).toBeNull()
    for (let index = 0; index < bytes.length; index++) {
      const damaged = Uint8Array.from(bytes)
      damaged[index]! ^= 1 << ((index * 5) % 8)
      const decoded = tryDecode(decodeEvidence, damaged)
      if (!decoded.ok) continue
      const refusal = verifyEvidence(decoded.value, bed.context)
      expect(refusal?.code, `byte ${index}`).toBeTypeOf('string')
    }
  })
})

describe('the detector', () => {
  it('finds what a list of everything seen shows, whatever the order', () => {
    const bed = new ChainBed()
    const window = 2
    const move = fc.record({
      validator: fc.nat(2),
      height: fc.integer({ min: 1, max: 8 }),
      round: fc.nat(1),
      type: fc.constantFrom('prevote' as const, 'precommit' as const),
      block: fc.nat(2),
      advance: fc.nat(4)
    })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), moves => {
        const detector = new FaultDetector(
          { ...DEFAULT_FAULT_DETECTOR_CONFIG, windowBlocks: window, own: null },
          3
        )
        const seen: (typeof moves)[number][] = []
        const reported = new Set<string>()
        let now = 3
        for (const each of moves) {
          if (each.advance === 0) detector.advance(++now, 0)
          const { validator, height, round, type, block } = each
          const sample = { ...bed.vote(), height, round, type, blockId: BLOCKS[block]! }
          const vote = { ...sample, validatorAddress: bed.keys.set.validators[validator]!.address }
          const key = [validator, height, round, type].join()
          const isIn = height <= now + 1 && height >= now - window
          const first = seen.find(
            other => [other.validator, other.height, other.round, other.type].join() === key
          )
          let expected = 'ignored'
          if (isIn) {
            if (first === undefined) expected = 'first'
            else if (first.block === block) expected = 'repeated'
            else expected = reported.has(key) ? 'known' : 'offence'
            if (first === undefined) seen.push(each)
            if (expected === 'offence') reported.add(key)
          }
          expect(detector.observe(verifiedVote(vote), true).kind).toBe(expected)
        }
      }),
      { numRuns: 300 }
    )
  })
})

describe('the evidence pool', () => {
  it('commits every offence once, over crashes, censors and limits', async () => {
    const heights = 9
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('add' as const),
        height: fc.integer({ min: 1, max: heights + 3 }),
        validator: fc.nat(3),
        pair: fc.nat(2)
      }),
      fc.record({ kind: fc.constant('block' as const), maxBytes: fc.constantFrom(0, 400, 900, 100_000) }),
      fc.record({ kind: fc.constant('crash' as const) })
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async steps => {
        const bed = new ChainBed().grow(heights)
        let { pool, store } = await openPool(bed)
        const offences = new Set<string>()
        const committed: string[] = []
        const commit = async (maxBytes: number) => {
          const block = bed.nextBlock(pool.pending(maxBytes))
          expect(encodeEvidenceList(block.evidence).length).toBeLessThanOrEqual(maxBytes)
          expect(pool.check(bed.state, block)).toBeNull()
          committed.push(...block.evidence.map(nameOf))
          await commitBlock(bed, pool, store, block)
        }
        for (const each of steps) {
          if (each.kind === 'block') await commit(each.maxBytes)
          else if (each.kind === 'add') {
            const pair = [
              [1, 2],
              [0, 1],
              [0, 2]
            ][each.pair]!.map(index => BLOCKS[index]!)
            const evidence = bed.duplicateVote(each, [pair[0]!, pair[1]!])
            const outcome = pool.add(evidence)
            // What waits for its height is in memory only: a peer sends it again.
            if (outcome.kind === 'added') offences.add(nameOf(evidence))
            await pool.whenIdle()
          } else ({ pool, store } = await openPool(bed, store))
        }
        for (let block = 0; block < 6; block++) await commit(100_000)
        expect(pool.size).toBe(0)
        expect(new Set(committed).size).toBe(committed.length)
        for (const name of offences) expect(committed).toContain(name)
      }),
      { numRuns: 60 }
    )
  })
})

function nameOf(evidence: Evidence): string {
  return evidence.kind === 'duplicateVote'
    ? `${evidence.voteA.validatorAddress}@${evidence.voteA.height}`
    : evidence.kind
}
