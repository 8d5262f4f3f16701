import { describe, expect, it } from 'vitest'
import { type CrashPointPlan, enumerateCrashPoints, violationText } from '../../src/sim/index.ts'
import { BUSY } from './limits.ts'

const PLAN: CrashPointPlan = {
  seed: 'crash points',
  validators: 4,
  heights: 3,
  who: 'one',
  phases: ['before', 'torn', 'after']
}
/** Three heights cannot be stored with less: blocks, results, the log, and what was signed. */
const LEAST_OPERATIONS = 20

async function expectNothingLost(plan: CrashPointPlan): Promise<void> {
  const { operations, runs, crashes, failures } = await enumerateCrashPoints(plan)
  const told = failures.map(({ point, report }) => ({ point, is: violationText(report.violation!) }))
  expect(told).toEqual([])
  expect(operations).toBeGreaterThan(LEAST_OPERATIONS)
  expect(runs).toBe(operations * plan.phases.length)
  // In the first operations of the first machine others may not run yet.
  if (plan.who === 'one') expect(crashes).toBe(runs)
  else expect(crashes).toBeGreaterThan((plan.validators - 1) * runs)
}

describe('a power cut in any disk operation of the first heights', BUSY, () => {
  it('loses nothing and signs nothing twice when one machine has it', async () => {
    await expectNothingLost(PLAN)
  })

  it('loses nothing and signs nothing twice when all machines have it', async () => {
    await expectNothingLost({ ...PLAN, who: 'all' })
  })

  it('loses nothing where the log changes files and old blocks go', async () => {
    // By this seed the log of the first machine holds about a height a file, and its application wants the newest block only.
    const faults = ['rotation', 'pruning'] as const
    await expectNothingLost({ ...PLAN, seed: 'changing files', validators: 2, faults })
  })

  it('stops nobody who is alone', async () => {
    await expectNothingLost({ ...PLAN, validators: 1 })
  })
})
