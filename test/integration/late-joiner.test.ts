import { afterAll, expect, it } from 'vitest'
import { runLateJoiner } from '../../scripts/cluster/late-joiner.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS } from './support/cluster-bed.ts'

const HEIGHT = 60
// The missing validator's turns to propose are over soon.
const FLAGS = ['--consensus.timeout_commit=0s', '--consensus.timeout_propose=500ms']

afterAll(cleanUp)

it(
  'a validator with an empty data directory reaches the others by block sync',
  async () => {
    const cluster = await makeCluster({ validators: 4, flags: FLAGS })
    const { height } = await runLateJoiner(cluster, HEIGHT)
    expect(height).toBeGreaterThanOrEqual(HEIGHT)
    const late = cluster.nodes.at(-1)!
    const { address } = await late.rpc.status()
    let next = height + 1
    await waitFor('a commit with the signature of the late validator', SOON_MS, async () => {
      for (const tip = (await late.rpc.status()).height; next < tip; next++) {
        if ((await late.rpc.commit(next)).signers.includes(address)) return true
      }
      return false
    })
  },
  2 * START_MS
)
