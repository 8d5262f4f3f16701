import { describe, expect, it } from 'vitest'
import { playHistory } from '../support/slashing/histories.ts'

const HISTORIES = 3000

describe('slashing', () => {
  it(`equals the naive model in ${HISTORIES} random histories, block by block`, () => {
    let slashes = 0
    for (let seed = 0; seed < HISTORIES; seed++) {
      const outcome = playHistory(seed, true)
      expect(outcome.problem, `seed ${seed}`).toBeNull()
      slashes += outcome.slashes
    }
    // Histories in which nothing happens would prove nothing.
    expect(slashes).toBeGreaterThan(HISTORIES)
  })
})
