import type { Violation } from '../checkers/court.ts'
import type { NetworkCounts } from '../network/index.ts'
import type { SimOptions } from '../options/sim-options.ts'

/** What became of a run. Equal options give equal reports. */
export interface SimReport {
  readonly options: SimOptions
  /** Null when every invariant held. */
  readonly violation: Violation | null
  /** Least height of the honest nodes at the end, and the height the network reached. */
  readonly heights: number
  readonly tip: number
  /** Highest round in which a height was decided. */
  readonly maxRound: number
  readonly virtualMs: number
  readonly events: number
  readonly messages: NetworkCounts
  readonly crashes: number
  readonly faults: Readonly<Record<string, number>>
  readonly rules: Readonly<Record<string, number>>
  readonly byzantine: Readonly<Record<string, number>>
  /** Offences that honest nodes could prove, and those that blocks carried evidence of. */
  readonly offences: number
  readonly punishments: number
  /** Sixteen hex digits over everything that happened, in order. */
  readonly traceHash: string
  /** With too many Byzantine validators: nodes that stand on different blocks. */
  readonly hasForked: boolean
  /** Who can be proved guilty of it, from what honest nodes have. */
  readonly guilty: readonly string[]
}
