import { describe, expect, it } from 'vitest'
import type { Application, FinalizeBlockRequest } from '../../../src/app/index.ts'
import { copyStore, GENESIS_TEXT, growChain, letPass, newHome, openSolo, type SoloHome } from './solo-node.ts'

/**
 * The stores of one chain at every moment a crash can leave: after the block is saved, after the app has committed,
 * after the state is saved. Block store, state and app are then put together in every combination.
 */
interface Moments {
  /** Chain database with block h saved and the state of h - 1, by h. */
  readonly saved: ReadonlyMap<number, SoloHome['store']>
  /** Chain database with block, results and state of h. */
  readonly applied: ReadonlyMap<number, SoloHome['store']>
  /** As `saved`, with the results of h besides. */
  readonly executed: ReadonlyMap<number, SoloHome['store']>
  /** The app's database after it committed h; 0 is an app that has seen nothing. */
  readonly app: ReadonlyMap<number, SoloHome['appStore']>
}

const TOP = 4

/** Grows a chain and keeps copies of its databases along the way. */
async function recordMoments(): Promise<Moments> {
  const home = newHome()
  const saved = new Map<number, SoloHome['store']>()
  const executed = new Map<number, SoloHome['store']>()
  const applied = new Map<number, SoloHome['store']>()
  const app = new Map([[0, await copyStore(home.appStore)]])
  let height = 0
  const wrapApp = (inner: Application): Application => {
    const finalizeBlock = async (request: FinalizeBlockRequest) => {
      if (request.height > 1) applied.set(request.height - 1, await before(request.height))
      saved.set(request.height, await copyStore(home.store))
      height = request.height
      return inner.finalizeBlock(request)
    }
    const commit = async () => {
      executed.set(height, await copyStore(home.store))
      const result = await inner.commit()
      app.set(height, await copyStore(home.appStore))
      return result
    }
    return new Proxy(inner, {
      get: (target, name) => {
        if (name === 'finalizeBlock') return finalizeBlock
        if (name === 'commit') return commit
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
  }
  const states = new Map<number, SoloHome['store']>()
  const before = async (next: number) => states.get(next - 1) ?? copyStore(home.store)
  const solo = await openSolo(home, { wrapApp })
  await solo.node.start()
  for (let at = 1; at <= TOP; at++) {
    expect(await letPass(solo, () => solo.node.state.lastBlockHeight >= at)).toBe(true)
    if (solo.node.state.lastBlockHeight === at) states.set(at, await copyStore(home.store))
  }
  await solo.node.stop()
  for (const [at, store] of states) applied.set(at, store)
  return { saved, executed, applied, app }
}

async function openAndGoOn(
  store: SoloHome['store'],
  appStore: SoloHome['appStore'],
  height: number
): Promise<string> {
  const home = { ...newHome(), store: await copyStore(store), appStore: await copyStore(appStore) }
  const solo = await openSolo(home)
  const info = await solo.app.info()
  const { state, blockStore } = solo.node
  expect({ state: state.lastBlockHeight, store: blockStore.height, app: info.lastBlockHeight }).toEqual({
    state: height,
    store: height,
    app: height
  })
  await solo.node.start()
  expect(await letPass(solo, () => solo.node.state.lastBlockHeight >= height + 2)).toBe(true)
  await solo.node.stop()
  return Buffer.from(info.lastBlockAppHash).toString('hex')
}

describe('handshake', async () => {
  const moments = await recordMoments()

  it('has recorded every moment', () => {
    for (let at = 1; at < TOP; at++) {
      expect([
        moments.saved.has(at),
        moments.executed.has(at),
        moments.applied.has(at),
        moments.app.has(at)
      ]).toEqual([true, true, true, true])
    }
  })

  for (let height = 1; height < TOP; height++) {
    for (let appHeight = 0; appHeight <= height; appHeight++) {
      it(`state ${height}, store ${height}, app ${appHeight}: blocks are replayed into the app`, async () => {
        await openAndGoOn(moments.applied.get(height)!, moments.app.get(appHeight)!, height)
      })
    }
    for (let appHeight = 0; appHeight < height; appHeight++) {
      it(`state ${height - 1}, store ${height}, app ${appHeight}: the newest block is applied`, async () => {
        await openAndGoOn(moments.saved.get(height)!, moments.app.get(appHeight)!, height)
      })
    }
    it(`state ${height - 1}, store ${height}, app ${height}: the saved results are taken`, async () => {
      await openAndGoOn(moments.executed.get(height)!, moments.app.get(height)!, height)
    })
    it(`state ${height}, store ${height}, app ${height + 1}: refused, the app is ahead`, async () => {
      const store = moments.applied.get(height)!
      const ahead = moments.app.get(height + 1)!
      await expect(openAndGoOn(store, ahead, height)).rejects.toMatchObject({ code: 'APP_AHEAD' })
    })
  }

  it('refuses an app that has blocks where the node has none', async () => {
    const home = { ...newHome(), appStore: moments.app.get(2)! }
    await expect(openSolo(home)).rejects.toMatchObject({ code: 'APP_AHEAD' })
  })

  it('refuses another chain', async () => {
    const home = newHome()
    await growChain(home, 2)
    const genesisText = GENESIS_TEXT.replace('"solo"', '"other"')
    await expect(openSolo(home, { genesisText })).rejects.toMatchObject({ code: 'GENESIS_MISMATCH' })
  })

  it('stops when replaying gives another app hash', async () => {
    const wrapApp = (inner: Application): Application =>
      new Proxy(inner, {
        get: (target, name) => {
          const value = Reflect.get(target, name)
          if (name !== 'finalizeBlock') return typeof value === 'function' ? value.bind(target) : value
          return async (request: FinalizeBlockRequest) => ({
            ...(await target.finalizeBlock(request)),
            appHash: Buffer.from('0badc0de', 'hex')
          })
        }
      })
    const home = { ...newHome(), store: moments.applied.get(3)!, appStore: moments.app.get(1)! }
    await expect(openSolo(home, { wrapApp })).rejects.toMatchObject({ code: 'APP_HASH_MISMATCH' })
  })
})
