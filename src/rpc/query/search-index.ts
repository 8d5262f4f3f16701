import type { Height } from '../../types/index.ts'
import type { IndexEntry, IndexRange } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { compareDecimals, parseDecimal } from './decimal.ts'
import { matchesValue } from './match-query.ts'
import type { Condition, Query } from './query.ts'

/** A search looks at no more index entries than this for one condition, and keeps the loop free in between. */
const MAX_SCANNED_ENTRIES = 1_000_000
const ENTRIES_PER_TURN = 1000
const MAX_FOUND = 100_000

/** Where a transaction is; for blocks the index is 0. */
export interface Location {
  readonly height: Height
  readonly txIndex: number
}

export type EntryScan = (key: string, range: IndexRange) => AsyncIterable<IndexEntry>

/**
 * The places that answer a query, in no order. Conditions on attributes must hold within one event; conditions on
 * `heightKey` (`tx.height`, `block.height`) hold for the place and limit the scans (CometBFT state/txindex/kv).
 */
export async function searchIndex(query: Query, heightKey: string, scan: EntryScan): Promise<Location[]> {
  const onHeight = query.filter(condition => condition.tag === heightKey)
  const onEvents = query.filter(condition => condition.tag !== heightKey).sort(equalityFirst)
  const range = heightRange(onHeight)
  const [first, ...rest] = onEvents.length === 0 ? [existence(heightKey)] : onEvents
  let found = await entriesOf(first!, range, scan)
  for (const condition of rest) {
    if (found.size === 0) break
    const others = await entriesOf(condition, range, scan)
    found = new Map([...found].filter(([key]) => others.has(key)))
  }
  return placesOf([...found.values()].filter(entry => onHeight.every(c => matchesHeight(c, entry))))
}

function existence(tag: string): Condition {
  return { tag, operator: 'EXISTS', argument: null }
}

/** Conditions for one exact text come first: their scan is short, and often leaves nothing to look for. */
function equalityFirst(a: Condition, b: Condition): number {
  return Number(isExact(b)) - Number(isExact(a))
}

function isExact({ operator, argument }: Condition): boolean {
  return operator === '=' && argument?.kind === 'string'
}

function matchesHeight(condition: Condition, entry: IndexEntry): boolean {
  return matchesValue(condition, String(entry.height))
}

/** Entries that satisfy the condition, by the event they belong to. */
async function entriesOf(
  condition: Condition,
  range: IndexRange,
  scan: EntryScan
): Promise<Map<string, IndexEntry>> {
  const found = new Map<string, IndexEntry>()
  const exact = isExact(condition) ? { ...range, value: condition.argument!.text } : range
  let scanned = 0
  for await (const entry of scan(condition.tag, exact)) {
    scanned += 1
    if (scanned > MAX_SCANNED_ENTRIES || found.size > MAX_FOUND) {
      throw callFailed('query is too broad: narrow it by a range of heights')
    }
    if (scanned % ENTRIES_PER_TURN === 0) await nextTurn()
    if (matchesValue(condition, entry.value)) {
      found.set(`${entry.height}/${entry.txIndex}/${entry.eventIndex}`, entry)
    }
  }
  return found
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function placesOf(entries: readonly IndexEntry[]): Location[] {
  const places = new Map(entries.map(({ height, txIndex }) => [`${height}/${txIndex}`, { height, txIndex }]))
  return [...places.values()]
}

/** The heights that numeric conditions leave, as far as they are plain bounds; each entry is still checked. */
function heightRange(conditions: readonly Condition[]): IndexRange {
  let minHeight: Height | undefined
  let maxHeight: Height | undefined
  for (const { operator, argument } of conditions) {
    const bound = argument?.kind === 'number' ? wholeHeight(argument.text) : null
    if (bound === null) continue
    if (operator !== '<' && operator !== '<=') minHeight = Math.max(minHeight ?? 0, bound)
    if (operator !== '>' && operator !== '>=') maxHeight = Math.min(maxHeight ?? Infinity, bound + 1)
  }
  return {
    ...(minHeight === undefined ? {} : { minHeight }),
    ...(maxHeight === undefined ? {} : { maxHeight })
  }
}

/** The whole part of a number that can be a height. */
function wholeHeight(text: string): Height | null {
  const decimal = parseDecimal(text)
  const limit = { whole: String(Number.MAX_SAFE_INTEGER - 1), fraction: '' }
  if (decimal === null || compareDecimals(decimal, limit) > 0) return null
  return Number(decimal.whole)
}
