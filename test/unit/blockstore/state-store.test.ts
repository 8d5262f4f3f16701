import { describe, expect, it } from 'vitest'
import {
  BlockStore,
  type DecidedBlock,
  type KeyValueStore,
  MemoryKeyValueStore,
  numberKey,
  prefixedStore,
  rollbackOneHeight,
  StateStore,
  textKey
} from '../../../src/blockstore/index.ts'
import { mountSimDisk, SimDisk, type SimMount } from '../../../src/sim/disk/index.ts'
import {
  type ChainState,
  encodeValidatorSet,
  nextChainState,
  type ValidatorSet
} from '../../../src/types/index.ts'
import { type CrashAt, forEveryCrash } from '../../support/disk.ts'
import {
  decidedChain,
  firstState,
  genesisOf,
  keyOf,
  resultsOf,
  stateAfterBlock
} from '../../support/stored-chain.ts'

const open = (store: KeyValueStore, options = {}): Promise<StateStore> =>
  StateStore.open(store, { ...genesisOf(4), ...options })
const bytesOf = (set: ValidatorSet | null): string | null =>
  set === null ? null : Buffer.from(encodeValidatorSet(set)).toString('hex')

/** Comparable text of a state, sets with their priorities. */
function print(state: ChainState | null): unknown {
  if (state === null) return null
  const { validators, nextValidators, lastValidators, ...rest } = state
  return { ...rest, sets: [validators, nextValidators, lastValidators].map(bytesOf) }
}

