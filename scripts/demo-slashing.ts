import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processIo } from '../src/cli/cli-io.ts'
import { EXIT, failureOf } from '../src/cli/exit-codes.ts'
import type { Cluster } from './cluster/cluster.ts'
import { playAmnesia } from './demo-slashing/amnesia.ts'
import { playDowntime } from './demo-slashing/downtime.ts'
import { playEquivocation } from './demo-slashing/equivocation.ts'
import { type Behaviour, parseDemoOptions } from './demo-slashing/options.ts'
import { makeCluster, type StageOptions, setStage } from './demo-slashing/stage.ts'

const FIRST_OFFENCE = 6
const AWAY = { from: 5, to: 125 }
/** Blocks in quick succession, for the window of downtime is long. */
const FAST = ['--consensus.timeout_commit=20ms', '--consensus.timeout_propose=60ms']

const PLANS: Readonly<Record<Behaviour, Pick<StageOptions, 'byzantine' | 'flags'>>> = {
  'double-vote': { byzantine: `double-vote@${FIRST_OFFENCE}` },
  'double-proposal': { byzantine: `double-proposal@${FIRST_OFFENCE}` },
  amnesia: { byzantine: `amnesia@${FIRST_OFFENCE}` },
  downtime: { byzantine: `downtime@${AWAY.from}-${AWAY.to}`, flags: FAST }
}

async function main(): Promise<void> {
  const { behaviour, keep } = parseDemoOptions(process.argv.slice(2))
  const startedMs = performance.now()
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-demo-'))
  let cluster: Cluster | null = null
  const leave = async () => {
    await cluster?.stopAll()
    if (keep) processIo().print(`\nhomes and logs are in ${directory}`)
    else rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void leave().finally(() => process.exit(EXIT.operating)))
  }
  try {
    const options = { directory, ...PLANS[behaviour] }
    cluster = await makeCluster(options)
    const stage = await setStage(cluster, options)
    if (behaviour === 'downtime') await playDowntime(stage, AWAY.to)
    else if (behaviour === 'amnesia') await playAmnesia(stage)
    else await playEquivocation(stage, directory)
    processIo().print(`\ndone in ${Math.round((performance.now() - startedMs) / 1000)} s`)
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
