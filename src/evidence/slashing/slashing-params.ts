import type { ConsensusParams } from '../../types/index.ts'
import { type Fraction, fractionToText, ONE } from './fraction.ts'

export interface SlashingParams {
  /** Blocks a validator is judged by. */
  readonly signedBlocksWindow: number
  /** Of those it must have signed at least this many: a count, so that nothing is rounded. */
  readonly minSigned: number
  /** Nanoseconds. */
  readonly downtimeJailDuration: bigint
  readonly slashFractionDowntime: Fraction
  readonly slashFractionDoubleSign: Fraction
  /** Raises the double-sign fraction to min((3k/n)^2, 1) where offenders have k of n power within the window of blocks. */
  readonly correlation: boolean
  readonly correlationWindowBlocks: number
}

const NANOS_PER_SECOND = 1_000_000_000n

/** Cosmos SDK's defaults, with the correlation term on. */
export const DEFAULT_SLASHING_PARAMS: SlashingParams = {
  signedBlocksWindow: 100,
  minSigned: 50,
  downtimeJailDuration: 600n * NANOS_PER_SECOND,
  slashFractionDowntime: ONE / 100n,
  slashFractionDoubleSign: ONE / 20n,
  correlation: true,
  correlationWindowBlocks: 10_000
}

/** A window beyond this would make changing it, which clears every bitmap, too dear for one block. */
export const MAX_SIGNED_BLOCKS_WINDOW = 1_000_000

/** What of the chain the slashing params must fit to. */
export interface ChainTimes {
  /** Nanoseconds. */
  readonly unbondingTime: bigint
  /** The shortest time between blocks, nanoseconds. */
  readonly minBlockTime: bigint
  readonly evidence: Pick<ConsensusParams['evidence'], 'maxAgeNumBlocks' | 'maxAgeDuration'>
}

/** What is wrong with the params by themselves, beginning with the field; null when nothing is. */
export function validateSlashingParams(params: SlashingParams): string | null {
  const { signedBlocksWindow: window, minSigned, correlationWindowBlocks } = params
  if (!Number.isSafeInteger(window) || window <= 0 || window > MAX_SIGNED_BLOCKS_WINDOW) {
    return `signed_blocks_window must be from 1 to ${MAX_SIGNED_BLOCKS_WINDOW}, but is ${window}`
  }
  if (!Number.isSafeInteger(minSigned) || minSigned < 0 || minSigned > window) {
    return `min_signed must be from 0 to signed_blocks_window (${window}), but is ${minSigned}`
  }
  if (params.downtimeJailDuration <= 0n || params.downtimeJailDuration >= 2n ** 63n) {
    return `downtime_jail_duration must be greater than 0 nanoseconds, but is ${params.downtimeJailDuration}`
  }
  if (!Number.isSafeInteger(correlationWindowBlocks) || correlationWindowBlocks < 0) {
    return `correlation_window_blocks must not be negative, but is ${correlationWindowBlocks}`
  }
  return (
    fractionProblem('slash_fraction_downtime', params.slashFractionDowntime) ??
    fractionProblem('slash_fraction_double_sign', params.slashFractionDoubleSign)
  )
}

function fractionProblem(field: string, fraction: Fraction): string | null {
  if (fraction >= 0n && fraction <= ONE) return null
  const text = fraction < 0n ? `-${fractionToText(-fraction)}` : fractionToText(fraction)
  return `${field} must be from 0 to 1, but is ${text}`
}

/**
 * What of the chain's times lets an offender off, or punishes after the stake has left: to be asked at genesis and at
 * every update of either. Evidence must live exactly as long as stake can be slashed, and since it expires only when
 * both bounds are passed, the bound in blocks must not outlast the one in time.
 */
export function validateChainTimes({ unbondingTime, minBlockTime, evidence }: ChainTimes): string | null {
  const { maxAgeNumBlocks, maxAgeDuration } = evidence
  if (maxAgeDuration !== unbondingTime) {
    return `evidence.max_age_duration (${maxAgeDuration} ns) must equal the unbonding time (${unbondingTime} ns)`
  }
  if (minBlockTime <= 0n) return `the shortest block time must be greater than 0 ns, but is ${minBlockTime}`
  const blocksTime = BigInt(maxAgeNumBlocks) * minBlockTime
  if (blocksTime <= unbondingTime) return null
  return `evidence.max_age_num_blocks (${maxAgeNumBlocks}) takes longer than the unbonding time: at most ${unbondingTime / minBlockTime} fit`
}

/**
 * The most blocks of a window a validator can be asked to have signed. Proposers with less than 1/3 of the seats may leave
 * out an honest one's precommits whenever they propose: what it may miss covers their share of the window, and a tenth
 * of it to spare.
 */
export function largestSafeMinSigned(window: number, validators: number): number {
  const faulty = Math.floor((validators - 1) / 3)
  const censored = Math.ceil((window * faulty) / Math.max(validators, 1))
  return Math.max(window - censored - Math.ceil(window / 10), 0)
}
