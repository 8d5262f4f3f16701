import { describe, expect, it } from 'vitest'
import { drawOptions, runSimulation } from '../../src/sim/index.ts'
import { BUSY } from './limits.ts'

const SEEDS = 16

/**
 * One validator has so much power that nothing is decided without it. If a crash made it forget what it had signed, its
 * guard would rightly keep it silent, and the height would stand still for ever.
 */
describe('a validator without whom nothing is decided', BUSY, () => {
  it('goes on wherever the power was cut', async () => {
    let crashes = 0
    for (let index = 0; index < SEEDS; index++) {
      const seed = `heavy-${index}`
      const drawn = drawOptions({
        seed,
        validators: 2 + (index % 3),
        byzantine: 0,
        faults: ['crash', 'disk', 'powercut']
      })
      const powers = drawn.powers.map((_, validator) => (validator === 0 ? 60 : 10))
      const report = await runSimulation({ ...drawn, powers })
      expect({ seed, violation: report.violation }).toEqual({ seed, violation: null })
      crashes += report.crashes
    }
    expect(crashes).toBeGreaterThan(SEEDS)
  })
})
