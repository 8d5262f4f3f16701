import { describe, expect, it } from 'vitest'
import { MemoryKeyValueStore } from '../../../src/blockstore/index.ts'
import {
  DEFAULT_EVIDENCE_POOL_LIMITS,
  type EvidencePool,
  type EvidenceStore,
  type Offence,
  searchFaults
} from '../../../src/evidence/index.ts'
import { type Evidence, encodeEvidenceList, evidenceHash, type Hex } from '../../../src/types/index.ts'
import { blockIdNamed } from '../types/sample-values.ts'
import { ChainBed, commitBlock, openPool, proposedBlock } from './chain-bed.ts'

const MEBIBYTE = 1048576

function offenceAt(bed: ChainBed, height: number, validator = 1): Offence {
  const [first, second] = ['a', 'b'].map(name => bed.vote({ height, validator, blockId: blockIdNamed(name) }))
  const offender = bed.keys.set.validators[validator]!.address
  return { kind: 'duplicateVote', offender, first: first!, second: second! }
}

const hashesOf = (evidence: readonly Evidence[]): Hex[] => evidence.map(evidenceHash)

describe('evidence offered to the pool', () => {
  it('is verified, kept, and told of once', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, told } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 4, validator: 1 })
    expect([pool.add(evidence), pool.add(evidence)]).toEqual([{ kind: 'added' }, { kind: 'known' }])
    await pool.whenIdle()
    expect([pool.size, told]).toEqual([1, [evidence]])
  })

  it('is refused with its reason, and forgotten', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, told, store } = await openPool(bed)
    const outcome = pool.add({ ...bed.duplicateVote({ height: 4 }), validatorPower: 1n })
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'wrongPower' } })
    await pool.whenIdle()
    expect([pool.size, told, await countKeys(store)]).toEqual([0, [], 0])
  })

  it('is judged for a client even when its offence is known, pending or in a block', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 4 })
    const { voteA, voteB } = evidence
    const forged = { ...evidence, voteB: { ...voteB, signature: voteA.signature } }
    const refused = { kind: 'refused', refusal: { code: 'badSignature' } }
    expect(pool.submit(forged)).toMatchObject(refused)
    expect([pool.submit(evidence), pool.submit(evidence)]).toEqual([{ kind: 'added' }, { kind: 'known' }])
    expect([pool.add(forged).kind, pool.submit(forged)]).toMatchObject(['known', refused])
    await commitBlock(bed, pool, store, proposedBlock(bed, pool))
    expect(pool.submit(evidence)).toEqual({ kind: 'committed' })
    expect(pool.submit(forged)).toMatchObject(refused)
    const early = bed.duplicateVote({ height: 7 })
    expect([pool.submit(early).kind, pool.submit(early).kind]).toEqual(['waiting', 'known'])
  })

  it('is one for one offence, whichever two of the votes prove it', async () => {
    const bed = new ChainBed().grow(5)
    const { pool } = await openPool(bed)
    const pair = (a: string, b: string) =>
      bed.duplicateVote({ height: 4 }, [blockIdNamed(a), blockIdNamed(b)])
    expect([
      pool.add(pair('a', 'b')).kind,
      pool.add(pair('a', 'c')).kind,
      pool.add(pair('b', 'c')).kind
    ]).toEqual(['added', 'known', 'known'])
    expect(pool.add(bed.duplicateVote({ height: 4, type: 'prevote' })).kind).toBe('added')
  })

  it('loses the extensions that would make it too large for a block', async () => {
    const bed = new ChainBed().grow(5)
    const { pool } = await openPool(bed)
    const plain = bed.duplicateVote({ height: 4 })
    const extended = {
      ...plain,
      voteA: { ...plain.voteA, extension: new Uint8Array(MEBIBYTE), extensionSignature: new Uint8Array(64) }
    }
    expect(pool.add(extended).kind).toBe('added')
    expect(hashesOf(pool.pending(1000))).toEqual([evidenceHash(plain)])
  })

  it('A-07: of a height not committed yet is held until it is', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, told, store } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 6 })
    expect([pool.add(evidence).kind, pool.add(evidence).kind]).toEqual(['waiting', 'known'])
    expect([pool.pending(MEBIBYTE), told, pool.waitingSize]).toEqual([[], [], 1])
    await commitBlock(bed, pool, store, bed.nextBlock())
    expect([pool.pending(MEBIBYTE), told, pool.waitingSize]).toEqual([[evidence], [evidence], 0])
    expect(pool.add(bed.duplicateVote({ height: 9 }))).toMatchObject({
      refusal: { code: 'uncommittedHeight' }
    })
  })

  it('that is forged and early does not keep the true one out', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 6 })
    expect(pool.add({ ...evidence, voteA: { ...evidence.voteA, signature: new Uint8Array(64) } }).kind).toBe(
      'waiting'
    )
    expect(pool.add(evidence).kind).toBe('waiting')
    await commitBlock(bed, pool, store, bed.nextBlock())
    expect(pool.pending(MEBIBYTE)).toEqual([evidence])
  })

  it('is bounded: in all, for one validator, and while it is early', async () => {
    const limits = { ...DEFAULT_EVIDENCE_POOL_LIMITS, maxPending: 4, maxPendingOfOne: 2, maxEarly: 1 }
    const bed = new ChainBed().grow(9)
    const { pool } = await openPool(bed, undefined, { limits })
    const add = (height: number, validator: number) => pool.add(bed.duplicateVote({ height, validator })).kind
    expect([1, 2, 3].map(height => add(height, 0))).toEqual(['added', 'added', 'full'])
    expect([add(1, 1), add(1, 2), add(1, 3)]).toEqual(['added', 'added', 'full'])
    expect([add(10, 0), add(10, 1)]).toEqual(['waiting', 'full'])
    const bytes = { ...DEFAULT_EVIDENCE_POOL_LIMITS, maxPendingBytes: 300 }
    const small = await openPool(bed, undefined, { limits: bytes })
    const more = [1, 2].map(height => small.pool.add(bed.duplicateVote({ height })).kind)
    expect(more).toEqual(['added', 'full'])
    bed.verifier.checks = 0
    small.pool.add(bed.duplicateVote({ height: 3 }))
    expect(bed.verifier.checks).toBe(0)
  })
})

