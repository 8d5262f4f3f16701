import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processIo } from '../src/cli/cli-io.ts'
import { EXIT, failureOf } from '../src/cli/exit-codes.ts'
import type { Cluster } from './cluster/cluster.ts'
import { playAmnesia } from './demo-slashing/amnesia.ts'
import { playDowntime } from './demo-slashing/downtime.ts'
import { playEquivocation } from './demo-slashing/equivocation.ts'
import { parseDemoOptions } from './demo-slashing/options.ts'
import { makeCluster, setStage } from './demo-slashing/stage.ts'

const FIRST_OFFENCE = 6
/** Until after the judgement, which cannot come before a whole window has passed. */
const AWAY = { from: 5, to: 34 }
/** Without a proposer every fourth height takes two rounds, and the window of downtime is many heights long. */
const FAST = ['commit=20ms', 'propose=100ms', 'prevote=50ms', 'precommit=50ms'].map(
  timeout => `--consensus.timeout_${timeout}`
)

async function main(): Promise<void> {
  const { behaviour, keep } = parseDemoOptions(process.argv.slice(2))
  const startedMs = performance.now()
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-demo-'))
  let cluster: Cluster | null = null
  let leaving: Promise<void> | null = null
  const stop = async () => {
    await cluster?.stopAll()
    if (keep) processIo().print(`\nhomes and logs are in ${directory}`)
    else rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const leave = () => {
    leaving ??= stop()
    return leaving
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A repetition must not cut the cleaning short; what fails because the validators stop is no news.
    process.on(signal, () => void leave().finally(() => process.exit(EXIT.operating)))
  }
  try {
    const isDowntime = behaviour === 'downtime'
    cluster = await makeCluster({ directory, flags: isDowntime ? FAST : [] })
    const plan = isDowntime ? `downtime@${AWAY.from}-${AWAY.to}` : `${behaviour}@${FIRST_OFFENCE}`
    const stage = await setStage(cluster, plan)
    if (isDowntime) await playDowntime(stage, AWAY.to)
    else if (behaviour === 'amnesia') await playAmnesia(stage)
    else await playEquivocation(stage, directory)
    processIo().print(`\ndone in ${Math.round((performance.now() - startedMs) / 1000)} s`)
  } catch (error) {
    if (leaving === null) throw error
  } finally {
    await leave()
  }
}

try {
  await main()
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') processIo().note(`demo: ${line}`)
  if (exitCode === EXIT.broken && thrown instanceof Error) processIo().note(thrown.stack ?? '')
  process.exitCode = exitCode
}
