import type { Cluster } from '../cluster/cluster.ts'
import { waitFor } from '../cluster/wait.ts'
import { readMemory } from './meter.ts'

export interface EnduranceFigures {
  readonly height: number
  readonly samples: readonly { readonly height: number; readonly memoryMib: readonly number[] }[]
  /** From starting the process of a stopped validator until a commit carries its signature again. */
  readonly restartSeconds: number
}

const SAMPLES = 10
/** Slow enough for any machine: three blocks a second. */
const MS_PER_BLOCK = 333
const RESTART_MS = 60_000

/** Grows the chain to `blocks` empty blocks, then stops one validator and starts it again. */
export async function measureEndurance(
  cluster: Cluster,
  blocks: number,
  tell: (line: string) => void
): Promise<EnduranceFigures> {
  const samples: { height: number; memoryMib: number[] }[] = []
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const height = Math.ceil((blocks * sample) / SAMPLES)
    await cluster.reach(height, (blocks / SAMPLES + 10) * MS_PER_BLOCK)
    samples.push({ height, memoryMib: readMemory(cluster).map(({ nowMib }) => nowMib) })
    tell(`height ${height} of ${blocks}`)
  }
  return { height: await cluster.lowestHeight(), samples, restartSeconds: await measureRestart(cluster) }
}

async function measureRestart({ nodes }: Cluster): Promise<number> {
  const [stopped, observer] = [nodes.at(-1)!, nodes[0]!]
  const { address, height: last } = await stopped.rpc.status()
  await stopped.end('SIGTERM')
  const startedAt = performance.now()
  // A network of one has no other node to ask.
  let height = ((await observer.rpc.heightOrNull()) ?? last) + 2
  stopped.start()
  return waitFor('a commit with the signature of the restarted validator', RESTART_MS, async () => {
    const tip = (await observer.rpc.heightOrNull()) ?? 0
    for (; height < tip; height++) {
      const { signers } = await observer.rpc.commit(height)
      if (signers.includes(address)) return (performance.now() - startedAt) / 1000
    }
    return null
  })
}
