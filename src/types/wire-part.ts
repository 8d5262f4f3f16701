import { ProtoReader, ProtoWriter } from '../codec/index.ts'
import { HASH_BYTES, MAX_MERKLE_AUNTS, type MerkleProof } from '../crypto/index.ts'
import { BLOCK_PART_SIZE_BYTES, type Part } from './block.ts'
import { NO_BYTES } from './wire-vote.ts'

const PROOF_BYTES = 512

export function writePartFields(writer: ProtoWriter, part: Part): void {
  writer.uint32(1, part.index)
  writer.bytes(2, part.bytes)
  const mark = writer.begin(3)
  writer.int64(1, part.proof.total)
  writer.int64(2, part.proof.index)
  writer.hex(3, part.proof.leafHash)
  for (const aunt of part.proof.aunts) writer.repeatedHex(4, aunt)
  writer.end(mark)
}

export function readPart(reader: ProtoReader): Part {
  let index = 0
  let bytes: Uint8Array = NO_BYTES
  let proof: MerkleProof | null = null
  while (reader.next()) {
    if (reader.field === 1) index = reader.uint32()
    else if (reader.field === 2) bytes = reader.bytes(BLOCK_PART_SIZE_BYTES)
    else if (reader.field === 3) proof = readProof(reader.message('Proof'))
    else reader.unknown()
  }
  reader.require(proof, 'proof')
  return { index, bytes, proof }
}

function readProof(reader: ProtoReader): MerkleProof {
  let total = 0
  let index = 0
  let leafHash = ''
  const aunts: string[] = []
  while (reader.next()) {
    if (reader.field === 1) total = reader.int64()
    else if (reader.field === 2) index = reader.int64()
    else if (reader.field === 3) leafHash = reader.hex(HASH_BYTES)
    else if (reader.field === 4) {
      if (aunts.length === MAX_MERKLE_AUNTS) reader.fail('too many aunts')
      aunts.push(reader.repeatedHex(HASH_BYTES))
    } else reader.unknown()
  }
  return { total, index, leafHash, aunts }
}

/** tendermint.types.Part. */
export function encodePart(part: Part): Uint8Array {
  const writer = new ProtoWriter(part.bytes.length + PROOF_BYTES)
  writePartFields(writer, part)
  return writer.finish()
}

/** Throws DecodeError. `bytes` of the part is a view on the input. */
export function decodePart(bytes: Uint8Array): Part {
  return readPart(new ProtoReader(bytes, 'Part'))
}
