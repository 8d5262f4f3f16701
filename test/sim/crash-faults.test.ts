import { describe, expect, it } from 'vitest'
import {
  drawOptions,
  FAULT_CLASSES,
  type FaultClass,
  runSimulation,
  type SimOptions
} from '../../src/sim/index.ts'

/**
 * Honest validators under everything a network, a disk and a power cut can do. Corruption of synced data and changes of
 * the validator set are left to the sweeps: with them a third of the power may rightly stay silent.
 */
const FAULTS: readonly FaultClass[] = FAULT_CLASSES.filter(
  fault => fault !== 'corruption' && fault !== 'membership'
)
const FIXED_SEEDS = 120
const FRESH_SEEDS = 40
const SEEDS_A_TEST = 20

function optionsOf(seed: string): SimOptions {
  const drawn = drawOptions({ seed, byzantine: 0, twins: false })
  const faults = drawn.faults.filter(fault => FAULTS.includes(fault))
  return drawOptions({ seed, byzantine: 0, twins: false, faults })
}

async function expectNoViolation(seeds: readonly string[]): Promise<void> {
  for (const seed of seeds) {
    const { violation } = await runSimulation(optionsOf(seed))
    expect({ seed, violation }).toEqual({ seed, violation: null })
  }
}

describe('honest validators', () => {
  for (let first = 0; first < FIXED_SEEDS; first += SEEDS_A_TEST) {
    it(`agree and arrive, seeds ${first} to ${first + SEEDS_A_TEST - 1}`, async () => {
      await expectNoViolation(Array.from({ length: SEEDS_A_TEST }, (_, index) => `honest ${first + index}`))
    })
  }

  it('agree and arrive with fresh seeds', async () => {
    const base = process.env.PNYX_SIM_BASE ?? `${process.pid}-${process.hrtime.bigint()}`
    process.stdout.write(`fresh simulator seeds: PNYX_SIM_BASE=${base}\n`)
    await expectNoViolation(Array.from({ length: FRESH_SEEDS }, (_, index) => `${base} ${index}`))
  })

  it('live the same life again from the same seed', async () => {
    const hashes: string[] = []
    for (let life = 0; life < 2; life++)
      hashes.push((await runSimulation(optionsOf('honest again'))).traceHash)
    expect(hashes[0]).toMatch(/^[0-9a-f]{16,}$/)
    expect(hashes[1]).toBe(hashes[0])
    expect((await runSimulation(optionsOf('honest other'))).traceHash).not.toBe(hashes[0])
  })
})
