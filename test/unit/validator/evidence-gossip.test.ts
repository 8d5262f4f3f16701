import { describe, expect, it } from 'vitest'
import { decodeEvidenceFrame, encodeEvidenceFrame } from '../../../src/mempool/index.ts'
import type { Network, Topic, Verdict } from '../../../src/network/index.ts'
import { type Evidence, evidenceHash } from '../../../src/types/index.ts'
import { noMetrics } from '../../../src/util/index.ts'
import { EvidenceGossip } from '../../../src/validator/faults/evidence-gossip.ts'
import { ChainBed, commitBlock, openPool, proposedBlock } from '../evidence/chain-bed.ts'
import { nobody, QuickClock } from './solo-node.ts'

const INTERVAL_MS = 10_000

class GossipBed {
  readonly chain = new ChainBed().grow(9)
  readonly clock = new QuickClock()
  readonly sent: { readonly topic: Topic; readonly data: Uint8Array }[] = []
  readonly verdicts: Verdict[] = []
  gossip!: EvidenceGossip
  pool!: Awaited<ReturnType<typeof openPool>>['pool']
  store!: Awaited<ReturnType<typeof openPool>>['store']

  async open(): Promise<this> {
    const network: Network = {
      ...nobody,
      publish: (topic, data) => {
        this.sent.push({ topic, data })
        return 3
      }
    }
    const bed = await openPool(this.chain, undefined, {
      onPending: evidence => this.gossip.onPending(evidence)
    })
    this.pool = bed.pool
    this.store = bed.store
    const { clock, pool } = this
    this.gossip = new EvidenceGossip({ network, clock, metrics: noMetrics, pool, intervalMs: INTERVAL_MS })
    return this
  }

  /** Lets timers fire for so long. */
  pass(ms: number): void {
    const until = this.clock.now() + ms
    this.clock.setTimer(ms, () => {})
    while (this.clock.now() < until) this.clock.tick()
  }

  async frame(evidence: readonly Evidence[], from = 'peer'): Promise<Verdict | undefined> {
    this.gossip.onFrame(encodeEvidenceFrame(1, evidence), from, verdict => this.verdicts.push(verdict))
    await this.pool.whenIdle()
    await new Promise(resolve => setImmediate(resolve))
    return this.verdicts.at(-1)
  }

  /** Hashes in the frames sent so far. */
  sentHashes(): string[][] {
    return this.sent.map(({ data }) => {
      const frame = decodeEvidenceFrame(data)
      return frame.ok ? frame.value.messages.map(evidenceHash) : ['malformed']
    })
  }

  pieces(count: number): Evidence[] {
    return Array.from({ length: count }, (_, index) =>
      this.chain.duplicateVote({
        height: 1 + (index % 9),
        validator: index % 4,
        round: Math.floor(index / 36)
      })
    )
  }
}

