import type { Evidence, Height, Hex } from '../types/index.ts'
import type { EvidenceRecord, EvidenceStatus } from './evidence-record.ts'
import { culpritsOf } from './offence.ts'

/** What records to find; what is left out does not narrow. */
export interface EvidenceFilter {
  readonly validator?: Hex
  readonly kind?: Evidence['kind']
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

export interface EvidencePage {
  readonly records: readonly EvidenceRecord[]
  /** How many match in all. */
  readonly total: number
}

interface RecordSource {
  records(fromHeight: Height, toHeight: Height): AsyncIterable<EvidenceRecord>
}

/** One page of the records that match, by height of the offence. */
export async function searchEvidence(
  source: RecordSource,
  filter: EvidenceFilter,
  page: Page
): Promise<EvidencePage> {
  const { fromHeight = 0, toHeight = Number.MAX_SAFE_INTEGER } = filter
  const wanted = page.offset + page.limit
  const records: EvidenceRecord[] = []
  let total = 0
  for await (const record of source.records(fromHeight, toHeight)) {
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

function matches(record: EvidenceRecord, { validator, kind, status }: EvidenceFilter): boolean {
  if (kind !== undefined && record.evidence.kind !== kind) return false
  if (status !== undefined && record.status !== status) return false
  return validator === undefined || culpritsOf(record.evidence).includes(validator)
}

/** Two sources in the order of keys made one; of a key in both, the record of `second` counts. */
export async function* mergeRecords(
  first: readonly EvidenceRecord[],
  second: AsyncIterable<EvidenceRecord>
): AsyncIterable<EvidenceRecord> {
  let index = 0
  for await (const record of second) {
    while (index < first.length && first[index]!.key < record.key) yield first[index++]!
    if (first[index]?.key === record.key) index++
    yield record
  }
  yield* first.slice(index)
}
