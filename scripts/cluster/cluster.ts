import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { CliError } from '../../src/cli/cli-error.ts'
import { LOCAL_HOST, localPorts } from '../../src/cli/local-ports.ts'
import { type Exit, startValidator, type ValidatorProcess } from '../localnet/validator-process.ts'
import { NodeRpc } from './node-rpc.ts'
import { claimPorts } from './ports.ts'
import { waitFor } from './wait.ts'

export const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/main.js')
const STOP_MS = 10_000

export interface ClusterOptions {
  /** Holds one home a node afterwards; must not hold any yet. */
  readonly directory: string
  readonly validators: number
  /** Nodes without power besides. */
  readonly fullNodes?: number
  /** The application; kvstore when left out, which takes any `key=value` as a transaction. */
  readonly app?: string
  /** Whether its genesis says that nothing of value is at stake, so that `--byzantine` is allowed. */
  readonly testNetwork?: boolean
  /** Flags of `pnyx start` for every node, such as `--consensus.timeout_commit=0s`. */
  readonly flags?: readonly string[]
  /** Options of node itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[]
}

/** A network of real processes on this machine, made and run with the built program. */
export class Cluster {
  readonly nodes: readonly ClusterNode[]

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  /** Makes the homes; nothing runs yet. Throws CliError REFUSED when the program is not built. */
  static async make(options: ClusterOptions): Promise<Cluster> {
    const { directory, validators, fullNodes = 0, app = 'kvstore', testNetwork = false } = options
    if (!existsSync(PROGRAM)) throw new CliError('REFUSED', `${PROGRAM} is not there: run \`npm run build\``)
    const basePort = await claimPorts(validators + fullNodes)
    await runProgram([
      'testnet',
      `--v=${validators}`,
      `--n=${fullNodes}`,
      `--o=${directory}`,
      `--base-port=${basePort}`,
      '--chain-id=cluster',
      `--app=${app}`,
      ...(testNetwork ? ['--test-network'] : [])
    ])
    const nodes = Array.from(
      { length: validators + fullNodes },
      (_, index) => new ClusterNode(index, basePort, options)
    )
    return new Cluster(nodes)
  }

  startAll(): void {
    for (const node of this.nodes) node.start()
  }

  /** Asks all to stop, and ends those that do not. */
  async stopAll(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.end('SIGTERM')))
  }

  /** Waits until every running node is at `height` or higher. */
  async reach(height: number, deadlineMs: number, nodes: readonly ClusterNode[] = this.nodes): Promise<void> {
    await Promise.all(nodes.map(node => node.reach(height, deadlineMs)))
  }

  /** The highest height among the nodes that answer. */
  async highestHeight(): Promise<number> {
    return Math.max(
      0,
      ...(await Promise.all(this.nodes.map(async ({ rpc }) => (await rpc.heightOrNull()) ?? 0)))
    )
  }

  /** The lowest height among these nodes. */
  async lowestHeight(nodes: readonly ClusterNode[] = this.nodes): Promise<number> {
    return Math.min(...(await Promise.all(nodes.map(async node => (await node.rpc.status()).height))))
  }
}

/** One node of the network: its home, and its process when it runs. */
export class ClusterNode {
  readonly name: string
  readonly home: string
  readonly rpc: NodeRpc
  readonly metricsUrl: string
  readonly #flags: readonly string[]
  readonly #nodeOptions: readonly string[]
  #process: ValidatorProcess | null = null

  constructor(index: number, basePort: number, options: ClusterOptions) {
    const { rpc, metrics } = localPorts(basePort, index)
    this.name = `node${index}`
    this.home = join(options.directory, this.name)
    this.rpc = new NodeRpc(`http://${LOCAL_HOST}:${rpc}`)
    this.metricsUrl = `http://${LOCAL_HOST}:${metrics}/metrics`
    this.#flags = options.flags ?? []
    this.#nodeOptions = options.nodeOptions ?? []
  }

  get isRunning(): boolean {
    return this.#process !== null && this.#process.exit === null
  }

  /** Of the running process, 0 for none. */
  get pid(): number {
    return this.isRunning ? (this.#process?.pid ?? 0) : 0
  }

  /** How the last process ended, null while it runs. */
  get lastExit(): Exit | null {
    return this.#process?.exit ?? null
  }

  start(moreFlags: readonly string[] = []): ValidatorProcess {
    const { name, home } = this
    this.#process = startValidator({ name, home, flags: [...this.#flags, ...moreFlags] }, this.#nodeOptions)
    return this.#process
  }

  /** Sends a signal and waits until the process is gone; after a while it is ended in any case. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (child === null || child.exit !== null) return
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await child.exited
    clearTimeout(timer)
  }

  async reach(height: number, deadlineMs: number): Promise<void> {
    await waitFor(`${this.name} to reach height ${height}`, deadlineMs, async () => {
      const exit = this.#process?.exit
      if (exit) throw new CliError('NO_ANSWER', `${this.name} has ended: ${exit.reason || exit.signal}`)
      return ((await this.rpc.heightOrNull()) ?? 0) >= height
    })
  }
}

/** How a command of the built program ended: what it printed, or what it noted on stderr. */
export type ProgramEnd =
  | { readonly ok: true; readonly printed: string }
  | { readonly ok: false; readonly noted: string }

/** Runs a command of the built program that may fail. */
export async function tryProgram(args: readonly string[]): Promise<ProgramEnd> {
  try {
    return { ok: true, printed: await runProgram(args) }
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) return { ok: false, noted: String(error.stderr) }
    throw error
  }
}

/** Runs a command of the built program to its end; throws when it fails. */
export async function runProgram(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args])
  return stdout
}
