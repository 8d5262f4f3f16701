import type { RoundStepName } from '../../rpc/index.ts'

/**
 * A height being decided as one node sees it at one moment: plain values, from the node itself or from what it answers
 * over RPC. Blocks go by their hash in upper-case hex, perhaps shortened to its first digits; null stands for nil.
 */
export interface ConsensusSnapshot {
  readonly chainId: string
  readonly height: number
  readonly round: number
  readonly step: RoundStepName
  /** In set order; every list of votes has an entry for each. */
  readonly validators: readonly ValidatorSnapshot[]
  /** Index of this node's validator, null for a full node or where it is not told. */
  readonly self: number | null
  /** Some of the last rounds up to the current one, ascending. */
  readonly rounds: readonly RoundSnapshot[]
  readonly locked: RoundValueSnapshot | null
  readonly valid: RoundValueSnapshot | null
  /** A value with +2/3 precommits that is not applied yet, with what this node has of its block. */
  readonly decided: { readonly round: number; readonly block: BlockSnapshot } | null
  /** Blocks are being fetched from peers. */
  readonly isSyncing: boolean
  /** The height waits for transactions: an empty block is not wanted. */
  readonly waitsForTxs: boolean
  readonly peers: readonly PeerSnapshot[]
  /** Since the last block was decided, or since the node started when it decided none yet; null when not known. */
  readonly sinceBlockMs: number | null
  /** Since this round began; null when not known. */
  readonly sinceRoundMs: number | null
  /** How long the node has been watching, for "not seen since"; null when not known. */
  readonly watchedMs: number | null
  /** The longest that round 0 of a height takes by the timeouts, with the pause before it; a guess where they are not told. */
  readonly usualHeightMs: number
  /** What the machine itself says it awaits; '' when not told. */
  readonly awaits: string
}

export interface ValidatorSnapshot {
  /** Lower-case hex. */
  readonly address: string
  readonly name: string
  readonly power: bigint
  /** Since a message of this validator was counted; null when none was. */
  readonly lastSeenMs: number | null
}

export interface RoundValueSnapshot {
  readonly round: number
  readonly value: string
}

/** A vote as far as it is told: the value, null for nil. */
export interface VoteSnapshot {
  readonly value: string | null
}

export interface RoundSnapshot {
  readonly round: number
  /** Index of the proposer; null when not told. */
  readonly proposer: number | null
  /** 'unknown' where the source does not say whether one came. */
  readonly proposal: BlockSnapshot | 'none' | 'unknown'
  readonly prevotes: readonly (VoteSnapshot | null)[]
  readonly precommits: readonly (VoteSnapshot | null)[]
}

export interface BlockSnapshot {
  readonly value: string
  /** Parts that are here, and all there are; 0 of 0 when the block is not being gathered. */
  readonly received: number
  readonly total: number
  readonly validity: 'unknown' | 'valid' | 'invalid'
  /** Why it was found invalid; '' when it was not, or the reason is not known any more. */
  readonly refusal: string
}

export interface PeerSnapshot {
  readonly name: string
  /** 0 when the peer has not said where it is. */
  readonly height: number
  readonly round: number
  readonly step: string
}
