import type { Evidence, Height, Hex, Power, Timestamp } from '../types/index.ts'

/** What can be held against a validator: what evidence proves, and downtime, which last commits show. */
export type FaultKind = Evidence['kind'] | 'downtime'
export type FaultStatus = 'pending' | 'committed' | 'expired'

interface FaultBase {
  readonly hash: Hex
  /** Whom it accuses. */
  readonly validators: readonly Hex[]
  readonly status: FaultStatus
  /** Of the offence. */
  readonly height: Height
  /** Height of the block that carries it or completed it; 0 while there is none. */
  readonly committedHeight: Height
}

export interface EvidenceFault extends FaultBase {
  readonly kind: Evidence['kind']
  readonly evidence: Evidence
}

export interface DowntimeFault extends FaultBase {
  readonly kind: 'downtime'
  /** Blocks looked at, and how many of them were missed. */
  readonly window: number
  readonly missedCount: number
  /** One bit a block, oldest first, least significant bit first; the last of them is `height`. */
  readonly missed: Uint8Array
  readonly power: Power
}

export type Fault = EvidenceFault | DowntimeFault

/** What faults to find; what is left out does not narrow. Heights are those of the offence, both inclusive. */
export interface FaultQuery {
  readonly validator?: Hex
  readonly kind?: FaultKind
  readonly status?: FaultStatus
  readonly fromHeight?: Height
  readonly toHeight?: Height
}

export interface FaultPaging {
  readonly offset: number
  readonly limit: number
  readonly newestFirst: boolean
}

/** What a block took from a validator. */
export interface SlashEntry {
  /** Of the block that did it. */
  readonly height: Height
  readonly validator: Hex
  /** The application's word for it: double_sign, double_proposal, missing_signature and the like. */
  readonly reason: string
  /** The power it answered with, as the application says; null when it does not. */
  readonly power: Power | null
  /** Decimal text; null when the application does not say. */
  readonly fraction: string | null
  readonly burned: bigint | null
  readonly jailed: boolean
  readonly tombstoned: boolean
  /** In the sets before the block and after it took effect; null while not known or not known any more. */
  readonly powerBefore: Power | null
  readonly powerAfter: Power | null
}

export interface SlashQuery {
  readonly validator?: Hex
  /** Of the blocks, both inclusive. */
  readonly fromHeight?: Height
  readonly toHeight?: Height
}

/** How a validator signs. app: by the application, which slashes by it. node: by this node's own records of last commits. */
export type SigningSource = 'app' | 'node'

export interface SigningInfo {
  readonly address: Hex
  readonly startHeight: Height
  /** Blocks counted in the window. */
  readonly indexOffset: bigint
  readonly missedBlocks: bigint
  /** Null where nobody jails. */
  readonly jailedUntil: Timestamp | null
  readonly tombstoned: boolean
}

export interface SigningInfos {
  readonly source: SigningSource
  /** In the order of addresses. */
  readonly infos: readonly SigningInfo[]
}

/** Fractions are decimal text; null where the node only watches and nobody slashes. */
export interface SlashingParams {
  readonly source: SigningSource
  readonly signedBlocksWindow: bigint
  readonly minSignedPerWindow: string
  /** Nanoseconds. */
  readonly downtimeJailDuration: bigint | null
  readonly slashFractionDoubleSign: string | null
  readonly slashFractionDowntime: string | null
  /** Blocks within which those who sign twice are punished by the power they have together; null: each by itself. */
  readonly correlationWindowBlocks: bigint | null
}

/** Misbehaviour and what came of it, as the node and its application know it. */
export interface FaultView {
  byHash(hash: Hex): Promise<Fault | null>
  search(
    query: FaultQuery,
    paging: FaultPaging
  ): Promise<{ readonly faults: readonly Fault[]; readonly total: number }>
  /** In the order of heights. */
  slashes(query: SlashQuery): Promise<readonly SlashEntry[]>
  signingInfos(): Promise<SigningInfos>
  slashingParams(): Promise<SlashingParams>
}
