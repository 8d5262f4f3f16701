import type { BlockId } from './block-id.ts'
import type { Height, Hex, Timestamp } from './primitives.ts'

/** The block protocol version of CometBFT v0.38. */
export const BLOCK_PROTOCOL = 11

export interface Header {
  readonly version: { readonly block: number; readonly app: number }
  readonly chainId: string
  readonly height: Height
  readonly time: Timestamp
  readonly lastBlockId: BlockId
  readonly lastCommitHash: Hex
  readonly dataHash: Hex
  readonly validatorsHash: Hex
  readonly nextValidatorsHash: Hex
  readonly consensusHash: Hex
  /** The app's own bytes as hex, any length, may be ''. */
  readonly appHash: Hex
  readonly lastResultsHash: Hex
  readonly evidenceHash: Hex
  readonly proposerAddress: Hex
}
