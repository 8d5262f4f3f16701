import type { Timeout, ValueId } from '../consensus/index.ts'
import type { Clock, Logger } from '../util/index.ts'
import type { CountedMessage, Decision, ReplicaMessage, Statement } from './message.ts'

/** Who votes at a height. */
export interface Membership {
  /** Voting power by member index; more than two thirds of the sum decide. */
  readonly powers: readonly bigint[]
  /** This replica's index; null follows without voting. */
  readonly self: number | null
}

/** Waits of the replica, in milliseconds; each round adds its delta. */
export interface ReplicaTiming {
  readonly proposeMs: number
  readonly proposeDeltaMs: number
  readonly prevoteMs: number
  readonly prevoteDeltaMs: number
  readonly precommitMs: number
  readonly precommitDeltaMs: number
  /** Pause between carrying out a decision and the next height. */
  readonly commitMs: number
  /** How long nothing may move before the own messages are sent again. */
  readonly resendMs: number
}

export const DEFAULT_TIMING: ReplicaTiming = {
  proposeMs: 3000,
  proposeDeltaMs: 500,
  prevoteMs: 1000,
  prevoteDeltaMs: 500,
  precommitMs: 1000,
  precommitDeltaMs: 500,
  commitMs: 1000,
  resendMs: 5000
}

/** What a replica must remember of its height to go on after a crash without contradicting itself. */
export type LogEntry<T> =
  | { readonly kind: 'message'; readonly message: CountedMessage<T> }
  | { readonly kind: 'timeout'; readonly timeout: Timeout }
  | { readonly kind: 'validity'; readonly value: ValueId; readonly validity: 'valid' | 'invalid' }

/** Durable memory. Without it a replica that restarts within a height may contradict what it said before. */
export interface ReplicaStorage<T> {
  /** The height to go on with and its entries in order; null for a new replica. */
  load(): Promise<StoredHeight<T> | null> | StoredHeight<T> | null
  /** Must be durable when it returns: nothing that follows from the entry is sent before. */
  append(height: number, entry: LogEntry<T>): Promise<void> | void
}

export interface StoredHeight<T> {
  readonly height: number
  readonly log: readonly LogEntry<T>[]
}

/** What the caller brings. Every function may be asynchronous where its type says so. */
export interface ReplicaProviders<T> {
  members(height: number): Membership
  /** Index of the member that proposes: the same answer on every replica. */
  proposer(height: number, round: number): number
  /** Names a value: equal values equally, different ones differently (a hash). */
  valueId(value: T): ValueId
  /** A value to propose; null proposes nothing in this round. */
  build(height: number, round: number): Promise<T | null> | T | null
  /** Whether a value may be decided at the height: the same answer on every replica, however odd the value. */
  validate(value: T, height: number): Promise<boolean> | boolean
  /** Carries out a decision. The next height starts when it is done. Throwing stops the replica. */
  apply(decision: Decision<T>): Promise<void> | void
  /** Signs `bytes`; null refuses. Must never sign two different statements for one (kind, height, round). */
  sign(bytes: Uint8Array, statement: Statement): Promise<Uint8Array | null> | Uint8Array | null
  verify(bytes: Uint8Array, signature: Uint8Array, statement: Statement): boolean
  /** Sends to one member, or to all others. May lose, double and reorder. */
  send(message: ReplicaMessage<T>, to?: number): void
  /**
   * A decision from the caller's own store, for members that are further behind than the replica remembers (64 heights).
   * Left out: bringing them up is the caller's business.
   */
  decisionAt?(height: number): Decision<T> | null
  /** False leaves round 0 of a height waiting for `valueAvailable`. Left out: never waits. */
  hasValue?(height: number): boolean
}

export interface ReplicaOptions<T> {
  /** Part of every signature: the same on all replicas of one network, different between networks. */
  readonly domain: string
  readonly providers: ReplicaProviders<T>
  readonly clock: Clock
  readonly storage?: ReplicaStorage<T>
  readonly timing?: Partial<ReplicaTiming>
  readonly logger?: Logger
  /** First height when the storage holds none; 1 unless given. */
  readonly firstHeight?: number
  /** Lines the trace keeps; 1000 unless given. */
  readonly traceLines?: number
}
