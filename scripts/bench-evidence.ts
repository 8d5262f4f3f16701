/**
 * What misbehaviour costs an honest node: verifying evidence of each kind, the liveness window of a block, and the memory
 * of the detector, the evidence pool and the records of downtime over many heights. Run with
 * `node --expose-gc --import tsx scripts/bench-evidence.ts` on an otherwise idle machine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelKeyValueStore } from '../src/blockstore/index.ts'
import {
  beginBlockSlashing,
  DEFAULT_FAULT_DETECTOR_CONFIG,
  DEFAULT_SLASHING_PARAMS,
  DowntimeRecorder,
  EvidencePool,
  FaultDetector,
  type SlashingBlock,
  verifyEvidence
} from '../src/evidence/index.ts'
import { BLOCK_ID_FLAG, type Evidence } from '../src/types/index.ts'
import { silentLogger } from '../src/util/index.ts'
import { MemorySlashingState } from '../test/support/slashing/memory-state.ts'
import { ChainBed, verifiedVote } from '../test/unit/evidence/chain-bed.ts'

const VALIDATORS = 200
const HEIGHTS = 10_000

/** CPU microseconds of one call, the least of several rounds so that what else the machine does counts little. */
function cpuMicros(calls: number, work: (index: number) => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    for (let index = 0; index < calls; index++) work(index)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / calls)
  }
  return least
}

function benchVerification(): void {
  const bed = new ChainBed({
    powers: Array.from({ length: VALIDATORS }, (_, index) => BigInt(1000 - index))
  }).grow(4)
  const votes = bed.duplicateVote({ height: 3, validator: 100 })
  const forgedA = { ...votes, voteA: { ...votes.voteA, signature: votes.voteB.signature } }
  const forgedB = { ...votes, voteB: { ...votes.voteB, signature: votes.voteA.signature } }
  const pieces: [string, Evidence][] = [
    ['duplicate vote', votes],
    ['duplicate proposal', bed.duplicateProposal({ height: 3, round: 2 })],
    ['duplicate proposal of round 1000', bed.duplicateProposal({ height: 3, round: 1000 })],
    ['forged first signature', forgedA],
    ['forged second signature', forgedB]
  ]
  for (const [name, evidence] of pieces) {
    const firstStart = process.cpuUsage()
    verifyEvidence(evidence, bed.context)
    const first = process.cpuUsage(firstStart)
    const micros = cpuMicros(200, () => verifyEvidence(evidence, bed.context))
    console.log(`verify ${name}: ${micros.toFixed(0)} us (first time ${first.user + first.system} us)`)
  }
}

function benchLiveness(): void {
  for (const signedBlocksWindow of [100, 10_000]) {
    const params = { ...DEFAULT_SLASHING_PARAMS, signedBlocksWindow, minSigned: 0 }
    const state = new MemorySlashingState(params, 1n)
    const addresses = Array.from({ length: VALIDATORS }, (_, index) => index.toString(16).padStart(40, '0'))
    const place = { height: 1, time: { seconds: 0, nanos: 0 } }
    for (const address of addresses) state.create(address, address, 1000n, place)
    const blockAt = (height: number): SlashingBlock => ({
      height,
      time: { seconds: height, nanos: 0 },
      lastCommit: addresses.map((address, index) => ({
        validator: { address, power: 1000n },
        blockIdFlag: (height * 31 + index * 17) % 20 === 0 ? BLOCK_ID_FLAG.absent : BLOCK_ID_FLAG.commit
      })),
      misbehavior: []
    })
    const blocks = Array.from({ length: 500 }, (_, index) => blockAt(index + 2))
    const micros = cpuMicros(500, index => beginBlockSlashing(state, blocks[index]!)) / VALIDATORS
    console.log(`liveness, window ${signedBlocksWindow}: ${micros.toFixed(2)} us per validator and block`)
  }
}

function heapMebibytes(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1024 / 1024)
}

/**
 * Pool and recorder of a node with its database, over heights of which every tenth has an offence, every one a forged
 * piece, and one validator is away half the time.
 */
async function benchBooks(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-bench-'))
  const store = await LevelKeyValueStore.open({ path: directory })
  const bed = new ChainBed()
  const { history, verifier } = bed
  const failed = (error: unknown) => {
    throw error
  }
  const parts = { store, history, verifier, logger: silentLogger, onPending: () => {}, onFatal: failed }
  const pool = await EvidencePool.open(parts, bed.state)
  const rules = { window: 100, threshold: 50 }
  const recorder = await DowntimeRecorder.open({ store, history, rules }, bed.state)
  const heaps: number[] = []
  const { commit, absent } = BLOCK_ID_FLAG
  let [committed, pending] = [0, 0]
  for (let height = 1; height <= HEIGHTS; height++) {
    const isAway = Math.floor(height / 150) % 2 === 1
    const block = bed.nextBlock(pool.pending(1024 * 1024), [commit, commit, commit, isAway ? absent : commit])
    const ops = [...pool.committedOps(block), ...recorder.ops(block)]
    const state = bed.apply(block)
    await store.batch(ops, { sync: false })
    recorder.update(block)
    pool.update(state, block)
    committed += block.evidence.length
    const offence = bed.duplicateVote({ height, validator: height % 4 })
    pool.add({ ...offence, voteB: { ...offence.voteB, signature: offence.voteA.signature } })
    if (height % 10 === 0) pool.add(offence)
    await pool.whenIdle()
    pending = Math.max(pending, pool.size + pool.waitingSize)
    // The chain itself is on the disk of a node.
    for (const kept of [bed.headers, bed.commits, bed.sets]) kept.delete(height - 2 * rules.window)
    if (height % (HEIGHTS / 5) === 0) heaps.push(heapMebibytes())
  }
  console.log(
    `pool and records: ${committed} pieces committed, at most ${pending} waiting, ${recorder.size} validators followed, heap ${heaps.join(', ')} MiB`
  )
  await store.close()
  rmSync(directory, { recursive: true })
}

function benchDetector(): void {
  const bed = new ChainBed()
  const detector = new FaultDetector({ ...DEFAULT_FAULT_DETECTOR_CONFIG, own: null }, 1)
  const sample = bed.vote()
  const heaps: number[] = []
  const before = process.cpuUsage()
  for (let height = 1; height <= HEIGHTS; height++) {
    detector.advance(height, 0)
    for (let validator = 0; validator < VALIDATORS; validator++) {
      const validatorAddress = validator.toString(16).padStart(40, '0')
      for (const type of ['prevote', 'precommit'] as const) {
        detector.observe(verifiedVote({ ...sample, height, type, validatorAddress }), true)
      }
    }
    if (height % (HEIGHTS / 5) === 0) heaps.push(heapMebibytes())
  }
  const { user, system } = process.cpuUsage(before)
  const micros = (user + system) / (HEIGHTS * VALIDATORS * 2)
  console.log(
    `detector: ${micros.toFixed(2)} us a vote, ${detector.size} messages, heap ${heaps.join(', ')} MiB`
  )
}

benchVerification()
benchLiveness()
benchDetector()
await benchBooks()
