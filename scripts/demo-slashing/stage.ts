import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pico from 'picocolors'
import { checkSameChain } from '../cluster/chain-check.ts'
import { Cluster, type ClusterNode } from '../cluster/cluster.ts'
import { FaultRpc } from '../cluster/fault-rpc.ts'
import { markTestNetwork } from '../cluster/test-network.ts'
import { waitFor } from '../cluster/wait.ts'

const VALIDATORS = 4
export const PATIENCE_MS = 180_000

/** Short enough for a demonstration within a minute, long enough to be followed. */
const FLAGS = [
  '--consensus.timeout_propose=500ms',
  '--consensus.timeout_commit=300ms',
  '--consensus.peer_gossip_sleep_duration=20ms'
]

/** Four validators, of which the last one will break the rules. */
export interface Stage {
  readonly cluster: Cluster
  readonly honest: readonly ClusterNode[]
  readonly culprit: ClusterNode
  /** Of the culprit, as RPC shows it. */
  readonly address: string
  /** An honest node's answers. */
  readonly faults: FaultRpc
  /** Whether the application slashes stake; another only takes power. */
  readonly isStaking: boolean
  say(line?: string): void
  step(title: string): void
  height(): Promise<number>
  reach(height: number): Promise<void>
}

export interface MadeCluster {
  readonly cluster: Cluster
  readonly isStaking: boolean
}

type AppState = Record<string, unknown>

/** Of the staking app: judged by few blocks, and jailed for seconds. The node's own window is as long as ever. */
const SHORT_WINDOW = { signed_blocks_window: 30, min_signed: 15, downtime_jail_duration: '5s' }

/** Makes the network; nothing runs yet. */
export async function makeCluster(options: {
  readonly directory: string
  readonly flags: readonly string[]
}): Promise<MadeCluster> {
  const { directory, flags } = options
  const cluster = await Cluster.make({
    directory,
    validators: VALIDATORS,
    app: 'staking',
    flags: [...FLAGS, ...flags]
  })
  const homes = cluster.nodes.map(({ home }) => home)
  const isStaking = /^proxy_app = "staking"/m.test(readConfig(homes[0]!))
  markTestNetwork(homes, state => (isStaking ? withShortWindow(state) : state))
  return { cluster, isStaking }
}

function withShortWindow(state: AppState): AppState {
  const params = state.params as AppState | undefined
  return { ...state, params: { ...params, slashing: { ...(params?.slashing as AppState), ...SHORT_WINDOW } } }
}

/** How long the culprit must be away to be judged for it. */
export function awayHeights(isStaking: boolean): { readonly from: number; readonly to: number } {
  return isStaking ? { from: 5, to: 45 } : { from: 5, to: 110 }
}

/** Starts the validators and tells of them. */
export async function setStage({ cluster, isStaking }: MadeCluster, byzantine: string): Promise<Stage> {
  const out = process.stdout
  const colours = pico.createColors(out.isTTY && process.env.NO_COLOR === undefined)
  let steps = 0
  const say = (line = '') => out.write(line === '' ? '\n' : `   ${line}\n`)
  const step = (title: string) => out.write(`\n${colours.bold(`${++steps}. ${title}`)}\n`)
  const honest = cluster.nodes.slice(0, -1)
  const culprit = cluster.nodes.at(-1)!
  step('Four validators start a chain; one of them will break the rules')
  for (const node of honest) node.start()
  culprit.start([`--byzantine=${byzantine}`])
  const [first] = honest
  await cluster.reach(1, PATIENCE_MS)
  const { address } = await culprit.rpc.status()
  const faults = new FaultRpc(first!.rpc.url)
  const powers = await faults.powers(1)
  for (const node of cluster.nodes) {
    const its = (await node.rpc.status()).address
    const mark = node === culprit ? colours.red(`   --byzantine ${byzantine}`) : ''
    say(`${node.name}  ${its}  voting power ${powers.get(its) ?? 0n}${mark}`)
  }
  if (!isStaking) {
    say('The application is kvstore, which has no stake: an offence costs one unit of voting power instead.')
  }
  const height = async () => (await first!.rpc.status()).height
  const reach = (at: number) => cluster.reach(at, PATIENCE_MS, honest)
  return { cluster, honest, culprit, address, faults, isStaking, say, step, height, reach }
}

function readConfig(home: string): string {
  return readFileSync(join(home, 'config', 'config.toml'), 'utf8')
}

/** The last act of every play: three or four go on with one chain. */
export async function showTheChainGoesOn(
  { cluster, honest, step, say, height, reach }: Stage,
  who: string
): Promise<void> {
  step(`The chain goes on with ${who}`)
  const from = await height()
  await reach(from + 5)
  const common = await checkSameChain(cluster.nodes)
  const { signers } = await honest[0]!.rpc.commit(common - 1)
  say(
    `from height ${from} to ${await height()}; block ${common - 1} is signed by ${signers.length} validators`
  )
  say(`all ${cluster.nodes.length} nodes have the same blocks and app hashes from 1 to ${common}`)
}

export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  return waitFor(what, PATIENCE_MS, look)
}

/** The first digits of a hash or a signature. */
export function short(text: string): string {
  return text === '' ? 'nil' : `${text.slice(0, 16)}…`
}
