import type { AppEvent, ExecTxResult } from '../app/index.ts'
import { writeTxResult } from '../blockstore/index.ts'
import { ProtoWriter } from '../codec/index.ts'
import type { Height } from '../types/index.ts'

/** What the tables hold of one event; the attributes are those marked `index`. */
export interface EventRow {
  readonly type: string
  readonly attributes: readonly AttributeRow[]
}

export interface AttributeRow {
  readonly key: string
  readonly compositeKey: string
  readonly value: string
}

/** Names stand in an index whose entries may have 2,700 bytes; a longer name is cut to surely fewer. */
const MAX_NAME_CHARACTERS = 800

/** The events of a block, with CometBFT's own before them. Events without a type are left out. */
export function blockEventRows(height: Height, events: readonly AppEvent[]): EventRow[] {
  return [ownEvent('block', 'height', String(height)), ...eventRows(events)]
}

/** The events of a transaction, with CometBFT's own before them; `hash` is upper-case hex. */
export function txEventRows(hash: string, height: Height, events: readonly AppEvent[]): EventRow[] {
  return [ownEvent('tx', 'hash', hash), ownEvent('tx', 'height', String(height)), ...eventRows(events)]
}

function ownEvent(type: string, key: string, value: string): EventRow {
  return { type, attributes: [{ key, compositeKey: `${type}.${key}`, value }] }
}

function eventRows(events: readonly AppEvent[]): EventRow[] {
  return events
    .filter(({ type }) => type !== '')
    .map(({ type, attributes }) => ({
      type: nameText(type),
      attributes: attributes
        .filter(({ index }) => index)
        .map(({ key, value }) => ({
          key: nameText(key),
          compositeKey: nameText(`${type}.${key}`),
          value: storableText(value)
        }))
    }))
}

/** tendermint.abci.TxResult. */
export function encodeTxResultRow(
  height: Height,
  index: number,
  tx: Uint8Array,
  result: ExecTxResult
): Uint8Array {
  const writer = new ProtoWriter(256 + tx.length)
  writer.int64(1, height)
  writer.uint32(2, index)
  writer.bytes(3, tx)
  const mark = writer.begin(4)
  writeTxResult(writer, result)
  writer.end(mark)
  return writer.finish()
}

function nameText(text: string): string {
  return storableText(text.slice(0, MAX_NAME_CHARACTERS))
}

/** PostgreSQL has no character 0 in texts, and one in an event must not stop the rest. */
function storableText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd')
}
