import { describe, expect, it } from 'vitest'
import { encodeConsensusFrame, encodeEvidenceFrame } from '../../../src/mempool/index.ts'
import { SIM_TIMING, SimCluster } from '../../../src/sim/index.ts'
import {
  type ConsensusMessage,
  type DuplicateVoteEvidence,
  type Evidence,
  evidenceHash,
  makeDuplicateVoteEvidence,
  type Proposal,
  proposalSignBytes,
  proposerOfRound,
  type Vote,
  voteSignBytes
} from '../../../src/types/index.ts'
import { blockIdNamed } from '../types/sample-values.ts'

/** Four whole nodes in virtual time, and somebody who holds all their keys. */
class FaultBed {
  readonly cluster: SimCluster
  readonly seed: string

  constructor(seed: string, app = 'staking') {
    this.seed = seed
    this.cluster = new SimCluster({
      seed,
      powers: [10n, 10n, 10n, 10n],
      scheme: 'hash',
      app,
      timing: SIM_TIMING
    })
    this.cluster.startAll()
  }

  node(index: number) {
    const { node } = this.cluster.nodes[index]!
    if (node === null) throw new RangeError(`node ${index} is down`)
    return node
  }

  async reach(height: number): Promise<void> {
    expect(await this.cluster.runUntil(() => this.cluster.minHeight() >= height, 120_000)).toBe(true)
  }

  key(validator: number) {
    return this.cluster.crypto.key(this.seed, validator)
  }

  vote(validator: number, height: number, block: string, change: Partial<Vote> = {}): Vote {
    const { address } = this.key(validator)
    const vote: Vote = {
      type: 'precommit',
      height,
      round: 0,
      blockId: blockIdNamed(block),
      timestamp: { seconds: 1_767_225_600, nanos: 0 },
      validatorAddress: address,
      validatorIndex: this.node(0).stateStore.loadValidators(height)!.indexByAddress.get(address)!,
      signature: new Uint8Array(0),
      extension: new Uint8Array(0),
      extensionSignature: new Uint8Array(0),
      ...change
    }
    const signature = this.key(validator).sign(voteSignBytes(this.cluster.genesis.chainId, vote))
    return { ...vote, signature }
  }

  evidence(validator: number, height: number): DuplicateVoteEvidence {
    const [first, second] = ['x', 'y'].map(block => this.vote(validator, height, block))
    const { stateStore, blockStore } = this.node(0)
    const time = blockStore.loadMeta(height)!.header.time
    const evidence = makeDuplicateVoteEvidence(first!, second!, time, stateStore.loadValidators(height)!)
    if (evidence === null) throw new RangeError('no such validator')
    return evidence
  }

  /** Delivers messages to one node, as if they came from another. */
  tell(to: number, from: number, messages: readonly ConsensusMessage[]): void {
    this.#deliver(to, from, 'consensus', encodeConsensusFrame({ attempt: 77, messages }))
  }

  tellEvidence(to: number, from: number, evidence: readonly Evidence[]): void {
    this.#deliver(to, from, 'evidence', encodeEvidenceFrame(77, evidence))
  }

  #deliver(to: number, from: number, topic: 'consensus' | 'evidence', data: Uint8Array): void {
    const [receiver, sender] = [to, from].map(index => this.cluster.nodes[index]!.name)
    this.cluster.wires.sendFrame(sender!, receiver!, { topic, data, origin: sender! })
  }

  /** The offender signs up to the block after the one that punished it, and the others go on signing. */
  expectGone(validator: number, punishedAt: number): void {
    const { stateStore } = this.cluster.nodes.find(({ node }) => node !== null)!.node!
    const signersOf = (height: number) =>
      stateStore.loadValidators(height)!.validators.map(({ address }) => address)
    const all = [0, 1, 2, 3].map(index => this.key(index).address)
    expect(signersOf(punishedAt + 1).sort()).toEqual([...all].sort())
    expect(signersOf(punishedAt + 2).sort()).toEqual(all.filter((_, index) => index !== validator).sort())
  }

  /** All evidence in the blocks of a node, with the heights that carry it. */
  async committed(index: number): Promise<{ readonly height: number; readonly evidence: Evidence }[]> {
    const { blockStore } = this.node(index)
    const found = []
    for (let height = 1; height <= blockStore.height; height++) {
      const block = await blockStore.loadBlock(height)
      for (const evidence of block!.evidence) found.push({ height, evidence })
    }
    return found
  }
}