describe('state store', () => {
  it('loads what was saved, from the first state on', async () => {
    const store = new MemoryKeyValueStore()
    const stateStore = await open(store)
    expect(stateStore.loadState()).toBeNull()
    let state = firstState()
    await stateStore.saveState(state)
    expect(print((await open(store)).loadState())).toEqual(print(state))
    for (const decided of decidedChain([0, 0, 0, 0])) {
      state = stateAfterBlock(state, decided)
      await stateStore.saveState(state)
      expect(print((await open(store)).loadState())).toEqual(print(state))
    }
  })

  it('starts at a later initial height', async () => {
    const store = new MemoryKeyValueStore()
    const state = firstState(4, 100)
    await (await open(store)).saveState(state)
    const again = await open(store)
    expect(print(again.loadState())).toEqual(print(state))
    expect(bytesOf(again.loadValidators(100))).toBe(bytesOf(state.validators))
    expect(bytesOf(again.loadValidators(101))).toBe(bytesOf(state.nextValidators))
    expect(again.loadValidators(102)).toBeNull()
    expect(again.loadConsensusParams(100)).toEqual(state.consensusParams)
  })

  it('loads the exact set of every height, with changes, checkpoints and reopening', async () => {
    const store = new MemoryKeyValueStore()
    let stateStore = await open(store)
    let state = firstState()
    await stateStore.saveState(state)
    const expected = new Map([
      [1, bytesOf(state.validators)],
      [2, bytesOf(state.nextValidators)]
    ])
    const chain = decidedChain(Array.from({ length: 600 }, () => 0))
    for (const decided of chain) {
      const { height } = decided.block.header
      const updates =
        height % 97 === 0 ? [{ publicKey: keyOf(100 + (height % 90)), power: BigInt(height) }] : []
      state = stateAfterBlock(state, decided, updates)
      await stateStore.saveState(state)
      expected.set(height + 2, bytesOf(state.nextValidators))
      if (height % 150 === 0) stateStore = await open(store)
    }
    const again = await open(store)
    for (const height of [602, 1, 300, 299, 301, 512, 511, 513, 99, 98, 100, 2]) {
      expect(bytesOf(again.loadValidators(height)), `height ${height}`).toBe(expected.get(height))
    }
    for (const [height, bytes] of expected) {
      expect(bytesOf(again.loadValidators(height)), `height ${height}`).toBe(bytes)
    }
    expect(again.loadValidators(603)).toBeNull()
    expect(again.loadValidators(0)).toBeNull()
    expect(again.loadValidators(1.5)).toBeNull()
  })

  it('loads the params of every height', async () => {
    const store = new MemoryKeyValueStore()
    const stateStore = await open(store)
    let state = firstState()
    await stateStore.saveState(state)
    for (const { blockId, block } of decidedChain(Array.from({ length: 20 }, () => 0))) {
      const { height } = block.header
      const maxBytes = 2_000_000 + height
      state = nextChainState(state, {
        blockId,
        header: block.header,
        lastResultsHash: '',
        appHash: '',
        validatorUpdates: [],
        paramUpdates: height % 6 === 0 ? { block: { maxBytes, maxGas: -1 } } : null
      })
      await stateStore.saveState(state)
    }
    const again = await open(store)
    const expected = (height: number): number => {
      const changedAt = Math.floor((height - 1) / 6) * 6
      return changedAt === 0 ? 22020096 : 2_000_000 + changedAt
    }
    for (let height = 1; height <= 21; height++) {
      expect(again.loadConsensusParams(height)!.block.maxBytes, `height ${height}`).toBe(expected(height))
    }
    expect(again.loadConsensusParams(22)).toBeNull()
  })

  it('forgets the past below a height and keeps what later heights name', async () => {
    const store = new MemoryKeyValueStore()
    const stateStore = await open(store)
    let state = firstState()
    await stateStore.saveState(state)
    const expected = new Map<number, string | null>()
    for (const decided of decidedChain(Array.from({ length: 60 }, () => 0))) {
      const { height } = decided.block.header
      const updates = height === 20 ? [{ publicKey: keyOf(77), power: 5n }] : []
      state = stateAfterBlock(state, decided, updates)
      await stateStore.saveResults(height, resultsOf(1, height))
      await stateStore.saveState(state)
      expected.set(height + 2, bytesOf(state.nextValidators))
    }
    for (const [retain, evidence] of [
      [10, 5],
      [30, 18],
      [50, 41]
    ] as const) {
      await stateStore.pruneTo(retain, evidence)
      const again = await open(store)
      for (let height = 3; height <= 62; height++) {
        const isKept = height >= evidence
        const loaded = bytesOf(again.loadValidators(height))
        // The set that later heights name stays, and may be loaded too.
        if (isKept || loaded !== null) expect(loaded, `set of ${height}`).toBe(expected.get(height))
        if (isKept) expect(again.loadConsensusParams(Math.min(height, 61))).not.toBeNull()
        if (height <= 60)
          expect(again.loadResults(height) !== null, `results of ${height}`).toBe(height >= retain)
      }
    }
    const left: number[] = []
    for await (const [key] of store.entries({ gte: Uint8Array.of(0x11), lt: Uint8Array.of(0x12) }))
      left.push(key[8]!)
    expect(left).toEqual([22, ...Array.from({ length: 22 }, (_, i) => 41 + i)])
  })

  it('takes over a state that does not follow its own', async () => {
    const store = new MemoryKeyValueStore()
    const stateStore = await open(store)
    let state = firstState()
    const chain = decidedChain(Array.from({ length: 8 }, () => 0))
    for (const decided of chain.slice(0, 5)) state = stateAfterBlock(state, decided)
    await stateStore.bootstrap(state)
    expect(print((await open(store)).loadState())).toEqual(print(state))
    expect(stateStore.loadValidators(4)).toBeNull()
    for (const decided of chain.slice(5)) {
      state = stateAfterBlock(state, decided)
      await stateStore.saveState(state)
    }
    expect(print((await open(store)).loadState())).toEqual(print(state))
  })

  it('keeps results of all heights, or of the newest only', async () => {
    for (const keepResults of [true, false]) {
      const stateStore = await open(new MemoryKeyValueStore(), { keepResults })
      for (let height = 1; height <= 3; height++)
        await stateStore.saveResults(height, resultsOf(height, height))
      expect(stateStore.loadResults(3)).toEqual(resultsOf(3, 3))
      expect(stateStore.loadResults(2)).toEqual(keepResults ? resultsOf(2, 2) : null)
      expect(stateStore.loadResults(4)).toBeNull()
    }
  })

  it('refuses the directory of another chain, another genesis and a newer release', async () => {
    const store = new MemoryKeyValueStore()
    const stateStore = await open(store)
    expect(Buffer.from(stateStore.genesisBytes())).toEqual(Buffer.from(genesisOf(4).genesisBytes))
    const other = genesisOf(4)
    await expect(
      StateStore.open(store, { ...other, genesis: { ...other.genesis, chainId: 'other' } })
    ).rejects.toMatchObject({
      code: 'GENESIS_MISMATCH',
      message: expect.stringContaining("chain 'test-chain'")
    })
    await expect(StateStore.open(store, { ...other, genesisBytes: Uint8Array.of(1) })).rejects.toMatchObject({
      code: 'GENESIS_MISMATCH'
    })
    await store.batch([{ type: 'put', key: textKey(0x01, 'schema'), value: Buffer.from('2') }], {
      sync: true
    })
    await expect(open(store)).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' })
  })

  it('says so when stored bytes are damaged or missing', async () => {
    const store = new MemoryKeyValueStore()
    const stateStore = await open(store)
    await stateStore.saveState(firstState())
    await store.batch([{ type: 'put', key: numberKey(0x13, 1), value: Uint8Array.of(255) }], { sync: true })
    expect(() => stateStore.loadResults(1)).toThrowError(expect.objectContaining({ code: 'CORRUPT' }))
    await store.batch([{ type: 'del', key: numberKey(0x11, 2) }], { sync: true })
    await expect(open(store)).rejects.toMatchObject({ code: 'CORRUPT' })
  })
})