describe('an offence the detector found', () => {
  it('becomes evidence at once where its height is final', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, told } = await openPool(bed)
    pool.report(offenceAt(bed, 4))
    await pool.whenIdle()
    expect(told).toEqual([bed.duplicateVote({ height: 4, validator: 1 })])
  })

  it('waits for the time of its block, on the disk (S-19)', async () => {
    const bed = new ChainBed().grow(5)
    const first = await openPool(bed)
    first.pool.report(offenceAt(bed, 6))
    await first.pool.whenIdle()
    expect([first.pool.size, first.told]).toEqual([0, []])
    // The process dies here; its memory of votes is gone.
    const second = await openPool(bed, first.store)
    expect(second.pool.waitingSize).toBe(1)
    await commitBlock(bed, second.pool, second.store, bed.nextBlock())
    expect(second.told).toEqual([bed.duplicateVote({ height: 6, validator: 1 })])
    const third = await openPool(bed, first.store)
    expect([third.pool.size, third.pool.waitingSize]).toEqual([1, 0])
  })

  it('becomes evidence at the next start when its height was committed meanwhile', async () => {
    const bed = new ChainBed().grow(5)
    const first = await openPool(bed)
    first.pool.report(offenceAt(bed, 6))
    await first.pool.whenIdle()
    bed.grow(7)
    const second = await openPool(bed, first.store)
    expect([second.pool.size, second.told.length]).toEqual([1, 1])
  })

  it('of two proposals survives a restart too', async () => {
    const bed = new ChainBed().grow(5)
    const signer = bed.proposerIndex(6, 2)
    const [first, second] = ['b', 'a'].map(name =>
      bed.proposal({ height: 6, round: 2, blockId: blockIdNamed(name) })
    )
    const offender = bed.keys.set.validators[signer]!.address
    const before = await openPool(bed)
    before.pool.report({ kind: 'duplicateProposal', offender, first: first!, second: second! })
    await before.pool.whenIdle()
    const after = await openPool(bed, before.store)
    await commitBlock(bed, after.pool, after.store, bed.nextBlock())
    expect(after.pool.all()).toEqual([bed.duplicateProposal({ height: 6, round: 2 })])
  })

  it('is reported twice and kept once', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store, told } = await openPool(bed)
    for (const height of [4, 6, 4, 6]) pool.report(offenceAt(bed, height))
    await commitBlock(bed, pool, store, bed.nextBlock())
    for (const height of [4, 6]) pool.report(offenceAt(bed, height))
    await pool.whenIdle()
    expect(told).toHaveLength(2)
  })
})