const evidenceKinds = (found: { readonly evidence: Evidence }[]) => found.map(({ evidence }) => evidence.kind)

describe('a node', () => {
  it('commits a double vote within four heights', async () => {
    const bed = new FaultBed('double-vote')
    await bed.reach(3)
    const height = bed.node(0).host.context.height
    for (const to of [0, 1]) {
      bed.tell(
        to,
        3,
        ['x', 'y'].map(block => ({ kind: 'vote', vote: bed.vote(3, height, block, { type: 'prevote' }) }))
      )
    }
    await bed.reach(height + 5)
    const found = await bed.committed(2)
    expect(evidenceKinds(found)).toEqual(['duplicateVote'])
    expect(found[0]!.height).toBeLessThanOrEqual(height + 4)
    expect(found[0]!.evidence).toMatchObject({ voteA: { height, validatorAddress: bed.key(3).address } })
    bed.expectGone(3, found[0]!.height)
    expect([0, 1, 2].map(index => bed.node(index).faults.pool.size)).toEqual([0, 0, 0])
  })

  it('commits a double proposal', async () => {
    const bed = new FaultBed('double-proposal')
    await bed.reach(3)
    const { height, state } = bed.node(0).host.context
    const proposer = proposerOfRound(state.validators, 5)
    const culprit = [0, 1, 2, 3].find(index => bed.key(index).address === proposer.address)!
    const messages = ['x', 'y'].map((block): ConsensusMessage => {
      const timestamp = { seconds: 1_767_225_600, nanos: 0 }
      const unsigned = { height, round: 5, polRound: -1, blockId: blockIdNamed(block), timestamp }
      const signature = bed.key(culprit).sign(proposalSignBytes(bed.cluster.genesis.chainId, { ...unsigned }))
      return { kind: 'proposal', proposal: { ...unsigned, signature } satisfies Proposal }
    })
    const witness = (culprit + 1) % 4
    bed.tell(witness, culprit, messages)
    await bed.reach(height + 6)
    const found = await bed.committed(witness)
    expect(evidenceKinds(found)).toEqual(['duplicateProposal'])
    expect(found[0]!.height).toBeLessThanOrEqual(height + 4)
    bed.expectGone(culprit, found[0]!.height)
  })

  it('finds a late vote that contradicts one in a commit', async () => {
    const bed = new FaultBed('late-vote')
    await bed.reach(8)
    bed.tell(1, 3, [{ kind: 'vote', vote: bed.vote(2, 4, 'late') }])
    await bed.reach(14)
    const found = await bed.committed(0)
    expect(evidenceKinds(found)).toEqual(['duplicateVote'])
    expect(found[0]!.evidence).toMatchObject({ voteA: { height: 4, validatorAddress: bed.key(2).address } })
  })

  it('that alone saw an offence and is killed at once brings it on chain when it is back (S-19)', async () => {
    const bed = new FaultBed('only-witness')
    await bed.reach(3)
    bed.tellEvidence(0, 3, [])
    const witness = bed.cluster.nodes[0]!
    const { height } = bed.node(0).host.context
    const votes = ['x', 'y'].map(block => bed.vote(3, height, block, { type: 'prevote' }))
    bed.tell(
      0,
      3,
      votes.map(vote => ({ kind: 'vote', vote }))
    )
    const draft = () => bed.node(0).faults.pool.waitingSize === 1
    expect(await bed.cluster.runUntil(draft, 10_000)).toBe(true)
    await bed.node(0).faults.pool.whenIdle()
    witness.crash()
    const others = () => Math.min(...[1, 2, 3].map(index => bed.node(index).blockStore.height))
    expect(await bed.cluster.runUntil(() => others() >= height + 3, 120_000)).toBe(true)
    expect(evidenceKinds(await bed.committed(1))).toEqual([])
    witness.start()
    await bed.cluster.runUntil(() => bed.cluster.nodes[0]!.node !== null, 10_000)
    await bed.reach(others() + 8)
    const found = await bed.committed(1)
    expect(evidenceKinds(found)).toEqual(['duplicateVote'])
    bed.expectGone(3, found[0]!.height)
  })

  it('spreads what a client hands in, and commits 200 pieces once each', async () => {
    const bed = new FaultBed('two-hundred', 'kvstore')
    await bed.reach(60)
    const pieces = Array.from({ length: 200 }, (_, index) =>
      bed.evidence(index % 4, 1 + Math.floor(index / 4))
    )
    for (const piece of pieces) expect(bed.node(0).faults.submit(piece).kind).toBe('added')
    const done = () => bed.cluster.nodes.every(({ node }) => node!.faults.pool.size === 0)
    const everywhere = () => bed.node(2).faults.pool.size > 100
    expect(await bed.cluster.runUntil(() => everywhere() || done(), 60_000)).toBe(true)
    expect(await bed.cluster.runUntil(done, 60_000)).toBe(true)
    const found = (await bed.committed(3)).map(({ evidence }) => evidenceHash(evidence))
    expect(found).toHaveLength(200)
    expect(new Set(found)).toEqual(new Set(pieces.map(evidenceHash)))
  }, 60_000)

  it('commits evidence at the first honest proposer when others leave it out (S-20)', async () => {
    const bed = new FaultBed('censors')
    await bed.reach(6)
    bed.node(0).faults.pool.pending = () => []
    expect(bed.node(1).faults.submit(bed.evidence(3, 4)).kind).toBe('added')
    const { height } = bed.node(1).host.context
    await bed.reach(height + 6)
    const [found, ...more] = await bed.committed(2)
    expect(more).toEqual([])
    const { blockStore } = bed.node(2)
    const proposers = Array.from(
      { length: found!.height - height },
      (_, index) => blockStore.loadMeta(height + index)!.header.proposerAddress
    )
    // The block being decided may be older than the evidence; after it only the censor leaves it out.
    expect(proposers.slice(1).filter(each => each !== bed.key(0).address)).toEqual([])
    bed.expectGone(3, found!.height)
  })

  it('stops signing when somebody else signs with its key, and the chain goes on without it', async () => {
    const bed = new FaultBed('twin')
    await bed.reach(3)
    const { height } = bed.node(1).host.context
    bed.tell(1, 2, [{ kind: 'vote', vote: bed.vote(1, height, 'foreign', { type: 'prevote', round: 1 }) }])
    expect(await bed.cluster.runUntil(() => bed.node(1).faults.hasTwin, 10_000)).toBe(true)
    const last = bed.node(1).options.signer!.last.height
    await bed.reach(height + 6)
    expect(bed.node(1).options.signer!.last.height).toBeLessThanOrEqual(last + 1)
    expect([0, 2, 3].map(index => bed.node(index).faults.hasTwin)).toEqual([false, false, false])
    expect(bed.node(1).faults.missing).toEqual([])
    const silent = () => bed.node(0).faults.missing.map(({ address }) => address)
    expect(await bed.cluster.runUntil(() => silent().length > 0, 60_000)).toBe(true)
    expect(silent()).toEqual([bed.key(1).address])
  })

  it('blames who sends forged evidence, and nobody who is only ahead', async () => {
    const bed = new FaultBed('forged')
    await bed.reach(6)
    const blamed: string[] = []
    bed.cluster.wires.tap = { onBlame: (by, peer) => blamed.push(`${by} ${peer}`) }
    const honest = bed.evidence(2, 4)
    bed.tellEvidence(0, 3, [{ ...honest, validatorPower: 11n }])
    bed.tellEvidence(1, 3, [
      { ...honest, voteA: { ...honest.voteA, height: 500 }, voteB: { ...honest.voteB, height: 500 } }
    ])
    await bed.reach(9)
    expect(blamed).toEqual(['v0 v3'])
    expect(await bed.committed(0)).toEqual([])
  })

  it('records who is away from last commits, whatever the application', async () => {
    const bed = new FaultBed('downtime', 'kvstore')
    await bed.reach(2)
    bed.cluster.nodes[3]!.crash()
    const up = () => Math.min(...[0, 1, 2].map(index => bed.node(index).blockStore.height))
    expect(await bed.cluster.runUntil(() => up() >= 115, 1_000_000)).toBe(true)
    const pages = await Promise.all(
      [0, 1, 2].map(index => bed.node(index).faults.search({}, { offset: 0, limit: 10, newestFirst: false }))
    )
    expect(pages[0]!.total).toBe(1)
    expect(pages[0]!.records[0]).toMatchObject({
      kind: 'downtime',
      validators: [bed.key(3).address],
      window: 100,
      power: 10n
    })
    for (const page of pages) expect(page).toEqual(pages[0])
  }, 60_000)
})
