import type { NetworkCounts, SimReport, SimRequest } from '../../sim/index.ts'
import type { RunCosts, SeedOutcome, SeedRunner } from './runners.ts'

/** What many runs came to together. */
export interface SweepTotals {
  runs: number
  heights: number
  events: number
  virtualMs: number
  cpuMs: number
  crashes: number
  offences: number
  punishments: number
  maxRound: number
  /** Runs in which too many Byzantine validators split the chain. */
  forks: number
  readonly messages: NetworkCounts
  readonly faults: Record<string, number>
  readonly rules: Record<string, number>
  readonly byzantine: Record<string, number>
}

export interface SweepResult {
  readonly totals: SweepTotals
  /** Of the lowest seed that failed among those that ran. */
  readonly failure: SeedOutcome | null
}

export interface SweepPlan {
  readonly requests: Iterator<SimRequest>
  readonly runners: readonly SeedRunner[]
  readonly onDone: (totals: SweepTotals, outcome: SeedOutcome) => void
}

/** Runs every request, as many at once as there are runners, and stops at the first that fails. */
export async function sweep({ requests, runners, onDone }: SweepPlan): Promise<SweepResult> {
  const totals = emptyTotals()
  let failure: SeedOutcome | null = null
  const work = async (runner: SeedRunner): Promise<void> => {
    for (let next = requests.next(); next.done !== true && failure === null; next = requests.next()) {
      const outcome = await runner.run(next.value)
      if (outcome.kind === 'died' || outcome.report.violation !== null) failure ??= outcome
      else addTo(totals, outcome.report, outcome.costs)
      onDone(totals, outcome)
    }
  }
  try {
    await Promise.all(runners.map(work))
  } finally {
    for (const runner of runners) runner.close()
  }
  return { totals, failure }
}

export function emptyTotals(): SweepTotals {
  return {
    runs: 0,
    heights: 0,
    events: 0,
    virtualMs: 0,
    cpuMs: 0,
    crashes: 0,
    offences: 0,
    punishments: 0,
    maxRound: 0,
    forks: 0,
    messages: { delivered: 0, lost: 0, duplicated: 0, replayed: 0, requests: 0, rejected: 0 },
    faults: {},
    rules: {},
    byzantine: {}
  }
}

export function addTo(totals: SweepTotals, report: SimReport, { cpuMs }: RunCosts): void {
  totals.runs++
  totals.cpuMs += cpuMs
  totals.heights += report.tip
  totals.events += report.events
  totals.virtualMs += report.virtualMs
  totals.crashes += report.crashes
  totals.offences += report.offences
  totals.punishments += report.punishments
  if (report.hasForked) totals.forks++
  totals.maxRound = Math.max(totals.maxRound, report.maxRound)
  for (const name of Object.keys(totals.messages) as (keyof NetworkCounts)[]) {
    totals.messages[name] += report.messages[name]
  }
  for (const kind of ['faults', 'rules', 'byzantine'] as const) {
    for (const [name, count] of Object.entries(report[kind])) {
      totals[kind][name] = (totals[kind][name] ?? 0) + count
    }
  }
}
