import { describe, expect, it } from 'vitest'
import { drawOptions, runSimulation, type SimReport, type SimRequest } from '../../src/sim/index.ts'
import { BUSY } from './limits.ts'

const SEEDS = 12

async function runAll(request: Omit<SimRequest, 'seed'>, name: string): Promise<readonly SimReport[]> {
  const reports: SimReport[] = []
  for (let index = 0; index < SEEDS; index++) {
    const seed = `${name}-${index}`
    const report = await runSimulation(drawOptions({ ...request, seed, app: 'staking' }))
    expect({ seed, violation: report.violation }).toEqual({ seed, violation: null })
    reports.push(report)
  }
  return reports
}

describe('a staking chain in the simulator', BUSY, () => {
  it('slashes who misbehaves and nobody else, and loses no token', async () => {
    const reports = await runAll({ validators: 4, byzantine: 1, heights: 6 }, 'stake')
    expect(reports.reduce((sum, { punishments }) => sum + punishments, 0)).toBeGreaterThan(0)
  })

  it('bears validators who join, leave and change their stake', async () => {
    const reports = await runAll({ byzantine: 0, heights: 8, faults: ['membership', 'crash'] }, 'move')
    const kinds = new Set(reports.flatMap(({ faults }) => Object.keys(faults)))
    expect([...kinds]).toEqual(expect.arrayContaining(['membership/join', 'membership/leave']))
  })
})
