import type { Height, Hex } from '../types/index.ts'
import type { DowntimeRecord } from './downtime-record.ts'
import type { EvidenceRecord, EvidenceStatus } from './evidence-record.ts'

/** Everything that is held against validators: what evidence proves, and downtime. */
export type FaultRecord = EvidenceRecord | DowntimeRecord

/** What records to find; what is left out does not narrow. */
export interface FaultFilter {
  readonly validator?: Hex
  readonly kind?: FaultRecord['kind']
  readonly status?: EvidenceStatus
  /** Heights of the offence, both inclusive. */
  readonly fromHeight?: Height
  readonly toHeight?: Height
}

export interface Page {
  readonly offset: number
  readonly limit: number
  readonly newestFirst: boolean
}

export interface FaultPage {
  readonly records: readonly FaultRecord[]
  /** How many match in all. */
  readonly total: number
}

/** Gives records in the order of their keys, so of heights; both heights inclusive. */
export interface FaultSource {
  records(fromHeight: Height, toHeight: Height): AsyncIterable<FaultRecord>
}

/** One page of the records that match, by height of the offence. */
export async function searchFaults(
  sources: readonly FaultSource[],
  filter: FaultFilter,
  page: Page
): Promise<FaultPage> {
  const { fromHeight = 0, toHeight = Number.MAX_SAFE_INTEGER } = filter
  const wanted = page.offset + page.limit
  const records: FaultRecord[] = []
  let total = 0
  let all: AsyncIterable<FaultRecord> = inOrder([])
  for (const source of sources) all = mergeRecords(all, source.records(fromHeight, toHeight))
  for await (const record of all) {
    if (!matches(record, filter)) continue
    total++
    if (page.newestFirst) {
      records.push(record)
      if (records.length > wanted) records.shift()
    } else if (total > page.offset && records.length < page.limit) records.push(record)
  }
  if (!page.newestFirst) return { records, total }
  return { records: records.reverse().slice(page.offset), total }
}

function matches(record: FaultRecord, { validator, kind, status }: FaultFilter): boolean {
  if (kind !== undefined && record.kind !== kind) return false
  if (status !== undefined && record.status !== status) return false
  return validator === undefined || record.validators.includes(validator)
}

/** Records that are in order already, as a source to merge. */
export async function* inOrder<T>(records: readonly T[]): AsyncIterable<T> {
  yield* records
}

/** Two sources in the order of keys made one; of a key in both, the record of `second` counts. */
export async function* mergeRecords<T extends { readonly key: string }>(
  first: AsyncIterable<T>,
  second: AsyncIterable<T>
): AsyncIterable<T> {
  const left = first[Symbol.asyncIterator]()
  let waiting = await left.next()
  for await (const record of second) {
    while (!waiting.done && waiting.value.key < record.key) {
      yield waiting.value
      waiting = await left.next()
    }
    if (!waiting.done && waiting.value.key === record.key) waiting = await left.next()
    yield record
  }
  while (!waiting.done) {
    yield waiting.value
    waiting = await left.next()
  }
}
