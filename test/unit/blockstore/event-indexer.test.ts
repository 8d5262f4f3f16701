import { describe, expect, it } from 'vitest'
import {
  type BatchOp,
  EventIndexer,
  type IndexEntry,
  type KeyValueStore,
  MemoryKeyValueStore
} from '../../../src/blockstore/index.ts'
import { txHash } from '../../../src/types/index.ts'
import { type Logger, silentLogger } from '../../../src/util/index.ts'
import { EventChain, type EventHeight, event } from '../../support/event-chain.ts'

async function open(
  chain: EventChain,
  store: KeyValueStore,
  more: { readonly logger?: Logger; readonly applied?: number } = {}
): Promise<EventIndexer> {
  const { logger = silentLogger, applied = chain.heights.length } = more
  return EventIndexer.open({ store, logger, ...chain.stores }, applied)
}

async function indexed(
  chain: EventChain,
  store: KeyValueStore = new MemoryKeyValueStore()
): Promise<EventIndexer> {
  const indexer = await open(chain, store)
  await indexer.whenIdle()
  return indexer
}

async function all(entries: AsyncIterable<IndexEntry>): Promise<string[]> {
  const found: string[] = []
  for await (const { height, txIndex, eventIndex, value } of entries) {
    found.push(`${height}/${txIndex}/${eventIndex}=${value}`)
  }
  return found
}

