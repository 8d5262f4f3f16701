import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/crypto/index.ts'
import type { VerifiedVote } from '../../../src/mempool/index.ts'
import { BLOCK_ID_FLAG, type BlockId, blockIdKey, NIL_BLOCK_ID } from '../../../src/types/index.ts'
import { LastCommit, makeSeenCommit, toCommit } from '../../../src/validator/last-commit.ts'

const hash = sha256Hex(Buffer.from('block'))
const BLOCK: BlockId = { hash, partSetHeader: { total: 1, hash } }
const OTHER: BlockId = { hash, partSetHeader: { total: 2, hash } }
const NOTHING = new Uint8Array(0)

/** As if admission had passed it: what is tested here looks at nothing else. */
function precommit(
  validatorIndex: number,
  blockId: BlockId,
  over: { round?: number; height?: number } = {}
): VerifiedVote {
  return {
    kind: 'vote',
    id: `${validatorIndex}`,
    blockIdKey: blockIdKey(blockId),
    power: 1n,
    vote: {
      type: 'precommit',
      height: over.height ?? 5,
      round: over.round ?? 0,
      blockId,
      timestamp: { seconds: validatorIndex, nanos: 0 },
      validatorAddress: `${validatorIndex}`.repeat(40),
      validatorIndex,
      signature: Uint8Array.of(validatorIndex),
      extension: NOTHING,
      extensionSignature: NOTHING
    }
  } as unknown as VerifiedVote
}

const decided = { height: 5, round: 0, blockId: BLOCK }

describe('the seen commit', () => {
  it('flags votes for the block, for nil, for others and none', () => {
    const votes = [precommit(0, BLOCK), precommit(1, NIL_BLOCK_ID), precommit(2, OTHER)]
    const flags = makeSeenCommit(decided, 4, votes).signatures.map(({ blockIdFlag }) => blockIdFlag)
    const { commit, nil, absent } = BLOCK_ID_FLAG
    expect(flags).toEqual([commit, nil, absent, absent])
  })

  it('counts an equivocator with the vote that decided, whatever came first', () => {
    for (const votes of [
      [precommit(0, BLOCK), precommit(0, NIL_BLOCK_ID)],
      [precommit(0, NIL_BLOCK_ID), precommit(0, BLOCK)]
    ]) {
      expect(makeSeenCommit(decided, 1, votes).signatures[0]!.blockIdFlag).toBe(BLOCK_ID_FLAG.commit)
    }
  })
})

describe('the last commit', () => {
  it('grows by late precommits of its round until it is complete', () => {
    const last = new LastCommit(
      makeSeenCommit(decided, 4, [precommit(0, BLOCK), precommit(1, BLOCK), precommit(2, BLOCK)])
    )
    expect(last.isComplete).toBe(false)
    expect(last.add(precommit(3, OTHER))).toBe(false)
    expect(last.add(precommit(3, BLOCK, { round: 1 }))).toBe(false)
    expect(last.add(precommit(3, BLOCK, { height: 4 }))).toBe(false)
    expect(last.add(precommit(0, NIL_BLOCK_ID))).toBe(false)
    expect(last.add(precommit(3, NIL_BLOCK_ID))).toBe(true)
    expect(last.isComplete).toBe(true)
    expect(last.toCommit().signatures[3]).toMatchObject({ blockIdFlag: BLOCK_ID_FLAG.nil })
    expect(last.toVotes()[3]?.blockId).toEqual(NIL_BLOCK_ID)
  })

  it('hands out copies that do not grow afterwards', () => {
    const last = new LastCommit(makeSeenCommit(decided, 2, [precommit(0, BLOCK)]))
    const before = last.toCommit()
    last.add(precommit(1, BLOCK))
    expect(before.signatures[1]!.blockIdFlag).toBe(BLOCK_ID_FLAG.absent)
    expect('extension' in toCommit(last.toExtendedCommit()).signatures[0]!).toBe(false)
  })
})
