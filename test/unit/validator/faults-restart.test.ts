import { describe, expect, it } from 'vitest'
import type { BatchOp } from '../../../src/blockstore/index.ts'
import {
  type Evidence,
  makeDuplicateVoteEvidence,
  type Vote,
  voteSignBytes
} from '../../../src/types/index.ts'
import type { Node } from '../../../src/validator/index.ts'
import { blockIdNamed } from '../types/sample-values.ts'
import { copyStore, GENESIS_TEXT, growChain, letPass, newHome, openSolo, type SoloHome } from './solo-node.ts'
import { testKey } from './support.ts'

/** Two precommits of the only validator, as somebody with its key could have signed them. */
function ownOffence(node: Node, height: number): Evidence {
  const { address, sign } = testKey(1)
  const [first, second] = ['x', 'y'].map((block): Vote => {
    const vote: Vote = {
      type: 'precommit',
      height,
      round: 3,
      blockId: blockIdNamed(block),
      timestamp: { seconds: 1_767_225_600, nanos: 0 },
      validatorAddress: address,
      validatorIndex: 0,
      signature: new Uint8Array(0),
      extension: new Uint8Array(0),
      extensionSignature: new Uint8Array(0)
    }
    return { ...vote, signature: sign(voteSignBytes('solo', vote)) }
  })
  const set = node.stateStore.loadValidators(height)!
  const time = node.blockStore.loadMeta(height)!.header.time
  return makeDuplicateVoteEvidence(first!, second!, time, set)!
}

async function carriers(node: Node): Promise<number[]> {
  const heights: number[] = []
  for (let height = 1; height <= node.blockStore.height; height++) {
    const block = await node.blockStore.loadBlock(height)
    if (block!.evidence.length > 0) heights.push(height)
  }
  return heights
}

describe('a chain that waits for transactions', () => {
  it('makes a block for evidence that comes while it waits, and for evidence it starts with', async () => {
    const timing = { createEmptyBlocks: false }
    const home = newHome()
    await growChain(home, 4)
    const solo = await openSolo(home, { timing })
    await solo.node.start()
    await letPass(solo, () => false, 200)
    const { height } = solo.node.blockStore
    expect(solo.node.faults.submit(ownOffence(solo.node, 2)).kind).toBe('added')
    expect(await letPass(solo, () => solo.node.blockStore.height > height, 200)).toBe(true)
    await letPass(solo, () => false, 200)
    const calm = solo.node.blockStore.height
    await solo.node.stop()
    const idle = await openSolo(home, { timing })
    idle.node.faults.submit(ownOffence(idle.node, 3))
    await idle.node.faults.pool.whenIdle()
    await idle.node.stop()
    const again = await openSolo(home, { timing })
    expect(again.node.faults.pool.size).toBe(1)
    await again.node.start()
    expect(await letPass(again, () => again.node.blockStore.height > calm, 200)).toBe(true)
    await again.node.stop()
    expect(await carriers(again.node)).toHaveLength(2)
  })

  it('goes on making blocks until everything is in one', async () => {
    const genesisText = GENESIS_TEXT.replace('"max_bytes": "1048576"', '"max_bytes": "500"')
    expect(genesisText).not.toBe(GENESIS_TEXT)
    const home = newHome()
    const growing = await openSolo(home, { genesisText })
    await growing.node.start()
    expect(await letPass(growing, () => growing.node.blockStore.height >= 5)).toBe(true)
    await growing.node.stop()
    const solo = await openSolo(home, { genesisText, timing: { createEmptyBlocks: false } })
    await solo.node.start()
    await letPass(solo, () => false, 200)
    for (const height of [2, 3, 4]) solo.node.faults.submit(ownOffence(solo.node, height))
    expect(await letPass(solo, () => solo.node.faults.pool.size === 0, 400)).toBe(true)
    expect(await carriers(solo.node)).toHaveLength(3)
    await solo.node.stop()
  })
})

describe('S-12: a proposer with evidence against itself', () => {
  it('puts it into its block, is slashed, and stays, being the last', async () => {
    const solo = await openSolo(newHome(), { app: 'staking' })
    await solo.node.start()
    expect(await letPass(solo, () => solo.node.blockStore.height >= 3)).toBe(true)
    solo.node.faults.submit(ownOffence(solo.node, 2))
    expect(await letPass(solo, () => solo.node.blockStore.height >= 8)).toBe(true)
    const [carrier] = await carriers(solo.node)
    const { blockStore, stateStore } = solo.node
    expect(blockStore.loadMeta(carrier!)!.header.proposerAddress).toBe(testKey(1).address)
    const types = stateStore.loadResults(carrier!)!.events.map(({ type }) => type)
    expect(types).toEqual(['slash', 'jail', 'tombstone', 'validator_set_kept'])
    expect(stateStore.loadValidators(carrier! + 2)!.validators).toHaveLength(1)
    await solo.node.stop()
  })
})

describe('S-25: a restart between any two writes around the block that carries evidence', () => {
  it.each(['kvstore', 'staking'])('commits it once, with the same app hash: %s', async app => {
    const moments: Pick<SoloHome, 'store' | 'appStore'>[] = []
    let isWatched = false
    const home = newHome()
    const keepMoment = async () => {
      if (isWatched)
        moments.push({ store: await copyStore(home.store), appStore: await copyStore(home.appStore) })
    }
    for (const store of [home.store, home.appStore]) {
      const batch = store.batch.bind(store)
      store.batch = async (ops: readonly BatchOp[], options) => {
        await batch(ops, options)
        await keepMoment()
      }
    }
    const solo = await openSolo(home, { app })
    await solo.node.start()
    expect(await letPass(solo, () => solo.node.blockStore.height >= 3)).toBe(true)
    expect(solo.node.faults.submit(ownOffence(solo.node, 2)).kind).toBe('added')
    await solo.node.faults.pool.whenIdle()
    isWatched = true
    await keepMoment()
    const top = solo.node.blockStore.height + 4
    expect(await letPass(solo, () => solo.node.blockStore.height >= top)).toBe(true)
    isWatched = false
    const [carrier, ...more] = await carriers(solo.node)
    expect([carrier! <= top, more]).toEqual([true, []])
    const appHash = solo.node.blockStore.loadMeta(top)!.header.appHash
    await solo.node.stop()
    expect(moments.length).toBeGreaterThan(12)

    for (const moment of moments) {
      const stores = { store: await copyStore(moment.store), appStore: await copyStore(moment.appStore) }
      const again = await openSolo({ ...newHome(), ...stores }, { app })
      await again.node.start()
      expect(await letPass(again, () => again.node.blockStore.height >= top)).toBe(true)
      expect(await carriers(again.node)).toHaveLength(1)
      expect(again.node.faults.pool.size).toBe(0)
      expect(again.node.blockStore.loadMeta(top)!.header.appHash).toBe(appHash)
      await again.node.stop()
    }
  })
})
