import type { BlockIdFlag, Height, Hex, Power, Timestamp } from '../../types/index.ts'
import type { Fraction } from './fraction.ts'
import type { SlashingParams } from './slashing-params.ts'

/** Who runs a validator; stays the same when the consensus key changes. */
export type OperatorId = string
export type DelegatorId = string

export type BondStatus = 'bonded' | 'unbonding' | 'unbonded'

/** What is known of an operator's signing; as Cosmos SDK's ValidatorSigningInfo. */
export interface SigningInfo {
  /** From here the first window is counted: nobody is judged before startHeight + window + 1. */
  readonly startHeight: Height
  /** Blocks judged since the bitmap was last cleared; modulo the window the next bit. */
  readonly indexOffset: number
  /** Bits set in the bitmap. */
  readonly missedCount: number
  readonly jailedUntil: Timestamp
  readonly tombstoned: boolean
}

/** Whose a consensus key is, and from when to when (null: still). Never deleted, so no key is used twice. */
export interface KeyOwner {
  readonly operator: OperatorId
  readonly fromHeight: Height
  readonly toHeight: Height | null
}

export interface StakedValidator {
  readonly operator: OperatorId
  readonly status: BondStatus
  readonly jailed: boolean
  readonly tokens: bigint
  /** What delegators hold of `tokens`: one share is tokens / shares of a token. */
  readonly shares: bigint
  /** Whose delegation is the operator's own. */
  readonly selfDelegator: DelegatorId
  readonly minSelfBond: bigint
}

export interface UnbondingEntry {
  readonly creationHeight: Height
  readonly completionTime: Timestamp
  readonly initialBalance: bigint
  /** What is left after slashes. */
  readonly balance: bigint
}

export interface Unbonding {
  readonly delegator: DelegatorId
  readonly operator: OperatorId
  readonly entries: readonly UnbondingEntry[]
}

export interface RedelegationEntry {
  readonly creationHeight: Height
  readonly completionTime: Timestamp
  readonly initialBalance: bigint
  /** Shares given at the destination. */
  readonly sharesDst: bigint
}

export interface Redelegation {
  readonly delegator: DelegatorId
  readonly source: OperatorId
  readonly destination: OperatorId
  readonly entries: readonly RedelegationEntry[]
}

/** Somebody tombstoned, for the correlation term. */
export interface RecentOffender {
  readonly operator: OperatorId
  readonly power: Power
  /** Height of the block that carried the evidence. */
  readonly height: Height
}

/** The part of the state liveness needs. */
export interface LivenessState {
  signingInfo(operator: OperatorId): SigningInfo | null
  setSigningInfo(operator: OperatorId, info: SigningInfo): void
  /** 128 bytes, bit i of the window in chunk floor(i / 1024), least significant bit first; null when all are zero. */
  missedChunk(operator: OperatorId, chunk: number): Uint8Array | null
  setMissedChunk(operator: OperatorId, chunk: number, bits: Uint8Array | null): void
}

/**
 * The state the slashing module works on. The application implements it over its store; everything in it is under the
 * app hash. Setters replace whole records, and getters see them at once. Lists may come in any order.
 */
export interface SlashingState extends LivenessState {
  params(): SlashingParams
  setParams(params: SlashingParams): void
  /** Tokens that make one unit of power. */
  readonly tokensPerPower: bigint
  /** Everybody who has a {@link SigningInfo}. */
  signers(): Iterable<OperatorId>
  keyOwner(address: Hex): KeyOwner | null
  setKeyOwner(address: Hex, owner: KeyOwner): void
  validator(operator: OperatorId): StakedValidator | null
  setValidator(validator: StakedValidator): void
  delegationShares(delegator: DelegatorId, operator: OperatorId): bigint
  setDelegationShares(delegator: DelegatorId, operator: OperatorId, shares: bigint): void
  /** Stake leaving this operator. */
  unbondingsFrom(operator: OperatorId): readonly Unbonding[]
  unbonding(delegator: DelegatorId, operator: OperatorId): Unbonding | null
  setUnbonding(unbonding: Unbonding): void
  /** Stake that moved from this operator to another. */
  redelegationsFrom(operator: OperatorId): readonly Redelegation[]
  recentOffenders(): readonly RecentOffender[]
  setRecentOffenders(offenders: readonly RecentOffender[]): void
  /** Takes tokens out of the supply: bonded ones of bonded validators, all other staked ones from the other pool. */
  burn(pool: 'bonded' | 'notBonded', amount: bigint): void
}

export type MisbehaviourType = 'duplicateVote' | 'lightClientAttack' | 'duplicateProposal'

/** What of a block slashing depends on, in the form the application gets it from finalizeBlock. */
export interface SlashingBlock {
  readonly height: Height
  readonly time: Timestamp
  /** Who signed the block before, in the order of its validator set. */
  readonly lastCommit: readonly {
    readonly validator: { readonly address: Hex; readonly power: Power }
    readonly blockIdFlag: BlockIdFlag
  }[]
  readonly misbehavior: readonly {
    readonly type: MisbehaviourType
    readonly validator: { readonly address: Hex; readonly power: Power }
    readonly height: Height
    readonly totalVotingPower: Power
  }[]
}

export type BlockPlace = Pick<SlashingBlock, 'height' | 'time'>

/** What happened, for the application to publish. */
export type SlashingEvent =
  | {
      readonly kind: 'slash'
      readonly operator: OperatorId
      readonly reason: 'downtime' | MisbehaviourType
      readonly infractionHeight: Height
      /** At the infraction. */
      readonly power: Power
      readonly fraction: Fraction
      readonly burned: bigint
    }
  | {
      readonly kind: 'jail'
      readonly operator: OperatorId
      readonly reason: 'downtime' | 'selfBond' | MisbehaviourType
    }
  | { readonly kind: 'tombstone'; readonly operator: OperatorId }
  | { readonly kind: 'unjail'; readonly operator: OperatorId }
  | { readonly kind: 'missed'; readonly operator: OperatorId; readonly missedCount: number }
  | {
      readonly kind: 'ignored'
      readonly address: Hex
      readonly reason: 'unknownKey' | 'unknownValidator' | 'unbonded' | 'tombstoned' | 'invalid'
    }
