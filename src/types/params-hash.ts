import { ProtoWriter } from '../codec/index.ts'
import { sha256Hex } from '../crypto/index.ts'
import type { ConsensusParams } from './params.ts'
import type { Hex } from './primitives.ts'

/** consensus_hash of a header: sha256 of HashedParams, which holds block.max_bytes and block.max_gas alone. */
export function consensusParamsHash(params: Pick<ConsensusParams, 'block'>): Hex {
  const writer = new ProtoWriter(32)
  writer.int64(1, params.block.maxBytes)
  writer.int64(2, params.block.maxGas)
  return sha256Hex(writer.finish())
}
