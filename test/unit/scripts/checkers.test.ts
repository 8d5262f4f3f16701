import { describe, expect, it } from 'vitest'
import { percentile } from '../../../scripts/bench/numbers.ts'
import { checkSameChain } from '../../../scripts/cluster/chain-check.ts'
import type { ClusterNode } from '../../../scripts/cluster/cluster.ts'
import type { BlockSummary } from '../../../scripts/cluster/node-rpc.ts'
import { SignedMessages } from '../../../scripts/cluster/signed-messages.ts'

/** The checkers of the tests with processes, each shown a fault that it must find. */

const signature = (byte: number): Uint8Array => new Uint8Array(64).fill(byte)
const vote = { type: 'prevote', height: 7, round: 1, validatorAddress: 'ab'.repeat(20) } as const

describe('SignedMessages', () => {
  it('finds two messages of one validator for one height, round and step', () => {
    const found = new SignedMessages()
    found.addVote({ ...vote, signature: signature(1) }, 'a log')
    found.addVote({ ...vote, signature: signature(2) }, 'a commit')
    expect(found.conflicts).toEqual([
      `two for the prevote of ${vote.validatorAddress} at 7/1: one in a log, another in a commit`
    ])
  })

  it('takes the same message from many places, and other positions, for what they are', () => {
    const found = new SignedMessages()
    for (const where of ['a log', 'a commit']) found.addVote({ ...vote, signature: signature(1) }, where)
    found.addVote({ ...vote, type: 'precommit', signature: signature(2) }, 'a log')
    found.addVote({ ...vote, height: 8, signature: signature(3) }, 'a log')
    found.addVote({ ...vote, round: 2, signature: signature(4) }, 'a log')
    found.addVote({ ...vote, validatorAddress: 'cd'.repeat(20), signature: signature(5) }, 'a log')
    expect([found.size, found.conflicts]).toEqual([5, []])
  })
})

function nodeWith(name: string, chain: readonly BlockSummary[]): ClusterNode {
  const rpc = {
    status: async () => ({ height: chain.length, address: '', isCatchingUp: false }),
    blocks: async (from: number, to: number) => chain.slice(from - 1, to)
  }
  return { name, rpc } as unknown as ClusterNode
}

describe('checkSameChain', () => {
  const chain = [1, 2, 3].map(height => ({
    height,
    timeMs: 0,
    blockId: `B${height}`,
    appHash: `A${height}`,
    txs: 0
  }))

  it('compares up to the lowest height', async () => {
    const nodes = [nodeWith('a', chain), nodeWith('b', chain.slice(0, 2))]
    expect(await checkSameChain(nodes)).toBe(2)
  })

  it.each([
    ['block', { blockId: 'other' }],
    ['app hash', { appHash: 'other' }],
    ['number of transactions', { txs: 1 }],
    ['height', { height: 9 }]
  ])('finds another %s', async (_, change) => {
    const forked = chain.with(1, { ...chain[1]!, ...change })
    await expect(checkSameChain([nodeWith('a', chain), nodeWith('b', forked)])).rejects.toThrow(
      /^height 2: a has/
    )
  })

  it('finds a hole', async () => {
    const holed = [chain[0]!, chain[2]!, chain[2]!]
    await expect(checkSameChain([nodeWith('a', holed), nodeWith('b', chain)])).rejects.toThrow(
      'a has no block 2'
    )
  })
})

describe('percentile', () => {
  it('is the value below which that share lies', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([51, 100, 100])
    expect(percentile([], 0.5)).toBe(0)
  })
})
