import type { Height } from './primitives.ts'

/** Consensus parameters (CometBFT types/params.go). Only block.maxBytes and block.maxGas enter the hash. */
export interface ConsensusParams {
  readonly block: {
    /** int64; -1 means the absolute limit of 100 MiB. */
    readonly maxBytes: number
    /** int64; -1 means no limit. */
    readonly maxGas: number
  }
  readonly evidence: {
    readonly maxAgeNumBlocks: number
    /** Nanoseconds. */
    readonly maxAgeDuration: bigint
    readonly maxBytes: number
  }
  readonly validator: { readonly pubKeyTypes: readonly string[] }
  readonly version: { readonly app: number }
  readonly abci: {
    /** 0 means never. */
    readonly voteExtensionsEnableHeight: Height
  }
}