describe('nobody hears of evidence before it is on the disk', () => {
  it('however long the disk takes, and a disk that fails stops the node', async () => {
    const bed = new ChainBed().grow(5)
    const memory = new MemoryKeyValueStore()
    let release: () => void = () => {}
    const slow: EvidenceStore = {
      get: key => memory.get(key),
      entries: range => memory.entries(range),
      batch: async (ops, options) => {
        expect(options.sync).toBe(true)
        await new Promise<void>(resolve => {
          release = resolve
        })
        await memory.batch(ops, options)
      }
    }
    const { pool, told } = await openPool(bed, undefined, { store: slow })
    pool.add(bed.duplicateVote({ height: 4 }))
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    expect(told).toEqual([])
    release()
    await pool.whenIdle()
    expect([told.length, await countKeys(memory)]).toEqual([1, 1])
    const broken: EvidenceStore = { ...slow, batch: () => Promise.reject(new RangeError('disk')) }
    const failing = await openPool(bed, undefined, { store: broken })
    failing.pool.add(bed.duplicateVote({ height: 3 }))
    await failing.pool.whenIdle()
    expect([failing.told, failing.failures]).toEqual([[], [new RangeError('disk')]])
  })
})

describe('what a proposer takes', () => {
  it('is the oldest first, up to the byte, and passes over what is too large', async () => {
    const bed = new ChainBed().grow(9)
    const { pool } = await openPool(bed)
    const [old, middle, young] = [2, 5, 8].map(height => bed.duplicateVote({ height, validator: 1 }))
    for (const each of [young!, old!, middle!]) pool.add(each)
    const two = encodeEvidenceList([old!, middle!]).length
    expect(pool.pending(MEBIBYTE)).toEqual([old, middle, young])
    expect([pool.pending(two), pool.pending(two - 1), pool.pending(0)]).toEqual([[old, middle], [old], []])
  })

  it('A-17: of 200 validators is never more than validation lets pass', async () => {
    const bed = new ChainBed({ powers: Array.from({ length: 200 }, () => 1n) }).grow(3)
    const { pool } = await openPool(bed)
    for (let validator = 0; validator < 200; validator++)
      pool.add(bed.duplicateVote({ height: 2, validator }))
    for (const maxBytes of [1000, 4096, 20_000, MEBIBYTE]) {
      const chosen = pool.pending(maxBytes)
      expect(encodeEvidenceList(chosen).length).toBeLessThanOrEqual(maxBytes)
      expect(pool.check(bed.state, bed.nextBlock(chosen))).toBeNull()
    }
  })
})

