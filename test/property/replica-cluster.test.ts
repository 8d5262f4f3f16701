import { describe, expect, it } from 'vitest'
import type { ReplicaMessage, SignedVote, Statement } from '../../src/replica/index.ts'
import { statementBytes } from '../../src/replica/index.ts'
import { makeRandom, type Random } from '../support/random.ts'
import { fakeSignature, ReplicaCluster } from '../support/replica-cluster.ts'

const MEMBERS = 4
const BYZANTINE = 3
const SEEDS = 60
const TROUBLE_MS = 20_000
const TIMING = {
  proposeMs: 100,
  proposeDeltaMs: 50,
  prevoteMs: 50,
  prevoteDeltaMs: 50,
  precommitMs: 50,
  precommitDeltaMs: 50,
  commitMs: 20,
  resendMs: 300
}

/** Sends each vote to some, the opposite to others, both to a few, and withholds a part. */
function sendTwoFaced(send: (message: ReplicaMessage<string>, to?: number) => void, random: Random) {
  return (message: ReplicaMessage<string>): void => {
    for (let to = 0; to < BYZANTINE; to++) {
      const mood = random()
      if (message.kind !== 'vote') {
        if (mood > 0.3) send(message, to)
        continue
      }
      if (mood < 0.5) send(message, to)
      if (mood > 0.4 && mood < 0.9) send(opposite(message), to)
    }
  }
}

function opposite(vote: SignedVote): SignedVote {
  const { value, height, round } = vote.statement
  const other = value === null ? `id of value ${height}.${round} of ${(height + round) % MEMBERS}` : null
  const statement: Statement = { ...vote.statement, value: other }
  return {
    kind: 'vote',
    statement,
    signature: fakeSignature(statementBytes('cluster', statement), BYZANTINE)
  }
}

/** What each honest member owes locally, seen from its transitions. */
function brokenLocks(cluster: ReplicaCluster, member: number): string[] {
  const wrong: string[] = []
  for (const event of cluster.events[member]!) {
    if (event.kind !== 'transition') continue
    const { before, after, effects, line } = event
    if (before.height === after.height && after.round < before.round) wrong.push(`round went back: ${line}`)
    if ((after.locked?.round ?? -1) < (before.locked?.round ?? -1) && before.height === after.height) {
      wrong.push(`lock went back: ${line}`)
    }
    for (const effect of effects) {
      if (effect.kind !== 'signVote' || effect.value === null) continue
      const { locked } = before
      const againstLock = locked !== null && locked.value !== effect.value && before.height === effect.height
      if (effect.vote === 'prevote' && againstLock && !event.fired.includes('line28PrevoteOld')) {
        wrong.push(`prevote against the lock: ${line}`)
      }
      if (effect.vote === 'precommit' && after.locked?.value !== effect.value) {
        wrong.push(`precommit without a lock: ${line}`)
      }
    }
  }
  return wrong
}

async function trouble(seed: number): Promise<{ cluster: ReplicaCluster; restarts: number }> {
  const random = makeRandom(seed)
  const hasByzantine = seed % 2 === 0
  const lossRate = random() * 0.25
  const slowest = 10 + random() * 250
  let isHealed = false
  const cluster: ReplicaCluster = new ReplicaCluster({
    members: MEMBERS,
    timing: TIMING,
    delayMs: () => (isHealed ? 1 : random() < lossRate ? null : random() * slowest),
    providers: member =>
      hasByzantine && member === BYZANTINE
        ? { send: sendTwoFaced(cluster.network.senderFor(BYZANTINE), random) }
        : {}
  })
  await cluster.startAll()
  let restarts = 0
  while (cluster.clock.monotonic() < TROUBLE_MS) {
    await cluster.tick()
    if (random() < 0.01) {
      const disk = cluster.disks[Math.floor(random() * MEMBERS)]!
      disk.deathAfter ??= { appends: Math.floor(random() * 4), isDurable: random() < 0.5 }
    }
    restarts += await restartTheDead(cluster)
  }
  isHealed = true
  for (const disk of cluster.disks) disk.deathAfter = null
  const height = Math.max(...cluster.applied.map(values => values.length)) + 2
  await cluster.until(() => {
    return [0, 1, 2].every(member => cluster.applied[member]!.length >= height)
  })
  return { cluster, restarts }
}

async function restartTheDead(cluster: ReplicaCluster): Promise<number> {
  let restarts = 0
  for (const [member, replica] of cluster.replicas.entries()) {
    if (replica?.phase !== 'stopping') continue
    cluster.disks[member]!.deathAfter = null
    await cluster.crash(member)
    await cluster.start(member)
    restarts++
  }
  return restarts
}

describe('a cluster in trouble: loss, delay, crashes, and a two-faced member', () => {
  it('never disagrees, never contradicts itself, and decides again once the trouble is over', async () => {
    let heights = 0
    let rounds = 0
    let restarts = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await trouble(seed).catch(error => expect.fail(`seed ${seed}: ${error.message}`))
      const { cluster } = outcome
      const honest = seed % 2 === 0 ? [0, 1, 2] : [0, 1, 2, 3]
      const length = Math.min(...honest.map(member => cluster.applied[member]!.length))
      const logs = honest.map(member => cluster.applied[member]!.slice(0, length).join())
      expect(new Set(logs).size, `seed ${seed}: agreement`).toBe(1)
      expect(
        honest.flatMap(member => cluster.disks[member]!.contradictions),
        `seed ${seed}`
      ).toEqual([])
      expect(
        honest.flatMap(member => brokenLocks(cluster, member)),
        `seed ${seed}`
      ).toEqual([])
      heights += length
      restarts += outcome.restarts
      rounds += cluster.events[0]!.filter(
        event => event.kind === 'decided' && event.decision.round > 0
      ).length
    }
    expect(heights).toBeGreaterThan(SEEDS * 10)
    expect(rounds).toBeGreaterThan(SEEDS)
    expect(restarts).toBeGreaterThan(SEEDS)
  })
})
