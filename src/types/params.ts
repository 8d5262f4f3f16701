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

/** A change to the params by the app: a group that is there replaces the whole group. */
export type ConsensusParamsUpdate = {
  readonly [Group in keyof ConsensusParams]?: ConsensusParams[Group] | null
}

/** What a genesis without consensus_params means (CometBFT v0.38 DefaultConsensusParams): 21 MiB blocks, 48 h of evidence. */
export const DEFAULT_CONSENSUS_PARAMS: ConsensusParams = {
  block: { maxBytes: 22020096, maxGas: -1 },
  evidence: { maxAgeNumBlocks: 100000, maxAgeDuration: 172_800_000_000_000n, maxBytes: 1048576 },
  validator: { pubKeyTypes: ['ed25519'] },
  version: { app: 0 },
  abci: { voteExtensionsEnableHeight: 0 }
}

/** What we write into a new genesis: the defaults with blocks of 4 MiB, which spread in time over ordinary links. */
export const NEW_CHAIN_CONSENSUS_PARAMS: ConsensusParams = {
  ...DEFAULT_CONSENSUS_PARAMS,
  block: { maxBytes: 4194304, maxGas: -1 }
}
