import { afterAll, describe, expect, it } from 'vitest'
import { cleanUp } from './support/cluster-bed.ts'
import { expectPunished, PATIENCE_MS, runOffence } from './support/offence-bed.ts'

const LOSS = 0.2
const MAX_HEIGHTS = 10

afterAll(cleanUp)

describe('four validators that lose a fifth of all frames', () => {
  it.each([
    ['votes twice', 'double-vote@4', 'duplicate_vote'],
    ['proposes two blocks', 'double-proposal@3', 'duplicate_proposal'],
    ['stays away', 'downtime@3-60', 'downtime']
  ])(
    'punish one of them that %s within ten heights',
    async (_, behaviour, kind) => {
      const offence = await runOffence(behaviour, LOSS)
      expect(offence.fault).toMatchObject({ kind })
      await expectPunished(offence, MAX_HEIGHTS)
      await offence.cluster.stopAll()
    },
    2 * PATIENCE_MS
  )
})