/** Everything in the store that belongs to the index of heights, as text. */
async function contents(store: KeyValueStore): Promise<string[]> {
  const found: string[] = []
  for await (const [key, value] of store.entries({ gte: Uint8Array.of(0x30), lt: Uint8Array.of(0x36) })) {
    found.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`)
  }
  return found
}

const tx = (text: string) => Buffer.from(text)

function height(number: number, txs = 2): EventHeight {
  return {
    txs: Array.from({ length: txs }, (_, index) => ({
      tx: tx(`tx ${number}/${index}`),
      code: 0,
      events: [
        event('app', ['key', `k${index}`], ['hidden', 'x', false]),
        event('app', ['sum', String(number)])
      ]
    })),
    events: [event('rewards', ['total', String(number * 10)])]
  }
}

function chainOf(heights: number, txs = 2): EventChain {
  const chain = new EventChain()
  for (let number = 1; number <= heights; number++) chain.append(height(number, txs))
  return chain
}

/** Rejects writes from the n-th batch on, as a process that died there. */
function dyingStore(inner: MemoryKeyValueStore, batches: number): KeyValueStore {
  let left = batches
  return {
    get: key => inner.get(key),
    entries: range => inner.entries(range),
    close: () => inner.close(),
    batch: async (ops: readonly BatchOp[], options) => {
      left -= 1
      if (left < 0) throw new RangeError('the power is gone')
      await inner.batch(ops, options)
    }
  }
}

describe('the index of events', () => {
  it('finds transactions by hash and place', async () => {
    const { index } = await indexed(chainOf(3))
    const found = index.tx(txHash(tx('tx 2/1')))
    expect(found).toMatchObject({ height: 2, index: 1 })
    expect(Buffer.from(found!.tx).toString()).toBe('tx 2/1')
    expect(found!.result.events[0]!.attributes).toContainEqual({ key: 'hidden', value: 'x', index: false })
    expect(index.txAt(2, 1)).toEqual(found)
    expect(index.txAt(2, 2)).toBeNull()
    expect(index.txAt(4, 0)).toBeNull()
    expect(index.tx('ab'.repeat(32))).toBeNull()
    expect(index.tx('no hash')).toBeNull()
  })

  it('lists what is marked to be indexed, by value and by heights', async () => {
    const { index } = await indexed(chainOf(3))
    expect(await all(index.txEntries('app.key', {}))).toEqual([
      '1/0/0=k0',
      '2/0/0=k0',
      '3/0/0=k0',
      '1/1/0=k1',
      '2/1/0=k1',
      '3/1/0=k1'
    ])
    expect(await all(index.txEntries('app.key', { value: 'k1', minHeight: 2 }))).toEqual([
      '2/1/0=k1',
      '3/1/0=k1'
    ])
    expect(await all(index.txEntries('app.sum', { maxHeight: 1 }))).toEqual(['1/0/1=1', '1/1/1=1'])
    expect(await all(index.txEntries('app.hidden', {}))).toEqual([])
    expect(await all(index.txEntries('app.ke', {}))).toEqual([])
    expect(await all(index.blockEntries('rewards.total', { value: '20' }))).toEqual(['2/0/0=20'])
    expect(await all(index.txEntries('rewards.total', {}))).toEqual([])
  })

  it('knows every height by itself', async () => {
    const { index } = await indexed(chainOf(3))
    expect(await all(index.txEntries('tx.height', { minHeight: 2, maxHeight: 2 }))).toEqual([
      '2/0/-1=2',
      '2/1/-1=2'
    ])
    expect(await all(index.txEntries('tx.height', { value: '3' }))).toEqual(['3/0/-1=3', '3/1/-1=3'])
    expect(await all(index.blockEntries('block.height', { maxHeight: Number.MAX_SAFE_INTEGER }))).toEqual([
      '1/0/-1=1',
      '2/0/-1=2',
      '3/0/-1=3'
    ])
    expect(await all(index.blockEntries('block.height', { minHeight: 3, maxHeight: 2 }))).toEqual([])
  })

  it('keeps texts of any length and form apart', async () => {
    const chain = new EventChain()
    const long = 'x'.repeat(300)
    const odd = ['', '\u0000', '\u00ff', 'a\u0000b', `${long}1`, `${long}2`, 'ü'.repeat(200)]
    const events = odd.map(value => event('e', ['v', value]))
    chain.append({ txs: [{ tx: tx('one'), code: 0, events }], events: [event(long, [long, 'deep'])] })
    const { index } = await indexed(chain)
    for (const [at, value] of odd.entries()) {
      expect(await all(index.txEntries('e.v', { value }))).toEqual([`1/0/${at}=${value}`])
    }
    expect((await all(index.txEntries('e.v', {}))).sort()).toEqual(
      odd.map((v, at) => `1/0/${at}=${v}`).sort()
    )
    expect(await all(index.blockEntries(`${long}.${long}`, {}))).toEqual(['1/0/0=deep'])
    expect(await all(index.blockEntries(`${long}.${long}y`, {}))).toEqual([])
  })

  it('names every place of a value that many transactions share, in order and each once', async () => {
    const long = 'v'.repeat(400)
    const chain = new EventChain()
    const shared = [
      event('app', ['who', 'all'], ['who', 'all'], ['long', long]),
      event('app', ['who', 'all'])
    ]
    const txs = Array.from({ length: 75 }, (_, index) => ({
      tx: tx(`shared ${index}`),
      code: 0,
      events: shared
    }))
    chain.append({ txs, events: shared })
    const { index } = await indexed(chain)
    const places = txs.flatMap((_, at) => [`1/${at}/0=all`, `1/${at}/1=all`])
    expect(await all(index.txEntries('app.who', {}))).toEqual(places)
    expect(await all(index.txEntries('app.who', { value: 'all' }))).toEqual(places)
    expect(await all(index.txEntries('app.long', { value: long }))).toEqual(
      txs.map((_, at) => `1/${at}/0=${long}`)
    )
    expect(await all(index.blockEntries('app.who', {}))).toEqual(['1/0/0=all', '1/0/1=all'])
  })

  it('leaves out events without a type or key, and those that claim the names of the index', async () => {
    const chain = new EventChain()
    const events = [
      event('', ['v', '1']),
      event('e', ['', '2']),
      event('tx', ['height', '99'], ['hash', 'ab'], ['other', '3'])
    ]
    chain.append({ txs: [{ tx: tx('one'), code: 0, events }], events: [event('block', ['height', '99'])] })
    const { index } = await indexed(chain)
    expect(await all(index.txEntries('.v', {}))).toEqual([])
    expect(await all(index.txEntries('e.', {}))).toEqual([])
    expect(await all(index.txEntries('tx.height', {}))).toEqual(['1/0/-1=1'])
    expect(await all(index.txEntries('tx.hash', {}))).toEqual([])
    expect(await all(index.txEntries('tx.other', {}))).toEqual(['1/0/2=3'])
    expect(await all(index.blockEntries('block.height', {}))).toEqual(['1/0/-1=1'])
  })

  it('leads a hash to the newest success, else to the newest failure', async () => {
    const chain = new EventChain()
    const put = (text: string, code: number) => ({ tx: tx(text), code, events: [] })
    chain.append({ txs: [put('a', 0), put('b', 1), put('c', 0), put('c', 1)], events: [] })
    chain.append({ txs: [put('a', 7), put('b', 2)], events: [] })
    chain.append({ txs: [put('a', 0)], events: [] })
    const place = (indexer: EventIndexer, text: string) => {
      const found = indexer.index.tx(txHash(tx(text)))
      return `${found?.height}/${found?.index}`
    }
    const store = new MemoryKeyValueStore()
    const atTwo = await open(chain, store, { applied: 2 })
    await atTwo.whenIdle()
    expect(['a', 'b', 'c'].map(text => place(atTwo, text))).toEqual(['1/0', '2/1', '1/2'])
    const atThree = await indexed(chain, store)
    expect(['a', 'b', 'c'].map(text => place(atThree, text))).toEqual(['3/0', '2/1', '1/2'])
  })
})

describe('the indexer', () => {
  it('takes blocks as they are applied, and reads those that waited too long from the disk', async () => {
    const chain = new EventChain()
    const indexer = await open(chain, new MemoryKeyValueStore())
    for (let number = 1; number <= 40; number++) {
      chain.append(height(number))
      indexer.noteApplied(chain.blockAt(number), chain.resultsAt(number))
    }
    await indexer.whenIdle()
    expect(indexer.height).toBe(40)
    expect(chain.loads).toBeGreaterThan(0)
    expect(chain.loads).toBeLessThan(40)
    expect(await all(indexer.index.txEntries('app.sum', { value: '40' }))).toHaveLength(2)
  })

  it('gives the event loop a turn within one large block', async () => {
    const chain = chainOf(0)
    const indexer = await open(chain, new MemoryKeyValueStore())
    chain.append(height(1, 1000))
    indexer.noteApplied(chain.blockAt(1), chain.resultsAt(1))
    let turns = 0
    let done = false
    const counting = (async () => {
      while (!done) {
        await new Promise(resolve => setImmediate(resolve))
        turns += 1
      }
    })()
    await indexer.whenIdle()
    done = true
    await counting
    expect(turns).toBeGreaterThan(10)
  })

  it('goes on after a crash at any write, as if nothing had happened', async () => {
    const chain = chainOf(3, 45)
    const whole = new MemoryKeyValueStore()
    await indexed(chain, whole)
    const expected = await contents(whole)
    for (let batches = 0; ; batches++) {
      const store = new MemoryKeyValueStore()
      const dying = await open(chain, dyingStore(store, batches))
      await dying.whenIdle()
      const isDone = dying.height === 3
      const indexer = await indexed(chain, store)
      expect(indexer.height).toBe(3)
      expect(await contents(store), `crash before write ${batches}`).toEqual(expected)
      if (isDone) break
    }
  })

  it('ends between two writes when told to, and goes on later', async () => {
    const chain = chainOf(2, 400)
    const store = new MemoryKeyValueStore()
    const indexer = await open(chain, store)
    await indexer.stop()
    expect(indexer.height).toBeLessThan(2)
    indexer.noteApplied(chain.blockAt(2), chain.resultsAt(2))
    await indexer.whenIdle()
    expect(indexer.height).toBeLessThan(2)
    const whole = new MemoryKeyValueStore()
    await indexed(chain, whole)
    await indexed(chain, store)
    expect(await contents(store)).toEqual(await contents(whole))
  })

  it('leaves out heights whose results are not stored, and says which', async () => {
    const chain = chainOf(5)
    chain.withoutResults.add(2).add(3)
    const warnings: unknown[] = []
    const logger = {
      ...silentLogger,
      warn: (_: string, context: unknown) => warnings.push(context)
    } as Logger
    const indexer = await open(chain, new MemoryKeyValueStore(), { logger })
    await indexer.whenIdle()
    expect(await all(indexer.index.blockEntries('block.height', {}))).toEqual([
      '1/0/-1=1',
      '4/0/-1=4',
      '5/0/-1=5'
    ])
    expect(warnings).toEqual([{ from: 2, to: 3 }])
  })

  it('begins where the stored blocks begin', async () => {
    const chain = chainOf(6)
    chain.base = 4
    const indexer = await indexed(chain)
    expect(await all(indexer.index.blockEntries('block.height', {}))).toHaveLength(3)
  })

  it('forgets what the block store has pruned, and only that', async () => {
    const chain = chainOf(5)
    chain.append({ txs: chain.heights[0]!.txs, events: [] })
    const store = new MemoryKeyValueStore()
    await indexed(chain, store)
    chain.base = 4
    chain.append(height(7))
    const indexer = await indexed(chain, store)
    const fresh = new MemoryKeyValueStore()
    await indexed(chain, fresh)
    expect(await contents(store)).toEqual(await contents(fresh))
    expect(indexer.index.tx(txHash(tx('tx 1/0')))).toMatchObject({ height: 6 })
    expect(indexer.index.tx(txHash(tx('tx 2/0')))).toBeNull()
  })

  it('takes rolled back heights out, also one that was half written', async () => {
    const chain = chainOf(4, 90)
    const store = new MemoryKeyValueStore()
    const first = await open(chain, store, { applied: 3 })
    await first.whenIdle()
    const dying = await open(chain, dyingStore(store, 1))
    await dying.whenIdle()
    const atTwo = new MemoryKeyValueStore()
    await (await open(chain, atTwo, { applied: 2 })).whenIdle()
    const indexer = await open(chain, store, { applied: 2 })
    await indexer.whenIdle()
    expect(indexer.height).toBe(2)
    expect(await contents(store)).toEqual(await contents(atTwo))
  })

  it('stops with one line when the disk fails, and harms nobody', async () => {
    const errors: unknown[] = []
    const logger = { ...silentLogger, error: (line: string) => errors.push(line) } as Logger
    const chain = chainOf(2)
    const indexer = await open(chain, dyingStore(new MemoryKeyValueStore(), 1), { logger })
    await indexer.whenIdle()
    indexer.noteApplied(chain.blockAt(2), chain.resultsAt(2))
    await indexer.stop()
    expect(errors).toHaveLength(1)
  })
})
