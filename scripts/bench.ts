import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processIo } from '../src/cli/cli-io.ts'
import { EXIT, failureOf } from '../src/cli/exit-codes.ts'
import { measureEndurance } from './bench/endurance.ts'
import { readMemory } from './bench/meter.ts'
import { type BenchOptions, parseBenchOptions } from './bench/options.ts'
import { type BenchReport, describeMachine, loadAverage, renderReport } from './bench/report.ts'
import { measureRpc, RPC_TIMEOUT_COMMIT } from './bench/rpc-scenario.ts'
import { type LoadFigures, measureEmpty, measureLoad } from './bench/scenarios.ts'
import { checkSameChain } from './cluster/chain-check.ts'
import { Cluster } from './cluster/cluster.ts'

const START_MS = 60_000
const FIRST_HEIGHT = 10
const LOADS = ['post', 'batch', 'steady'] as const

const io = processIo()

async function bench(options: BenchOptions): Promise<BenchReport> {
  const wants = (name: string): boolean => options.only.length === 0 || options.only.includes(name)
  const atFullSpeed = ['empty', ...LOADS].some(wants) || options.blocks > 0
  const loadBefore = loadAverage()
  const measured = atFullSpeed
    ? await withCluster(options, '0s', cluster => measure(cluster, options, wants))
    : NOTHING
  const rpc = wants('rpc')
    ? await withCluster(options, RPC_TIMEOUT_COMMIT, async cluster => {
        io.note('status requests and subscriptions')
        return measureRpc(cluster, options)
      })
    : null
  return {
    machine: describeMachine(),
    loadAverage: { before: loadBefore, after: loadAverage() },
    validators: options.validators,
    ...measured,
    rpc
  }
}

/** Runs a network for one measurement or some, and ends it whatever happens. */
async function withCluster<T>(
  options: BenchOptions,
  timeoutCommit: string,
  work: (cluster: Cluster) => Promise<T>
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-bench-'))
  const cluster = await Cluster.make({
    directory,
    validators: options.validators,
    flags: [`--consensus.timeout_commit=${timeoutCommit}`, ...options.flags],
    nodeOptions: options.nodeOptions
  })
  const leave = (): void => void cluster.stopAll().finally(() => process.exit(EXIT.operating))
  process.once('SIGINT', leave).once('SIGTERM', leave)
  try {
    cluster.startAll()
    await cluster.reach(FIRST_HEIGHT, START_MS)
    io.note(`${options.validators} validators make blocks`)
    return await work(cluster)
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave)
    await cluster.stopAll()
    if (options.keep) io.note(`homes and logs: ${directory}`)
    else rmSync(directory, { recursive: true, force: true })
  }
}

type Measured = Pick<BenchReport, 'empty' | 'loads' | 'memory' | 'endurance' | 'sameUpToHeight'>

const NOTHING: Measured = { empty: null, loads: [], memory: [], endurance: null, sameUpToHeight: 0 }

async function measure(
  cluster: Cluster,
  options: BenchOptions,
  wants: (name: string) => boolean
): Promise<Measured> {
  const empty = wants('empty') ? await measureEmpty(cluster, options) : null
  const loads: LoadFigures[] = []
  for (const name of LOADS.filter(wants)) {
    io.note(`load: ${name}`)
    loads.push(await measureLoad(cluster, options, name))
  }
  const memory = readMemory(cluster)
  const endurance =
    options.blocks > 0 ? await measureEndurance(cluster, options.blocks, line => io.note(line)) : null
  return { empty, loads, memory, endurance, sameUpToHeight: await checkSameChain(cluster.nodes) }
}

try {
  const options = parseBenchOptions(process.argv.slice(2))
  const report = await bench(options)
  io.print(renderReport(report))
  if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`)
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') io.note(`bench: ${line}`)
  if (exitCode === EXIT.broken && thrown instanceof Error) io.note(thrown.stack ?? '')
  process.exitCode = exitCode
}
