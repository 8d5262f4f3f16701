import type { BehaviourName } from '../byzantine/behaviour.ts'
import type { SimScheme } from '../sim-keys.ts'
import type { FaultClass } from './fault-class.ts'

/** Everything that decides how one run goes. The same options always give the same run. */
export interface SimOptions {
  readonly seed: string
  /** Power of each validator of the genesis; their number is the size of the network. */
  readonly powers: readonly number[]
  /** Full nodes that may become validators. */
  readonly spares: number
  /** Every honest node must reach this height. */
  readonly heights: number
  readonly scheme: SimScheme
  readonly app: string
  /** Kinds of faults that may happen. */
  readonly faults: readonly FaultClass[]
  /** Validators that misbehave. */
  readonly byzantine: readonly Misfit[]
  /** Virtual time until all faults are healed. */
  readonly faultMs: number
  readonly network: NetworkOptions
  /** Longest time a disk takes for one operation; 0 for none at all. */
  readonly diskLatencyMs: number
  readonly txsPerSecond: number
  readonly timeoutCommitMs: number
  /** Blocks without transactions are made as well. */
  readonly createEmptyBlocks: boolean
  readonly skipTimeoutCommit: boolean
  /** Evidence is too old when both are passed; null for as old as a real chain takes, which no run comes to. */
  readonly evidenceAge: EvidenceAge | null
  /** Plan items left out, by their number; for shrinking. */
  readonly without: readonly number[]
}

/**
 * A validator that misbehaves: a mask around an honest node, two honest nodes with one key, or a key without a node
 * whose owner says anything.
 */
export interface Misfit {
  /** Index in the genesis. */
  readonly validator: number
  readonly kind: 'mask' | 'twins' | 'free'
  /** Of a mask. */
  readonly behaviours: readonly BehaviourName[]
}

export interface EvidenceAge {
  readonly blocks: number
  readonly ms: number
}

export interface NetworkOptions {
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly loss: number
  readonly duplicate: number
  readonly replay: number
  /** Nodes pass on what they accept, and not everybody is connected to everybody. */
  readonly relays: boolean
}

/** What a person may ask for; the seed decides the rest. */
export interface SimRequest {
  readonly seed: string
  readonly validators?: number | undefined
  readonly heights?: number | undefined
  readonly byzantine?: number | undefined
  readonly faults?: readonly FaultClass[] | undefined
  readonly twins?: boolean | undefined
  readonly app?: string | undefined
  readonly scheme?: SimScheme | undefined
  readonly without?: readonly number[] | undefined
}

/** Bounds of what may be asked for. */
export const SIM_LIMITS = { validators: 100, heights: 100_000 } as const

/** Name of a validator's node; spares follow the validators, a twin has a prime. */
export function nodeName(index: number): string {
  return `v${index}`
}

/** True when the Byzantine validators of the genesis have less than a third of the power: then safety must hold. */
export function isTolerable({ powers, byzantine }: Pick<SimOptions, 'powers' | 'byzantine'>): boolean {
  return isMinority(
    powers,
    byzantine.map(({ validator }) => validator)
  )
}

/** True when the Byzantine validators have more than two thirds of the power and need nobody to decide. */
export function hasQuorum({ powers, byzantine }: Pick<SimOptions, 'powers' | 'byzantine'>): boolean {
  const misfits = new Set(byzantine.map(({ validator }) => validator))
  return isMinority(
    powers,
    powers.flatMap((_, validator) => (misfits.has(validator) ? [] : [validator]))
  )
}

/** True when these validators have less than a third of the power. */
export function isMinority(powers: readonly number[], validators: readonly number[]): boolean {
  const total = powers.reduce((sum, power) => sum + power, 0)
  return 3 * powerOf(powers, validators) < total
}

export function powerOf(powers: readonly number[], indexes: readonly number[]): number {
  return indexes.reduce((sum, index) => sum + powers[index]!, 0)
}
