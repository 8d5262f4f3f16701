import pico from 'picocolors'
import { changeSlashing } from '../cluster/app-state.ts'
import { checkSameChain } from '../cluster/chain-check.ts'
import { Cluster, type ClusterNode } from '../cluster/cluster.ts'
import { FaultRpc } from '../cluster/fault-rpc.ts'
import { waitFor } from '../cluster/wait.ts'

const VALIDATORS = 4
export const PATIENCE_MS = 120_000

/** Short enough for a demonstration within a minute, long enough to be followed. */
const FLAGS = [
  '--consensus.timeout_propose=500ms',
  '--consensus.timeout_commit=300ms',
  '--consensus.peer_gossip_sleep_duration=20ms'
]
/** Judged by few blocks, and jailed for seconds, so that nobody waits. */
const SHORT_WINDOW = { signed_blocks_window: 30, min_signed: 15, downtime_jail_duration: '5s' }

/** Four validators, of which the last one will break the rules. */
export interface Stage {
  readonly cluster: Cluster
  readonly honest: readonly ClusterNode[]
  readonly culprit: ClusterNode
  /** Of the culprit, as RPC shows it. */
  readonly address: string
  /** The culprit's, before anything happened. */
  readonly stake: bigint
  /** Names of the validators by address. */
  readonly names: ReadonlyMap<string, string>
  /** An honest node's answers. */
  readonly faults: FaultRpc
  say(line?: string): void
  step(title: string): void
  height(): Promise<number>
  reach(height: number): Promise<void>
}

/** Makes the network, whose application is staking; nothing runs yet. */
export async function makeCluster(options: {
  readonly directory: string
  readonly flags: readonly string[]
}): Promise<Cluster> {
  const { directory, flags } = options
  const cluster = await Cluster.make({
    directory,
    validators: VALIDATORS,
    app: 'staking',
    testNetwork: true,
    flags: [...FLAGS, ...flags]
  })
  changeSlashing(
    cluster.nodes.map(({ home }) => home),
    SHORT_WINDOW
  )
  return cluster
}

/** Starts the validators and tells of them. */
export async function setStage(cluster: Cluster, byzantine: string): Promise<Stage> {
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
  const names = new Map<string, string>()
  for (const node of cluster.nodes) {
    const its = (await node.rpc.status()).address
    names.set(its, node.name)
    const mark = node === culprit ? colours.red(`   --byzantine ${byzantine}`) : ''
    const { tokens } = await faults.standing(its)
    say(`${node.name}  ${its}  stake ${coins(tokens)}  voting power ${powers.get(its) ?? 0n}${mark}`)
  }
  const { tokens: stake } = await faults.standing(address)
  const height = async () => (await first!.rpc.status()).height
  const reach = (at: number) => cluster.reach(at, PATIENCE_MS, honest)
  return { cluster, honest, culprit, address, stake, names, faults, say, step, height, reach }
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
  const best = await mostSigned(honest[0]!, common - 5, common - 1)
  say(
    `from height ${from} to ${await height()}; block ${best.height} is signed by ${best.signers} validators`
  )
  say(`all ${cluster.nodes.length} nodes have the same blocks and app hashes from 1 to ${common}`)
}

/** A late signature misses its block now and then: of these blocks the one with the most of them. */
async function mostSigned({ rpc }: ClusterNode, from: number, to: number) {
  let best = { height: from, signers: 0 }
  for (let height = from; height <= to; height++) {
    const { signers } = await rpc.commit(height)
    if (signers.length >= best.signers) best = { height, signers: signers.length }
  }
  return best
}

/** What was burned of the culprit's stake, and whether it is jailed. */
export async function showStake({ address, culprit, faults, stake, say }: Stage): Promise<void> {
  const { tokens, jailed, jailed_until: until, tombstoned } = await faults.standing(address)
  const [slash] = await faults.slashes(address)
  const burned = Number((stake - tokens) * 10_000n) / Number(stake * 100n)
  const share = burned === 0 ? 'nothing' : `${burned} %`
  say(`stake of ${culprit.name}  ${coins(stake)} -> ${coins(tokens)}: ${share} burned`)
  if (slash?.fraction != null) say(`slashed by ${shortNumber(slash.fraction)} of what it had at the offence`)
  if (tombstoned) say('jailed for ever and tombstoned: nobody will ever be a validator with this key again')
  else if (jailed) say(`jailed until ${until.replace(/\.\d+/, '')}`)
}

/** Who could vote in the block that punished, and who from two blocks later on. */
export async function showPowers(
  { address, faults, names, reach, say }: Stage,
  height: number
): Promise<number> {
  await reach(height + 2)
  const before = await faults.powers(height)
  const after = await faults.powers(height + 2)
  for (const [one, power] of [...before].sort(([a], [b]) => (names.get(a)! < names.get(b)! ? -1 : 1))) {
    const mark = one === address ? ', the offender' : ''
    say(
      `${names.get(one)}  voting power ${String(power).padStart(3)} -> ${String(after.get(one) ?? 0n).padStart(3)}${mark}`
    )
  }
  say(`validators of height ${height}: ${before.size}; of height ${height + 2}: ${after.size}`)
  say('(what block H changes counts from H+2 on, as everywhere in this family of chains)')
  return after.size
}

export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  return waitFor(what, PATIENCE_MS, look)
}

/** The first digits of a hash or a signature. */
export function short(text: string): string {
  return text === '' ? 'nil' : `${text.slice(0, 16)}…`
}

/** An amount with its digits in groups. */
export function coins(amount: bigint): string {
  return `${amount.toLocaleString('en-US')} upnyx`
}

/** Without the zeros at its end. */
function shortNumber(decimal: string): string {
  return decimal.replace(/\.?0+$/, '')
}
