import { afterAll, expect, it } from 'vitest'
import { runKills } from '../../scripts/cluster/kill-run.ts'
import { makePrng } from '../../src/sim/prng.ts'
import { cleanUp, makeCluster, START_MS } from './support/cluster-bed.ts'

const KILLS = 10
const RUN_MS = 240_000

afterAll(cleanUp)

it(
  'loses nothing, forks nowhere and signs nothing twice when validators are killed at random',
  async () => {
    const seed = String(Date.now())
    console.log(`seed ${seed}`)
    const cluster = await makeCluster({
      validators: 4,
      flags: ['--consensus.timeout_commit=50ms', '--consensus.timeout_propose=500ms']
    })
    cluster.startAll()
    await cluster.reach(3, START_MS)
    const report = await runKills(cluster, {
      kills: KILLS,
      random: makePrng(seed),
      recoveryMs: START_MS,
      tell: () => {}
    })
    expect(report.kills).toBe(KILLS)
    expect(report.acknowledged).toBeGreaterThan(0)
    expect(report.signedMessages).toBeGreaterThan(report.height)
  },
  RUN_MS
)
