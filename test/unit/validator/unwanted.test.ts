import { describe, expect, it } from 'vitest'
import { MessagePool, type VerifiedProposal, type VerifiedVote } from '../../../src/mempool/index.ts'
import { type BlockId, blockIdKey, type Proposal } from '../../../src/types/index.ts'
import { isUnwanted } from '../../../src/validator/gossip/unwanted.ts'

const HEIGHT = 5
const ROUND = 1

function blockOf(letter: string): BlockId {
  return { hash: letter.repeat(64), partSetHeader: { total: 1, hash: letter.repeat(64) } }
}

function proposalOf(letter: string, polRound: number): Proposal {
  return {
    height: HEIGHT,
    round: ROUND,
    polRound,
    blockId: blockOf(letter),
    timestamp: { seconds: 1, nanos: 0 },
    signature: new Uint8Array(64)
  }
}

/** A pool that keeps these proposals of validator 0. */
function poolWith(kept: readonly (readonly [letter: string, polRound: number])[]) {
  const pool = new MessagePool<VerifiedVote, VerifiedProposal>()
  const heightPool = pool.openHeight(HEIGHT, [1n, 1n, 1n, 1n])
  heightPool.enterRound(ROUND)
  for (const [index, [letter, polRound]] of kept.entries()) {
    pool.add({
      id: `proposal ${index}`,
      kind: 'proposal',
      height: HEIGHT,
      round: ROUND,
      validator: 0,
      value: blockIdKey(blockOf(letter)),
      polRound,
      payload: {} as VerifiedProposal
    })
  }
  expect(heightPool.proposals(ROUND)).toHaveLength(kept.length)
  return heightPool
}

describe('a proposal that comes to a pool with two', () => {
  it('is unwanted when these contradict each other already', () => {
    const pool = poolWith([
      ['a', -1],
      ['b', -1]
    ])
    for (const letter of ['a', 'b', 'c']) expect(isUnwanted(pool, proposalOf(letter, -1))).toBe(true)
  })

  it('is wanted when it is the first that contradicts them', () => {
    const pool = poolWith([
      ['a', -1],
      ['a', 0]
    ])
    expect(isUnwanted(pool, proposalOf('a', -1))).toBe(true)
    expect(isUnwanted(pool, proposalOf('b', -1))).toBe(false)
  })

  it('is wanted while there is room', () => {
    expect(isUnwanted(poolWith([['a', -1]]), proposalOf('a', 0))).toBe(false)
  })
})
