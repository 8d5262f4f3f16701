import type { SeedOutcome } from '../../src/cli/simulate/runners.ts'
import type { SweepTotals } from '../../src/cli/simulate/sweep.ts'

/** Seeds over which memory is averaged, at the start and at the end. */
const MEMORY_SEEDS = 50
const MS_PER_HOUR = 3_600_000

export interface Figures {
  readonly seeds: number
  readonly heights: number
  readonly heightsPerCpuHour: number
  readonly cpuHours: number
  readonly wallSeconds: number
  readonly virtualHours: number
  readonly events: number
  readonly messages: number
  readonly crashes: number
  readonly maxRound: number
  /** Offences that honest nodes could prove, and those that blocks punished. */
  readonly offences: number
  readonly slashes: number
  /** Memory of a process, averaged over its first seeds and over its last ones. */
  readonly megabytesAtStart: number
  readonly megabytesAtEnd: number
  readonly faults: Readonly<Record<string, number>>
  readonly rules: Readonly<Record<string, number>>
  readonly misbehaviour: Readonly<Record<string, number>>
}

/** Memory of the processes over the run. */
export class MemoryCurve {
  readonly #first: number[] = []
  readonly #last: number[] = []

  add(outcome: SeedOutcome): void {
    if (outcome.kind !== 'report') return
    const { rssBytes } = outcome.costs
    if (this.#first.length < MEMORY_SEEDS) this.#first.push(rssBytes)
    this.#last.push(rssBytes)
    if (this.#last.length > MEMORY_SEEDS) this.#last.shift()
  }

  get startMegabytes(): number {
    return megabytes(this.#first)
  }

  get endMegabytes(): number {
    return megabytes(this.#last)
  }
}

function megabytes(bytes: readonly number[]): number {
  const sum = bytes.reduce((total, each) => total + each, 0)
  return Math.round(sum / Math.max(1, bytes.length) / 1e6)
}

export function figuresOf(totals: SweepTotals, memory: MemoryCurve, wallMs: number): Figures {
  return {
    seeds: totals.runs,
    heights: totals.heights,
    heightsPerCpuHour: Math.round((totals.heights * MS_PER_HOUR) / Math.max(1, totals.cpuMs)),
    cpuHours: round(totals.cpuMs / MS_PER_HOUR),
    wallSeconds: Math.round(wallMs / 1000),
    virtualHours: round(totals.virtualMs / MS_PER_HOUR),
    events: totals.events,
    messages: totals.messages.delivered,
    crashes: totals.crashes,
    maxRound: totals.maxRound,
    offences: totals.offences,
    slashes: totals.punishments,
    megabytesAtStart: memory.startMegabytes,
    megabytesAtEnd: memory.endMegabytes,
    faults: totals.faults,
    rules: totals.rules,
    misbehaviour: totals.byzantine
  }
}

/** One figure a line. */
export function figuresToText({ faults, rules, misbehaviour, ...numbers }: Figures): string {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none'
  return [
    `${numbers.seeds} seeds, ${numbers.heights} heights, highest round ${numbers.maxRound}`,
    `${numbers.heightsPerCpuHour} heights a CPU hour, ${numbers.cpuHours} CPU hours in ${numbers.wallSeconds} s, ${numbers.virtualHours} h of virtual time`,
    `${numbers.events} events, ${numbers.messages} messages delivered, ${numbers.crashes} crashes`,
    `${numbers.offences} offences provable by honest nodes, ${numbers.slashes} punished in blocks`,
    `memory of a process ${numbers.megabytesAtStart} MB at the start, ${numbers.megabytesAtEnd} MB at the end`,
    `faults ${counts(faults)}`,
    `rules ${counts(rules)}`,
    `misbehaviour ${counts(misbehaviour)}`
  ].join('\n')
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