describe('a block is refused', () => {
  const bed = new ChainBed({ maxAgeNumBlocks: 5, maxAgeDuration: 5_000_000_000n }).grow(9)
  const evidence = bed.duplicateVote({ height: 8, validator: 1 })
  const check = (pool: EvidencePool, list: readonly Evidence[]) => pool.check(bed.state, bed.nextBlock(list))

  it.each([
    [
      'for one offence proven twice',
      [evidence, bed.duplicateVote({ height: 8, validator: 1 }, [blockIdNamed('a'), blockIdNamed('c')])],
      /duplicate evidence/
    ],
    ['for the same piece twice', [evidence, evidence], /duplicate evidence/],
    ['for a forged piece', [{ ...evidence, validatorPower: 1n }], /validator power/],
    ['for a malformed piece', [{ ...evidence, voteA: evidence.voteB }], /malformed/],
    ['for an expired piece', [bed.duplicateVote({ height: 3 })], /too old/],
    ['for a piece of its own height', [bed.duplicateVote({ height: 10 })], /not committed/],
    [
      'for a piece with an extension',
      [
        {
          ...evidence,
          voteA: { ...evidence.voteA, extension: new Uint8Array(1), extensionSignature: new Uint8Array(64) }
        }
      ],
      /extension/
    ]
  ])('%s, with or without having it', async (_, list, reason) => {
    const { pool } = await openPool(bed)
    expect(check(pool, list)).toMatch(reason)
    pool.add(evidence)
    expect(check(pool, list)).toMatch(reason)
    expect(check(pool, [evidence])).toBeNull()
  })

  it('for a piece that grew too old while it was pending (S-09)', async () => {
    const own = new ChainBed({ maxAgeNumBlocks: 3, maxAgeDuration: 3_000_000_000n }).grow(5)
    const { pool } = await openPool(own)
    const piece = own.duplicateVote({ height: 5 })
    pool.add(piece)
    own.grow(8)
    expect(pool.check(own.state, own.nextBlock([piece]))).toBeNull()
    own.grow(9)
    expect(pool.check(own.state, own.nextBlock([piece]))).toMatch(/too old/)
  })

  it('A-13: for another proof under the hash of one that is pending', async () => {
    const { pool } = await openPool(bed)
    pool.add(evidence)
    const swapped = { ...evidence, voteA: { ...evidence.voteA, signature: new Uint8Array(64) } }
    expect(check(pool, [swapped])).toMatch(/invalid signature/)
  })

  it('A-16: for want of history when it is voted on, but not once it is decided', async () => {
    const history = { ...bed.history, headerAt: () => null }
    const { pool } = await openPool(bed, undefined, { history })
    const block = bed.nextBlock([evidence])
    expect([pool.check(bed.state, block), pool.check(bed.state, block, true)]).toEqual([
      "invalid evidence: don't have header #8",
      null
    ])
    const twice = bed.nextBlock([evidence, evidence])
    expect(pool.check(bed.state, twice, true)).toMatch(/duplicate/)
  })
})

describe('evidence a block has carried', () => {
  it('A-15: is not proposed again, not taken again, and not allowed in a block again', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 4, validator: 1 })
    pool.add(evidence)
    await commitBlock(bed, pool, store, proposedBlock(bed, pool))
    const other = bed.duplicateVote({ height: 4, validator: 1 }, [blockIdNamed('x'), blockIdNamed('y')])
    for (const each of [evidence, other]) {
      expect(pool.add(each)).toEqual({ kind: 'committed' })
      expect(pool.check(bed.state, bed.nextBlock([each]))).toMatch(/already committed/)
    }
    pool.report(offenceAt(bed, 4))
    expect([pool.size, pool.waitingSize]).toEqual([0, 0])
  })

  it('A-14: is marked with the state or not at all, wherever the process dies', async () => {
    const evidence = (bed: ChainBed) => bed.duplicateVote({ height: 4, validator: 1 })
    for (const stateSaved of [false, true]) {
      const bed = new ChainBed().grow(5)
      const { pool, store } = await openPool(bed)
      pool.add(evidence(bed))
      await pool.whenIdle()
      const block = proposedBlock(bed, pool)
      if (stateSaved) await commitBlock(bed, pool, store, block)
      const again = await openPool(bed, store)
      expect(again.pool.size).toBe(stateSaved ? 0 : 1)
      expect(again.pool.add(evidence(bed)).kind).toBe(stateSaved ? 'committed' : 'known')
    }
  })

  it('A-14: stays committed though the write that keeps it pending comes after the mark', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 4, validator: 1 })
    const ops = pool.committedOps(bed.nextBlock([evidence]))
    await store.batch(ops, { sync: true })
    pool.add(evidence)
    await pool.whenIdle()
    bed.apply(bed.nextBlock([evidence]))
    const again = await openPool(bed, store)
    expect([again.pool.size, await keysWith(store, '2001')]).toEqual([0, 0])
  })

  it('may be carried again by the block that replaces one rolled back', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    const evidence = bed.duplicateVote({ height: 4, validator: 1 })
    const before = bed.state
    const block = bed.nextBlock([evidence])
    await commitBlock(bed, pool, store, block)
    bed.state = before
    const again = await openPool(bed, store)
    expect(again.pool.check(before, block)).toBeNull()
    expect(again.pool.get(evidenceHash(evidence))).toBeNull()
  })

  it('that this node never saw before is known afterwards', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    const evidence = bed.duplicateProposal({ height: 4 })
    await commitBlock(bed, pool, store, bed.nextBlock([evidence]))
    expect(pool.get(evidenceHash(evidence))).toMatchObject({
      status: 'committed',
      committedHeight: 6,
      evidence
    })
  })
})

