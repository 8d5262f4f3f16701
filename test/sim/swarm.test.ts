import { beforeAll, describe, expect, it } from 'vitest'
import { processRunner, type SeedOutcome } from '../../src/cli/simulate/runners.ts'
import { repeatCommand } from '../../src/cli/simulate/simulate-flags.ts'
import { type SweepResult, sweep } from '../../src/cli/simulate/sweep.ts'
import { INPUT_RULES, RULES } from '../../src/consensus/index.ts'
import { BEHAVIOURS, FAULT_CLASSES, type SimRequest, violationText } from '../../src/sim/index.ts'
import { BUSY } from './limits.ts'

/**
 * The simulator's share of every test run: the seed draws the validators, their power, who misbehaves and how, which
 * faults there are and how often. Two processes share the seeds.
 */
const FIXED_SEEDS = 200
const FRESH_SEEDS = 100
const PROCESSES = 2
const FRESH_BASE = process.env.PNYX_SIM_BASE ?? Date.now().toString(36)

function run(seeds: readonly string[]): Promise<SweepResult> {
  const requests = seeds.map((seed): SimRequest => ({ seed }))
  const flags = ['--import', import.meta.resolve('tsx')]
  return sweep({
    requests: requests.values(),
    runners: Array.from({ length: PROCESSES }, () => processRunner(flags)),
    onDone() {}
  })
}

function told(failure: SeedOutcome | null): string {
  if (failure === null) return 'every invariant held'
  if (failure.kind === 'died') return `${failure.reason}; repeat with: ${repeatCommand(failure.request)}`
  const { options, violation } = failure.report
  return `${violationText(violation!)}; repeat with: ${repeatCommand({ seed: options.seed })}`
}

/** The part of each name that is before the slash. */
function kindsOf(counts: Readonly<Record<string, number>>): ReadonlySet<string> {
  return new Set(Object.keys(counts).map(name => name.split('/')[0]!))
}

describe('200 seeds that are always the same', () => {
  let result: SweepResult
  beforeAll(async () => {
    result = await run(Array.from({ length: FIXED_SEEDS }, (_, index) => `fixed-${index}`))
  }, BUSY.timeout)

  it('break no invariant', () => {
    expect(told(result.failure)).toBe('every invariant held')
    expect(result.totals.runs).toBe(FIXED_SEEDS)
  })

  it('fire every rule of the machine', () => {
    const rules = [...Object.keys(RULES), ...INPUT_RULES]
    expect(rules.filter(rule => !result.totals.rules[rule])).toEqual([])
  })

  it('meet every kind of fault', () => {
    const met = kindsOf(result.totals.faults)
    expect(FAULT_CLASSES.filter(name => !met.has(name))).toEqual([])
    const { lost, duplicated, replayed } = result.totals.messages
    expect(Math.min(lost, duplicated, replayed)).toBeGreaterThan(0)
  })

  it('show every misbehaviour, and punish what can be proved', () => {
    const shown = kindsOf(result.totals.byzantine)
    // A key without a node votes, proposes and answers by itself.
    const all = [...BEHAVIOURS, 'twins', 'vote', 'proposal', 'answer']
    expect(all.filter(name => !shown.has(name))).toEqual([])
    expect(result.totals.crashes).toBeGreaterThan(FIXED_SEEDS)
    expect(result.totals.punishments).toBeGreaterThan(0)
  })
})

describe('100 seeds that are new each time', () => {
  it(
    'break no invariant',
    async () => {
      process.stdout.write(`fresh simulator seeds: PNYX_SIM_BASE=${FRESH_BASE}\n`)
      const seeds = Array.from({ length: FRESH_SEEDS }, (_, index) => `${FRESH_BASE}-${index}`)
      const { failure, totals } = await run(seeds)
      expect(told(failure)).toBe('every invariant held')
      expect(totals.runs).toBe(FRESH_SEEDS)
    },
    BUSY.timeout
  )
})
