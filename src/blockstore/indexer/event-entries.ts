import type { AppEvent } from '../../app/index.ts'
import type { BatchOp } from '../key-value-store.ts'
import { type EventBucket, type EventPlace, eventKey, type IndexedText, indexedText } from './index-keys.ts'

/** Attributes the index has of itself: an event that claims one is not indexed under it. */
const RESERVED: ReadonlySet<string> = new Set(['tx.hash', 'tx.height', 'block.height'])
const NO_BYTES = new Uint8Array(0)
const COUNT_BYTES = 4
/** Transaction and event. */
const PLACE_BYTES = 8

/** Where an event is within its height; `txIndex` is 0 in the index of blocks. */
type Place = Omit<EventPlace, 'height'>

interface Group {
  readonly value: IndexedText
  readonly text: string
  /** In order, each once. */
  readonly places: Place[]
}

/**
 * The entries of some transactions of one height: one for each value of each attribute, which says where all of them
 * are. What an app says of every transaction alike costs one entry then, a third of the work of indexing.
 */
export class EventEntries {
  readonly #attributes = new Map<
    string,
    { readonly bytes: Uint8Array; readonly groups: Map<string, Group> }
  >()

  add(events: readonly AppEvent[], txIndex: number): void {
    for (const [eventIndex, { type, attributes }] of events.entries()) {
      if (type === '') continue
      for (const { key, value, index } of attributes) {
        if (index && key !== '') this.#note(`${type}.${key}`, value, { txIndex, eventIndex })
      }
    }
  }

  /** What writes the entries. */
  puts(bucket: EventBucket, height: number): BatchOp[] {
    const ops: BatchOp[] = []
    for (const { bytes, groups } of this.#attributes.values()) {
      for (const group of groups.values()) {
        const key = eventKey(bucket, bytes, group.value.bytes, { height, ...group.places[0]! })
        ops.push({ type: 'put', key, value: besideTheKey(group) })
      }
    }
    return ops
  }

  /** What takes the same entries out again. */
  deletions(bucket: EventBucket, height: number): BatchOp[] {
    return this.puts(bucket, height).map(({ key }) => ({ type: 'del', key }))
  }

  #note(attribute: string, text: string, place: Place): void {
    if (RESERVED.has(attribute)) return
    let entry = this.#attributes.get(attribute)
    if (entry === undefined) {
      entry = { bytes: indexedText(attribute).bytes, groups: new Map() }
      this.#attributes.set(attribute, entry)
    }
    const group = entry.groups.get(text)
    if (group === undefined) {
      entry.groups.set(text, { value: indexedText(text), text, places: [place] })
      return
    }
    const last = group.places.at(-1)!
    if (last.txIndex !== place.txIndex || last.eventIndex !== place.eventIndex) group.places.push(place)
  }
}

/** Nothing for one place and a value that the key has in full; else a count, the other places, and a longer value. */
function besideTheKey({ value, text, places }: Group): Uint8Array {
  if (places.length === 1 && value.isWhole) return NO_BYTES
  const rest = value.isWhole ? NO_BYTES : Buffer.from(text)
  const bytes = Buffer.allocUnsafe(COUNT_BYTES + (places.length - 1) * PLACE_BYTES + rest.length)
  let at = bytes.writeUInt32BE(places.length - 1, 0)
  for (const { txIndex, eventIndex } of places.slice(1)) {
    at = bytes.writeUInt32BE(txIndex, at)
    at = bytes.writeUInt32BE(eventIndex, at)
  }
  bytes.set(rest, at)
  return bytes
}

/** The other places of an entry, and its value when the key does not have it in full. */
export function readBesideTheKey(bytes: Uint8Array): {
  readonly others: readonly Place[]
  readonly text: string | null
} {
  if (bytes.length === 0) return { others: [], text: null }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = COUNT_BYTES + view.readUInt32BE(0) * PLACE_BYTES
  const others: Place[] = []
  for (let at = COUNT_BYTES; at < end; at += PLACE_BYTES) {
    others.push({ txIndex: view.readUInt32BE(at), eventIndex: view.readUInt32BE(at + 4) })
  }
  return { others, text: end < view.length ? view.toString('utf8', end) : null }
}