describe('evidence no block has carried in time', () => {
  it('leaves the pool, and can still be asked for, the newest few', async () => {
    const limits = { ...DEFAULT_EVIDENCE_POOL_LIMITS, maxExpired: 2 }
    const bed = new ChainBed({ maxAgeNumBlocks: 3, maxAgeDuration: 3_000_000_000n }).grow(5)
    const { pool, store } = await openPool(bed, undefined, { limits })
    const pieces = [3, 4, 5].map(height => bed.duplicateVote({ height }))
    for (const each of pieces) pool.add(each)
    for (let block = 0; block < 5; block++) await commitBlock(bed, pool, store, bed.nextBlock())
    expect(pool.size).toBe(0)
    expect(pieces.map(each => pool.get(evidenceHash(each))?.status)).toEqual([
      undefined,
      'expired',
      'expired'
    ])
    expect(pool.add(pieces[2]!)).toMatchObject({ refusal: { code: 'expired' } })
    const again = await openPool(bed, store)
    expect([again.pool.size, await countKeys(store)]).toEqual([0, 4])
  })

  it('is dropped at start when it expired while the node was down', async () => {
    const bed = new ChainBed({ maxAgeNumBlocks: 3, maxAgeDuration: 3_000_000_000n }).grow(5)
    const { pool, store } = await openPool(bed)
    pool.add(bed.duplicateVote({ height: 5 }))
    await pool.whenIdle()
    bed.grow(30)
    expect([(await openPool(bed, store)).pool.size, await countKeys(store)]).toEqual([0, 0])
  })
})

describe('200 pieces at once', () => {
  it('are all committed, each once, within the blocks they need (S-18)', async () => {
    const evidenceBytes = 4096
    const bed = new ChainBed({ evidenceBytes, powers: [10n, 10n, 10n, 10n] }).grow(30)
    const one = await openPool(bed)
    const two = await openPool(bed)
    const all = new Map<Hex, Evidence>()
    for (let index = 0; index < 200; index++) {
      const place = { height: 1 + (index % 30), validator: index % 4, round: Math.floor(index / 60) }
      const evidence =
        index % 3 === 0 ? bed.duplicateVote({ ...place, type: 'prevote' }) : bed.duplicateVote(place)
      all.set(evidenceHash(evidence), evidence)
    }
    expect(all.size).toBe(200)
    for (const [index, evidence] of [...all.values()].entries()) {
      expect(one.pool.add(evidence).kind).toBe('added')
      if (index % 2 === 0) two.pool.add(evidence)
    }
    const committed: Hex[] = []
    let blocks = 0
    while (one.pool.size > 0 && blocks < 100) {
      blocks++
      const proposer = blocks % 2 === 0 && two.pool.size > 0 ? two : one
      const block = proposedBlock(bed, proposer.pool)
      expect([one.pool.check(bed.state, block), two.pool.check(bed.state, block)]).toEqual([null, null])
      committed.push(...hashesOf(block.evidence))
      const ops = two.pool.committedOps(block)
      await commitBlock(bed, one.pool, one.store, block)
      await two.store.batch(ops, { sync: false })
      two.pool.update(bed.state, block)
    }
    expect(new Set(committed)).toEqual(new Set(all.keys()))
    expect(committed).toHaveLength(200)
    expect(blocks).toBeLessThanOrEqual(Math.ceil(encodeEvidenceList([...all.values()]).length / 3500) + 1)
  }, 30_000)
})