interface Stores {
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
}

async function openStores(mount: SimMount): Promise<Stores> {
  const store = mount.openKeyValueStore('/db')
  const stateStore = await open(store)
  const blockStore = await BlockStore.open({ store, fileSystem: mount.fileSystem, directory: '/blocks' })
  return { stateStore, blockStore }
}

async function applyBlock(stores: Stores, state: ChainState, decided: DecidedBlock): Promise<ChainState> {
  const { height } = decided.block.header
  await stores.stateStore.saveResults(height, resultsOf(2, height))
  const updates = height === 3 ? [{ publicKey: keyOf(50), power: 100n }] : []
  const next = stateAfterBlock(state, decided, updates)
  await stores.stateStore.saveState(next)
  return next
}

describe('block store and state store together', () => {
  const chain = decidedChain([0, 0, 20_000, 0, 0, 0])
  const states: ChainState[] = [firstState()]

  it('are at most one block apart after a power cut at any moment, and go on from there', async () => {
    let saved = 0
    const work = async (mount: SimMount): Promise<void> => {
      saved = 0
      const stores = await openStores(mount)
      let state = firstState()
      await stores.stateStore.saveState(state)
      for (const decided of chain) {
        await stores.blockStore.saveBlock(decided)
        saved = decided.block.header.height
        state = await applyBlock(stores, state, decided)
        states[saved] = state
      }
    }
    const check = async (mount: SimMount, at: CrashAt): Promise<void> => {
      const stores = await openStores(mount)
      const label = `crash ${at.phase} ${at.index}`
      const { blockStore, stateStore } = stores
      expect([saved, saved + 1], label).toContain(blockStore.height)
      let state = stateStore.loadState()
      if (state === null) expect(blockStore.height, label).toBe(0)
      const stateHeight = state?.lastBlockHeight ?? 0
      expect([blockStore.height - 1, blockStore.height, 0], label).toContain(stateHeight)
      if (state === null) {
        state = firstState()
        await stateStore.saveState(state)
      }
      expect(print(state), label).toEqual(print(states[stateHeight]!))
      for (const decided of chain.slice(stateHeight)) {
        if (decided.block.header.height > blockStore.height) await blockStore.saveBlock(decided)
        state = await applyBlock(stores, state, decided)
      }
      expect(print(stateStore.loadState()), label).toEqual(print(states[chain.length]!))
    }
    for (let seed = 0; seed < 3; seed++)
      expect(await forEveryCrash(`state ${seed}`, work, check)).toBeGreaterThan(15)
  })

  it('roll back by one height, with or without the block', async () => {
    for (const removeBlock of [false, true]) {
      const mount = mountSimDisk(new SimDisk({ random: () => 0.5 }))
      const stores = await openStores(mount)
      let state = firstState()
      const before: ChainState[] = [state]
      await stores.stateStore.saveState(state)
      for (const decided of chain) {
        await stores.blockStore.saveBlock(decided)
        state = await applyBlock(stores, state, decided)
        before.push(state)
      }
      const result = await rollbackOneHeight(stores.blockStore, stores.stateStore, { removeBlock })
      expect(result).toEqual({ height: 5, appHash: chain[5]!.block.header.appHash })
      const rolledBack = stores.stateStore.loadState()!
      const { lastResultsHash } = chain[5]!.block.header
      expect(print(rolledBack)).toEqual(print({ ...before[5]!, appHash: result.appHash, lastResultsHash }))
      expect(stores.blockStore.height).toBe(removeBlock ? 5 : 6)
      expect(stores.stateStore.loadValidators(8)).toBeNull()
      expect(stores.stateStore.loadResults(6)).toBeNull()
      if (removeBlock) await stores.blockStore.saveBlock(chain[5]!)
      await applyBlock(stores, rolledBack, chain[5]!)
      expect(print(stores.stateStore.loadState())).toEqual(print(before[6]!))
    }
  })

  it('roll back only what was applied', async () => {
    const stores = await openStores(mountSimDisk(new SimDisk({ random: () => 0.5 })))
    await expect(
      rollbackOneHeight(stores.blockStore, stores.stateStore, { removeBlock: false })
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await stores.stateStore.saveState(firstState())
    await stores.blockStore.saveBlock(chain[0]!)
    await applyBlock(stores, firstState(), chain[0]!)
    await expect(
      rollbackOneHeight(stores.blockStore, stores.stateStore, { removeBlock: false })
    ).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await stores.blockStore.saveBlock(chain[1]!)
    expect(
      await rollbackOneHeight(stores.blockStore, stores.stateStore, { removeBlock: true })
    ).toMatchObject({
      height: 1
    })
    expect(stores.blockStore.height).toBe(1)
  })
})

describe('a store inside another', () => {
  it('sees and lists only its own keys', async () => {
    const outer = new MemoryKeyValueStore()
    const app = prefixedStore(outer, 'app/')
    await outer.batch([{ type: 'put', key: Buffer.from('app0'), value: Uint8Array.of(9) }], { sync: false })
    await app.batch(
      [1, 2, 3].map(n => ({ type: 'put', key: Uint8Array.of(n), value: Uint8Array.of(n) }) as const),
      { sync: false }
    )
    await app.batch([{ type: 'del', key: Uint8Array.of(2) }], { sync: false })
    const list = async (range: Parameters<KeyValueStore['entries']>[0]): Promise<number[]> => {
      const keys: number[] = []
      for await (const [key] of app.entries(range)) keys.push(...key)
      return keys
    }
    expect(await list({})).toEqual([1, 3])
    expect(await list({ gte: Uint8Array.of(2) })).toEqual([3])
    expect(await list({ lt: Uint8Array.of(3), reverse: true })).toEqual([1])
    expect(await list({ reverse: true, limit: 1 })).toEqual([3])
    expect([...app.get(Uint8Array.of(3))!]).toEqual([3])
    expect(app.get(Uint8Array.of(2))).toBeUndefined()
    expect([...outer.get(Buffer.from('app/\u0003'))!]).toEqual([3])
    await app.close()
    expect(outer.get(Buffer.from('app0'))).toBeDefined()
  })
})
