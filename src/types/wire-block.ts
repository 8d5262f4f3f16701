import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import type { Block } from './block.ts'
import type { Commit } from './commit.ts'
import type { Evidence } from './evidence.ts'
import type { Header } from './header.ts'
import { MAX_TXS_PER_BLOCK } from './limits.ts'
import { readCommit, writeCommitFields } from './wire-commit.ts'
import { readEvidenceList, writeEvidenceListFields } from './wire-evidence.ts'
import { readHeader, writeHeaderFields } from './wire-header.ts'

const FRAME_BYTES = 1024
const COMMIT_SIG_BYTES = 112
const TX_FRAME_BYTES = 5

/** tendermint.types.Block: the bytes that are cut into parts. */
export function encodeBlock(block: Block): Uint8Array {
  const writer = new ProtoWriter(sizeHint(block))
  const header = writer.begin(1)
  writeHeaderFields(writer, block.header)
  writer.end(header)
  const data = writer.begin(2)
  for (const tx of block.txs) writer.repeatedBytes(1, tx)
  writer.end(data)
  const evidence = writer.begin(3)
  writeEvidenceListFields(writer, block.evidence)
  writer.end(evidence)
  if (block.lastCommit !== null) {
    const commit = writer.begin(4)
    writeCommitFields(writer, block.lastCommit)
    writer.end(commit)
  }
  return writer.finish()
}

function sizeHint(block: Block): number {
  let bytes = FRAME_BYTES + (block.lastCommit?.signatures.length ?? 0) * COMMIT_SIG_BYTES
  for (const tx of block.txs) bytes += tx.length + TX_FRAME_BYTES
  return bytes
}

/** Throws DecodeError. The transactions are views on `bytes`, which they keep alive. */
export function decodeBlock(bytes: Uint8Array): Block {
  const reader: ProtoReader = new ProtoReader(bytes, 'Block')
  let header: Header | null = null
  let txs: Uint8Array[] | null = null
  let evidence: Evidence[] | null = null
  let lastCommit: Commit | null = null
  while (reader.next()) {
    if (reader.field === 1) header = readHeader(reader.message('Header'))
    else if (reader.field === 2) txs = readTxs(reader.message('Data'))
    else if (reader.field === 3) evidence = readEvidenceList(reader.message('EvidenceList'))
    else if (reader.field === 4) lastCommit = readCommit(reader.message('Commit'))
    else reader.unknown()
  }
  reader.require(header, 'header')
  reader.require(txs, 'data')
  reader.require(evidence, 'evidence')
  return { header, txs, evidence, lastCommit }
}

/** Reads a message whose only field is `repeated bytes txs = 1`. */
export function readTxs(reader: ProtoReader, maxTxs = MAX_TXS_PER_BLOCK): Uint8Array[] {
  const txs: Uint8Array[] = []
  while (reader.next()) {
    if (reader.field !== 1) reader.unknown()
    if (txs.length === maxTxs) reader.fail(`more than ${maxTxs} transactions`)
    txs.push(reader.repeatedBytes(reader.remaining))
  }
  return txs
}