describe('records of evidence', () => {
  const filterOf = async () => {
    const bed = new ChainBed({ maxAgeNumBlocks: 20, maxAgeDuration: 1n }).grow(2)
    const { pool, store } = await openPool(bed)
    pool.add(bed.duplicateVote({ height: 1, validator: 3 }))
    bed.grow(22)
    await commitBlock(bed, pool, store, bed.nextBlock())
    const committed = [bed.duplicateVote({ height: 6, validator: 1 }), bed.duplicateProposal({ height: 9 })]
    await commitBlock(bed, pool, store, bed.nextBlock(committed))
    for (const height of [8, 12]) pool.add(bed.duplicateVote({ height, validator: 1 }))
    await pool.whenIdle()
    const search = (
      filter: Parameters<typeof searchFaults>[1],
      page = { offset: 0, limit: 10, newestFirst: false }
    ) => searchFaults([pool], filter, page)
    return { bed, search, validator: (index: number) => bed.keys.set.validators[index]!.address }
  }
  const heights = ({ records }: Awaited<ReturnType<typeof searchFaults>>) =>
    records.map(({ height }) => height)

  it('are found by status, kind, validator and height, in order', async () => {
    const { search, validator } = await filterOf()
    const all = await search({})
    expect(all.records.map(({ status }) => status)).toEqual([
      'expired',
      'committed',
      'pending',
      'committed',
      'pending'
    ])
    expect([heights(all), all.total]).toEqual([[1, 6, 8, 9, 12], 5])
    expect(heights(await search({ status: 'committed' }))).toEqual([6, 9])
    expect(heights(await search({ kind: 'duplicateProposal' }))).toEqual([9])
    expect(heights(await search({ validator: validator(3) }))).toEqual([1])
    expect(heights(await search({ fromHeight: 6, toHeight: 9 }))).toEqual([6, 8, 9])
    expect(heights(await search({ validator: 'nobody' }))).toEqual([])
  })

  it('come in pages, oldest or newest first', async () => {
    const { search } = await filterOf()
    const page = (offset: number, newestFirst: boolean) => search({}, { offset, limit: 2, newestFirst })
    const pages = await Promise.all([page(0, false), page(2, false), page(4, false), page(6, false)])
    expect(pages.map(heights)).toEqual([[1, 6], [8, 9], [12], []])
    const back = await Promise.all([page(0, true), page(2, true), page(4, true), page(6, true)])
    expect(back.map(heights)).toEqual([[12, 9], [8, 6], [1], []])
    expect([...pages, ...back].map(({ total }) => total)).toEqual(Array(8).fill(5))
  })

  it('that are damaged on the disk are an error with a code, not a piece of evidence', async () => {
    const bed = new ChainBed().grow(5)
    const { pool, store } = await openPool(bed)
    pool.add(bed.duplicateVote({ height: 4 }))
    await pool.whenIdle()
    for await (const [key] of store.entries({})) {
      await store.batch([{ type: 'put', key, value: Uint8Array.of(1, 2, 3) }], { sync: true })
    }
    await expect(openPool(bed, store)).rejects.toMatchObject({ code: 'EVIDENCE_CORRUPT' })
  })
})

async function countKeys(store: MemoryKeyValueStore): Promise<number> {
  return keysWith(store, '')
}

async function keysWith(store: MemoryKeyValueStore, prefix: string): Promise<number> {
  let count = 0
  for await (const [key] of store.entries({})) {
    if (Buffer.from(key).toString('hex').startsWith(prefix)) count++
  }
  return count
}