describe('evidence on the network', () => {
  it('found here travels together, and again every interval until a block has carried it', async () => {
    const bed = await new GossipBed().open()
    const pieces = bed.pieces(3)
    for (const each of pieces) bed.pool.add(each)
    await bed.pool.whenIdle()
    expect(bed.sent).toEqual([])
    bed.pass(10)
    expect(bed.sentHashes().map(hashes => hashes.length)).toEqual([3])
    bed.pass(2 * INTERVAL_MS)
    expect(bed.sentHashes().map(hashes => hashes.toSorted())).toEqual(
      Array(3).fill(pieces.map(evidenceHash).toSorted())
    )
    // Pub/sub forgets nothing for two minutes: the same bytes would not be sent again.
    expect(new Set(bed.sent.map(({ data }) => Buffer.from(data).toString('hex'))).size).toBe(3)
    await commitBlock(bed.chain, bed.pool, bed.store, proposedBlock(bed.chain, bed.pool))
    bed.pass(2 * INTERVAL_MS)
    expect(bed.sent).toHaveLength(3)
    bed.gossip.stop()
    bed.pass(5 * INTERVAL_MS)
    expect(bed.sent).toHaveLength(3)
  })

  it('of a peer is forwarded by the verdict alone, and only once it is on the disk', async () => {
    const bed = await new GossipBed().open()
    const [piece] = bed.pieces(1)
    bed.gossip.onFrame(encodeEvidenceFrame(1, [piece!]), 'peer', verdict => bed.verdicts.push(verdict))
    expect(bed.verdicts).toEqual([])
    await bed.pool.whenIdle()
    await new Promise(resolve => setImmediate(resolve))
    expect(bed.verdicts).toEqual(['accept'])
    bed.pass(20)
    expect(bed.sent).toEqual([])
    expect(await bed.frame([piece!])).toBe('ignore')
  })

  it('that was early is sent on by this node when its height is final', async () => {
    const bed = await new GossipBed().open()
    const early = bed.chain.duplicateVote({ height: 10 })
    expect(await bed.frame([early])).toBe('ignore')
    await commitBlock(bed.chain, bed.pool, bed.store, bed.chain.nextBlock())
    bed.pass(10)
    expect(bed.sentHashes()).toEqual([[evidenceHash(early)]])
  })

  it('that is malformed, forged or mixed with forged is rejected; old or far ahead is ignored', async () => {
    const bed = await new GossipBed().open()
    const [piece, other] = bed.pieces(2)
    bed.gossip.onFrame(Uint8Array.of(1, 2, 3), 'p', verdict => bed.verdicts.push(verdict))
    expect(bed.verdicts).toEqual(['reject'])
    const forged = { ...piece!, totalVotingPower: 1n } as Evidence
    expect(await bed.frame([forged], 'forger')).toBe('reject')
    expect(await bed.frame([other!, forged], 'mixer')).toBe('reject')
    expect(await bed.frame([bed.chain.duplicateVote({ height: 40 })], 'dreamer')).toBe('ignore')
    await commitBlock(bed.chain, bed.pool, bed.store, proposedBlock(bed.chain, bed.pool))
    expect(await bed.frame([other!], 'sleeper')).toBe('ignore')
  })

  it('B8: costs one signature check a second from a forger, whatever it sends', async () => {
    const bed = await new GossipBed().open()
    const forged = bed.pieces(36).map((each): Evidence => {
      if (each.kind !== 'duplicateVote') return each
      return { ...each, voteA: { ...each.voteA, signature: new Uint8Array(64) } }
    })
    bed.chain.verifier.checks = 0
    for (let frame = 0; frame < 50; frame++) await bed.frame(forged, 'forger')
    expect(bed.chain.verifier.checks).toBe(1)
    bed.pass(1000)
    await bed.frame(forged, 'forger')
    expect(bed.chain.verifier.checks).toBe(2)
    expect(bed.pool.size).toBe(0)
  })

  it('is bounded a second and peer, and one peer does not use up the share of another', async () => {
    const bed = await new GossipBed().open()
    const pieces = bed.pieces(64)
    const known = async (from: string) => {
      for (let frame = 0; frame < 8; frame++) await bed.frame(pieces, from)
    }
    await known('talker')
    const fresh = bed.chain.duplicateProposal({ height: 3 })
    expect(await bed.frame([fresh], 'talker')).toBe('ignore')
    expect(await bed.frame([fresh], 'other')).toBe('accept')
  })

  it('is cut into frames within the limits, and repeats a bounded number of them', async () => {
    const bed = await new GossipBed().open()
    for (const each of bed.pieces(600)) bed.pool.add(each)
    await bed.pool.whenIdle()
    bed.pass(10)
    expect(bed.sentHashes().flat()).toHaveLength(600)
    expect(Math.max(...bed.sentHashes().map(({ length }) => length))).toBe(64)
    bed.sent.length = 0
    bed.pass(INTERVAL_MS)
    expect(bed.sent).toHaveLength(8)
  })
})
