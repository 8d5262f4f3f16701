import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processIo } from '../src/cli/cli-io.ts'
import { EXIT, failureOf } from '../src/cli/exit-codes.ts'
import { makePrng } from '../src/sim/prng.ts'
import { type ChaosOptions, parseChaosOptions } from './chaos/options.ts'
import { Cluster } from './cluster/cluster.ts'
import { runKills } from './cluster/kill-run.ts'
import { runLateJoiner } from './cluster/late-joiner.ts'

const START_MS = 60_000
const RECOVERY_MS = 60_000
/** A validator that is away delays every height in which it is to propose by this. */
const TIMEOUT_PROPOSE = '--consensus.timeout_propose=500ms'

const io = processIo()

async function withCluster(
  directory: string,
  { validators }: ChaosOptions,
  flags: readonly string[],
  run: (cluster: Cluster) => Promise<void>
): Promise<void> {
  const cluster = await Cluster.make({ directory, validators, flags })
  const leave = (): void => void cluster.stopAll().finally(() => process.exit(EXIT.operating))
  process.once('SIGINT', leave).once('SIGTERM', leave)
  try {
    await run(cluster)
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave)
    await cluster.stopAll()
  }
}

async function chaos(options: ChaosOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-chaos-'))
  io.note(`seed ${options.seed}, homes in ${directory}`)
  const { kills, lateHeight } = options
  if (lateHeight > 0) {
    await withCluster(
      join(directory, 'late'),
      options,
      ['--consensus.timeout_commit=0s', TIMEOUT_PROPOSE],
      async cluster => {
        const { height, millis } = await runLateJoiner(cluster, lateHeight)
        io.print(`late joiner: at height ${height} in ${(millis / 1000).toFixed(1)} s`)
      }
    )
  }
  if (kills > 0) {
    await withCluster(
      join(directory, 'kills'),
      options,
      ['--consensus.timeout_commit=50ms', TIMEOUT_PROPOSE],
      async cluster => {
        cluster.startAll()
        await cluster.reach(3, START_MS)
        const random = makePrng(options.seed)
        const report = await runKills(cluster, { kills, random, recoveryMs: RECOVERY_MS, tell: io.note })
        io.print(`kills: ${report.kills}, ${report.pairs} times two at once; height ${report.height}`)
        io.print(`${report.acknowledged} transactions answered as committed, all found on all validators`)
        io.print(`${report.signedMessages} signed messages found, no two for one height, round and step`)
      }
    )
  }
  if (!options.keep) rmSync(directory, { recursive: true, force: true })
}

try {
  await chaos(parseChaosOptions(process.argv.slice(2)))
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') io.note(`chaos: ${line}`)
  if (exitCode === EXIT.broken && thrown instanceof Error) io.note(thrown.stack ?? '')
  process.exitCode = exitCode
}
