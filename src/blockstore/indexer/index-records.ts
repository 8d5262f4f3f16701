import type { AppEvent, ExecTxResult, FinalizeBlockResponse } from '../../app/index.ts'
import { ProtoReader, ProtoWriter } from '../../codec/index.ts'
import { BlockStoreError } from '../block-store-error.ts'
import { decodeResults, encodeResults } from '../results-codec.ts'

/** Values of the index: results under the encoding of the stored results of blocks. */

/** Nothing stored is longer: a limit against damaged lengths, not a rule. */
const MAX_FIELD_BYTES = 1 << 30
const NO_RESULTS: FinalizeBlockResponse = {
  events: [],
  txResults: [],
  validatorUpdates: [],
  consensusParamUpdates: null,
  appHash: new Uint8Array(0)
}

export function encodeIndexedTx(tx: Uint8Array, result: ExecTxResult): Uint8Array {
  const results = encodeResults({ ...NO_RESULTS, txResults: [result] })
  const writer = new ProtoWriter(16 + tx.length + results.length)
  writer.bytes(1, tx)
  writer.bytes(2, results)
  return writer.finish()
}

export function decodeIndexedTx(bytes: Uint8Array): {
  readonly tx: Uint8Array
  readonly result: ExecTxResult
} {
  return readRecord('transaction', () => {
    const reader: ProtoReader = new ProtoReader(bytes, 'IndexedTx')
    let tx: Uint8Array = new Uint8Array(0)
    let result: ExecTxResult | undefined
    while (reader.next()) {
      if (reader.field === 1) tx = reader.bytes(MAX_FIELD_BYTES)
      else if (reader.field === 2) [result] = decodeResults(reader.bytes(MAX_FIELD_BYTES)).txResults
      else reader.unknown()
    }
    reader.require(result, 'result')
    return { tx, result }
  })
}

export function encodeBlockEvents(events: readonly AppEvent[]): Uint8Array {
  return encodeResults({ ...NO_RESULTS, events })
}

export function decodeBlockEvents(bytes: Uint8Array): readonly AppEvent[] {
  return readRecord('events of a block', () => decodeResults(bytes).events)
}

function readRecord<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new BlockStoreError(
      'CORRUPT',
      `the index has a damaged record (${what}); remove the data directory and synchronise again`,
      { cause }
    )
  }
}
