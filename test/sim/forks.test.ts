import { describe, expect, it } from 'vitest'
import { drawOptions, runSimulation, type SimReport } from '../../src/sim/index.ts'
import { BUSY } from './limits.ts'

const SEEDS = 22

async function run(seed: string, validators: number, byzantine: number, twins: boolean): Promise<SimReport> {
  const drawn = drawOptions({
    seed,
    validators,
    byzantine,
    heights: 6,
    faults: ['partition', 'delay'],
    ...(twins && { twins })
  })
  return runSimulation({ ...drawn, powers: drawn.powers.map(() => 10) })
}

async function runAll(validators: number, byzantine: number, twins: boolean): Promise<readonly SimReport[]> {
  const reports: SimReport[] = []
  for (let index = 0; index < SEEDS; index++) {
    const report = await run(`fork-${index}`, validators, byzantine, twins)
    expect({ seed: `fork-${index}`, violation: report.violation }).toEqual({
      seed: `fork-${index}`,
      violation: null
    })
    reports.push(report)
  }
  return reports
}

describe('too many Byzantine validators', BUSY, () => {
  it('split the chain as twins, and at least a third of the power is provably guilty', async () => {
    const forked = (await runAll(4, 2, true)).filter(({ hasForked }) => hasForked)
    expect(forked.length).toBeGreaterThan(0)
    for (const { guilty, options } of forked) {
      const misfits = options.byzantine.map(({ validator }) => `v${validator}`)
      expect(misfits).toEqual(expect.arrayContaining([...guilty]))
      expect(3 * guilty.length).toBeGreaterThanOrEqual(options.powers.length)
    }
  })

  it('make nobody who is honest look guilty, whatever they do', async () => {
    await runAll(7, 4, false)
  })
})
