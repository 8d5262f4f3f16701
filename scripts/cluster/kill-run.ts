import { setTimeout } from 'node:timers/promises'
import type { Prng } from '../../src/sim/prng.ts'
import type { Proposal } from '../../src/types/index.ts'
import { PnyxError } from '../../src/util/index.ts'
import { type KnownBlocks, readLog, readSignState, readStores } from './audit-home.ts'
import { checkSameChain } from './chain-check.ts'
import type { Cluster, ClusterNode } from './cluster.ts'
import { SignedMessages } from './signed-messages.ts'

export class KillRunError extends PnyxError<'LOST' | 'SIGNED_TWICE' | 'DID_NOT_STOP'> {}

export interface KillRunOptions {
  /** How many times a process is killed. */
  readonly kills: number
  readonly random: Prng
  /** The longest the whole network may take to go on when all are back, milliseconds. */
  readonly recoveryMs: number
  readonly tell: (line: string) => void
}

export interface KillRunReport {
  readonly kills: number
  /** Kills that left so few validators that the chain stood still. */
  readonly pairs: number
  readonly height: number
  /** Transactions that were answered as committed; all of them were found again. */
  readonly acknowledged: number
  readonly signedMessages: number
}

const LONGEST_LIFE_MS = 1_500
const LONGEST_DEATH_MS = 1_000
/** Of the kills, those that take a second validator down too. */
const PAIR_CHANCE = 0.2
/** Of the kills, those after which the whole network must first go on; after the others the next one comes at once. */
const CALM_CHANCE = 0.5

/**
 * Kills validators at random moments and starts them again, with transactions under way all the time. Afterwards the
 * chains, the answers that were given and everything that was ever signed are compared. The nodes must run; they are
 * stopped at the end. Throws on the first thing that is not as it must be.
 */
export async function runKills(cluster: Cluster, options: KillRunOptions): Promise<KillRunReport> {
  const { random, kills, tell, recoveryMs } = options
  const { nodes } = cluster
  const addresses = await Promise.all(
    nodes.map(async ({ rpc }) => (await rpc.status()).address.toLowerCase())
  )
  const found = new SignedMessages()
  const proposals = new Map<string, Proposal[]>()
  const client = new CommittingClient(cluster, random.fork('client'))
  const sending = client.run()
  const readDead = (node: ClusterNode): void => {
    const kept: Proposal[] = []
    readLog(node.home, found, kept)
    proposals.set(node.home, kept)
    readSignState(node.home, addresses[nodes.indexOf(node)]!, found)
  }
  let [killed, pairs] = [0, 0]
  while (killed < kills) {
    await setTimeout(random.int(LONGEST_LIFE_MS))
    const victims = random.shuffle(nodes).slice(0, random.chance(PAIR_CHANCE) && kills - killed > 1 ? 2 : 1)
    await Promise.all(victims.map(node => node.end('SIGKILL')))
    victims.forEach(readDead)
    await setTimeout(random.int(LONGEST_DEATH_MS))
    for (const node of victims) node.start()
    if (random.chance(CALM_CHANCE)) await cluster.reach((await cluster.highestHeight()) + 1, recoveryMs)
    killed += victims.length
    if (victims.length > 1) pairs++
    tell(
      `${killed} of ${kills} kills, ${client.acknowledged.size} transactions, ${victims.map(node => node.name)}`
    )
  }
  client.stop()
  await sending
  const height = await cluster.highestHeight()
  await cluster.reach(height + 3, recoveryMs)
  await checkSameChain(nodes)
  await requireValues(nodes, client.acknowledged)
  await cluster.stopAll()
  nodes.forEach(readDead)
  const known: KnownBlocks = new Map()
  const heights: number[] = []
  for (const { home } of nodes) heights.push(await readStores(home, found, proposals.get(home) ?? [], known))
  const [conflict] = found.conflicts
  if (conflict !== undefined) throw new KillRunError('SIGNED_TWICE', conflict)
  return {
    kills: killed,
    pairs,
    height: Math.min(...heights),
    acknowledged: client.acknowledged.size,
    signedMessages: found.size
  }
}

async function requireValues(
  nodes: readonly ClusterNode[],
  acknowledged: ReadonlyMap<string, string>
): Promise<void> {
  for (const { name, rpc } of nodes) {
    for (const [key, value] of acknowledged) {
      const held = await rpc.value(key)
      if (held !== value)
        throw new KillRunError('LOST', `${name} has ${held} for ${key}, which was committed`)
    }
  }
}

const PAUSE_MS = 20

/** Sends one transaction after another to whichever validator runs, and remembers those that were committed. */
class CommittingClient {
  readonly acknowledged = new Map<string, string>()
  readonly #cluster: Cluster
  readonly #random: Prng
  #isRunning = true

  constructor(cluster: Cluster, random: Prng) {
    this.#cluster = cluster
    this.#random = random
  }

  async run(): Promise<void> {
    for (let count = 0; this.#isRunning; count++) {
      const node = this.#random.pick(this.#cluster.nodes)
      const [key, value] = [`key${count}`, `value${count}`]
      try {
        if (node.isRunning && (await node.rpc.commitTx(`${key}=${value}`)) > 0)
          this.acknowledged.set(key, value)
      } catch {
        // The validator died under the question: whether it was committed is not known.
      }
      await setTimeout(PAUSE_MS)
    }
  }

  stop(): void {
    this.#isRunning = false
  }
}
