import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AppEvent } from '../../src/app/index.ts'
import { EventIndexer, MemoryKeyValueStore } from '../../src/blockstore/index.ts'
import { parseQuery } from '../../src/rpc/query/parse-query.ts'
import { searchIndex } from '../../src/rpc/query/search-index.ts'
import { silentLogger } from '../../src/util/index.ts'
import { EventChain, type EventHeight } from '../support/event-chain.ts'

/** One condition as plain data, with a judge that knows neither the parser nor the index. */
interface Wish {
  readonly tag: string
  readonly text: string
  readonly holds: (value: string) => boolean
}

const TYPES = ['a', 'ab'] as const
const KEYS = ['k', 'key'] as const
const VALUES = ['1', '2', '10', '2.5', '7stake', 'x', 'xy', 'yx', '', 'ü', 'x'.repeat(260)] as const

const attribute = fc.record({
  key: fc.constantFrom(...KEYS),
  value: fc.constantFrom(...VALUES),
  index: fc.integer({ min: 0, max: 3 }).map(n => n > 0)
})
const appEvent: fc.Arbitrary<AppEvent> = fc.record({
  type: fc.constantFrom(...TYPES),
  attributes: fc.array(attribute, { maxLength: 3 })
})
const events = fc.array(appEvent, { maxLength: 3 })
const height: fc.Arbitrary<EventHeight> = fc.record({
  txs: fc.array(fc.record({ tx: fc.uint8Array({ maxLength: 2 }), code: fc.nat(1), events }), {
    maxLength: 3
  }),
  events
})

const NUMBER = /^[0-9]+(\.[0-9]+)?/
const compare: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b
}

const judgement = fc.oneof(
  fc.constant({ text: 'EXISTS', holds: () => true }),
  fc.constantFrom(...VALUES).map(wanted => ({ text: `= '${wanted}'`, holds: (v: string) => v === wanted })),
  fc.constantFrom('x', 'y', 'sta', '').map(part => ({
    text: `CONTAINS '${part}'`,
    holds: (v: string) => v.includes(part)
  })),
  fc
    .tuple(fc.constantFrom(...Object.keys(compare)), fc.constantFrom('1', '2', '2.5', '7', '11'))
    .map(([operator, number]) => ({
      text: `${operator} ${number}`,
      holds: (v: string) => {
        const found = NUMBER.exec(v)
        return found !== null && compare[operator]!(Number(found[0]), Number(number))
      }
    }))
)
const onAttribute: fc.Arbitrary<Wish> = fc
  .tuple(fc.constantFrom(...TYPES), fc.constantFrom(...KEYS), judgement)
  .map(([type, key, judge]) => ({ tag: `${type}.${key}`, ...judge, text: `${type}.${key} ${judge.text}` }))
const onHeight = (tag: string): fc.Arbitrary<Wish> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(compare)), fc.integer({ min: 0, max: 7 }))
    .map(([operator, number]) => ({
      tag,
      text: `${tag} ${operator} ${number}`,
      holds: (v: string) => compare[operator]!(Number(v), number)
    }))
const query = (tag: string): fc.Arbitrary<readonly Wish[]> =>
  fc.array(fc.oneof({ weight: 3, arbitrary: onAttribute }, { weight: 1, arbitrary: onHeight(tag) }), {
    minLength: 1,
    maxLength: 2
  })

/** The slow way: every wish about attributes must hold within one event. */
function matches(
  wishes: readonly Wish[],
  heightTag: string,
  at: number,
  found: readonly AppEvent[]
): boolean {
  const onAttributes = wishes.filter(({ tag }) => tag !== heightTag)
  const onHeights = wishes.filter(({ tag }) => tag === heightTag)
  if (!onHeights.every(({ holds }) => holds(String(at)))) return false
  if (onAttributes.length === 0) return true
  return found.some(({ type, attributes }) =>
    onAttributes.every(({ tag, holds }) =>
      attributes.some(({ key, value, index }) => index && `${type}.${key}` === tag && holds(value))
    )
  )
}

describe('a search over the index', () => {
  it('finds what looking at every event finds', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(height, { minLength: 1, maxLength: 6 }),
        query('tx.height'),
        query('block.height'),
        fc.integer({ min: 1, max: 6 }),
        async (heights, txWishes, blockWishes, base) => {
          const chain = new EventChain()
          heights.forEach(one => {
            chain.append(one)
          })
          const parts = { store: new MemoryKeyValueStore(), logger: silentLogger, ...chain.stores }
          await (await EventIndexer.open(parts, heights.length - 1)).whenIdle()
          chain.base = Math.min(base, heights.length)
          const indexer = await EventIndexer.open(parts, heights.length)
          await indexer.whenIdle()
          const { index } = indexer
          const kept = heights
            .map((one, at) => ({ ...one, height: at + 1 }))
            .filter(one => one.height >= chain.base)

          const foundTxs = await searchIndex(parse(txWishes), 'tx.height', index.txEntries.bind(index))
          const expectedTxs = kept.flatMap(one =>
            one.txs.flatMap((tx, at) =>
              matches(txWishes, 'tx.height', one.height, tx.events) ? [`${one.height}/${at}`] : []
            )
          )
          expect(foundTxs.map(({ height, txIndex }) => `${height}/${txIndex}`).sort()).toEqual(
            expectedTxs.sort()
          )

          const foundBlocks = await searchIndex(
            parse(blockWishes),
            'block.height',
            index.blockEntries.bind(index)
          )
          const expectedBlocks = kept
            .filter(one => matches(blockWishes, 'block.height', one.height, one.events))
            .map(one => one.height)
          expect(foundBlocks.map(one => one.height).sort()).toEqual(expectedBlocks)
          hits += expectedTxs.length + expectedBlocks.length
        }
      ),
      { numRuns: 300 }
    )
    expect(hits, 'searches that find nothing prove little').toBeGreaterThan(60)
  })
})

function parse(wishes: readonly Wish[]) {
  return parseQuery(wishes.map(({ text }) => text).join(' AND '))
}
