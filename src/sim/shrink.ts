import type { SimOptions } from './options/sim-options.ts'
import { drawPlan } from './plan/draw-plan.ts'
import type { SimReport } from './run/report.ts'

export interface Shrinking {
  /** Runs a simulation; it must be the same for the same options. */
  readonly run: (options: SimOptions) => Promise<SimReport>
  /** Most runs to spend. */
  readonly maxRuns: number
  /** Told of every smaller run that still fails. */
  readonly onSmaller?: (report: SimReport, runs: number) => void
}

/** A smaller run to try; null where there is nothing to take away. */
type Attempt = (options: SimOptions) => SimOptions | null

/**
 * Takes away from a failing run what it fails without: heights, validators, classes of faults, misbehaviour, single
 * faults. A run counts as the same failure when the same invariant breaks. Greedy; each gain starts anew.
 */
export async function shrink(failure: SimReport, shrinking: Shrinking): Promise<SimReport> {
  let best = failure
  let runs = 0
  const fails = async (options: SimOptions): Promise<boolean> => {
    runs++
    const report = await shrinking.run(options)
    if (report.violation?.invariant !== failure.violation?.invariant) return false
    best = report
    shrinking.onSmaller?.(report, runs)
    return true
  }
  for (let isSmaller = true; isSmaller && runs < shrinking.maxRuns; ) {
    isSmaller = false
    for (const attempt of attempts(best.options)) {
      const options = attempt(best.options)
      if (options === null || runs >= shrinking.maxRuns) continue
      if (await fails(options)) isSmaller = true
    }
    if (
      await shrinkPlan(
        () => best.options,
        fails,
        () => runs < shrinking.maxRuns
      )
    )
      isSmaller = true
  }
  return best
}

/** Halves of the plan, quarters, and so on down to single faults (delta debugging). */
async function shrinkPlan(
  options: () => SimOptions,
  fails: (options: SimOptions) => Promise<boolean>,
  mayRun: () => boolean
): Promise<boolean> {
  let isSmaller = false
  const count = drawPlan(options()).length
  for (let size = Math.ceil(count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < count && mayRun(); from += size) {
      const gone = new Set(options().without)
      const chunk = Array.from({ length: size }, (_, i) => from + i).filter(n => n < count && !gone.has(n))
      if (chunk.length === 0) continue
      const without = [...gone, ...chunk].sort((a, b) => a - b)
      if (await fails({ ...options(), without })) isSmaller = true
    }
  }
  return isSmaller
}

function attempts(options: SimOptions): readonly Attempt[] {
  return [
    ...[1, Math.floor(options.heights / 2), options.heights - 1].map(
      (heights): Attempt =>
        o =>
          heights >= 1 && heights < o.heights ? { ...o, heights } : null
    ),
    o => (o.faultMs > 1000 ? { ...o, faultMs: Math.floor(o.faultMs / 2) } : null),
    ...options.powers.map(
      (_, index): Attempt =>
        o =>
          withoutValidator(o, o.powers.length - 1 - index)
    ),
    o =>
      o.spares > 0 ? { ...o, spares: 0, faults: o.faults.filter(fault => fault !== 'membership') } : null,
    ...options.byzantine.map(
      ({ validator }): Attempt =>
        o => {
          const byzantine = o.byzantine.filter(misfit => misfit.validator !== validator)
          return byzantine.length < o.byzantine.length ? { ...o, byzantine } : null
        }
    ),
    ...options.byzantine.flatMap(({ validator, behaviours }) =>
      behaviours.map(
        (behaviour): Attempt =>
          o =>
            withoutBehaviour(o, validator, behaviour)
      )
    ),
    ...options.faults.map(
      (fault): Attempt =>
        o => {
          const faults = o.faults.filter(other => other !== fault)
          // The numbers of the plan change with its classes.
          return faults.length < o.faults.length ? { ...o, faults, without: [] } : null
        }
    ),
    o => {
      const { loss, duplicate, replay, relays, maxDelayMs } = o.network
      if (loss + duplicate + replay === 0 && !relays && maxDelayMs <= 3) return null
      return {
        ...o,
        network: { ...o.network, loss: 0, duplicate: 0, replay: 0, relays: false, maxDelayMs: 3 }
      }
    },
    o => (o.diskLatencyMs > 0 ? { ...o, diskLatencyMs: 0 } : null),
    o => (o.txsPerSecond > 0 && o.createEmptyBlocks ? { ...o, txsPerSecond: 0 } : null),
    o => (new Set(o.powers).size > 1 ? { ...o, powers: o.powers.map(() => 10) } : null)
  ]
}

/** The network without one validator; those behind it move up. */
function withoutValidator(options: SimOptions, index: number): SimOptions | null {
  if (options.powers.length <= 1 || index < 0 || index >= options.powers.length) return null
  const byzantine = options.byzantine
    .filter(({ validator }) => validator !== index)
    .map(misfit => ({
      ...misfit,
      validator: misfit.validator > index ? misfit.validator - 1 : misfit.validator
    }))
  return { ...options, powers: options.powers.filter((_, i) => i !== index), byzantine }
}

function withoutBehaviour(options: SimOptions, validator: number, behaviour: string): SimOptions | null {
  const misfit = options.byzantine.find(other => other.validator === validator)
  if (misfit === undefined || misfit.behaviours.length <= 1) return null
  const behaviours = misfit.behaviours.filter(other => other !== behaviour)
  if (behaviours.length === misfit.behaviours.length) return null
  const byzantine = options.byzantine.map(other => (other === misfit ? { ...misfit, behaviours } : other))
  return { ...options, byzantine }
}
