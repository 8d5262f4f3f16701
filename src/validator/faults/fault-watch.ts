import type { BlockStore } from '../../blockstore/index.ts'
import {
  type AddOutcome,
  type DowntimeRecorder,
  type EvidencePool,
  type FaultDetector,
  type FaultFilter,
  type FaultPage,
  type MissingValidator,
  type Observation,
  type Offence,
  type Page,
  searchFaults
} from '../../evidence/index.ts'
import type { VerifiedMessage } from '../../mempool/index.ts'
import type { Network, PeerId, Verdict } from '../../network/index.ts'
import type { Evidence, Height, Round, ValidatorSet } from '../../types/index.ts'
import type { Clock, Logger, Metrics, Timer } from '../../util/index.ts'
import type { AppliedBlock } from '../block-executor.ts'
import { EvidenceGossip } from './evidence-gossip.ts'
import type { FaultOptions } from './fault-options.ts'

export interface FaultWatchParts {
  readonly detector: FaultDetector
  readonly pool: EvidencePool
  readonly recorder: DowntimeRecorder
  readonly options: FaultOptions
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** The height being decided, the machine's round, and who votes in it. */
  readonly current: () => {
    readonly height: Height
    readonly round: Round
    readonly validators: ValidatorSet
  }
  readonly validatorsAt: (height: Height) => ValidatorSet | null
  /** Nothing is signed by this node any more. */
  readonly stopSigning: (reason: string) => void
}

const TWIN = "another process signs with this validator's key"

const OFFENCES = ['duplicateVote', 'duplicateProposal'] as const satisfies readonly Offence['kind'][]

/** Watches the validators of a running node: what they sign goes to the detector, what it finds to the evidence pool. */
export class FaultWatch {
  readonly pool: EvidencePool
  readonly recorder: DowntimeRecorder
  readonly detector: FaultDetector
  readonly #parts: FaultWatchParts
  readonly #gossip: EvidenceGossip
  readonly #metrics
  #monitorTimer: Timer
  #missing: readonly MissingValidator[] = []
  #hasTwin = false

  constructor(parts: FaultWatchParts) {
    const { network, clock, metrics, options, pool } = parts
    this.#parts = parts
    this.pool = pool
    this.recorder = parts.recorder
    this.detector = parts.detector
    const intervalMs = options.evidenceGossipIntervalMs
    this.#gossip = new EvidenceGossip({ network, clock, metrics, pool, intervalMs })
    this.#metrics = {
      pending: metrics.gauge('evidence', 'pending', 'Evidence that no block carries yet.'),
      detected: metrics.counter('evidence', 'detected_total', 'Offences this node found.', ['kind']),
      twin: metrics.gauge('evidence', 'twin_detected', '1 once somebody else was seen signing with our key.'),
      silent: metrics.gauge('evidence', 'silent_validators', 'Validators that say nothing at the moment.')
    }
    // A counter that appears with its first offence seems not to have grown: alerts look at how much it grew.
    for (const kind of OFFENCES) this.#metrics.detected.inc(0, { kind })
    this.#monitorTimer = this.#scheduleMonitor()
  }

  /** Who was missing when it was last looked. */
  get missing(): readonly MissingValidator[] {
    return this.#missing
  }

  /** True once somebody else was seen signing with this node's key. */
  get hasTwin(): boolean {
    return this.#hasTwin
  }

  stop(): void {
    this.#monitorTimer.cancel()
    this.#gossip.stop()
  }

  /** Every message admission let through; `from` is null for what this node signed or read from its log. */
  onAdmitted(message: VerifiedMessage, from: PeerId | null): void {
    const { height, round } = this.#parts.current()
    this.detector.advance(height, round)
    this.#act(this.detector.observe(message, from !== null))
  }

  /** A block was applied: its last commit may hold precommits this node never saw alone. */
  onApplied({ block }: AppliedBlock): void {
    const { height } = block.header
    this.detector.advance(height + 1, 0)
    const signers = this.#parts.validatorsAt(height - 1)
    if (block.lastCommit !== null && signers !== null) this.#observeCommit(block.lastCommit, signers)
    this.#metrics.pending.set(this.pool.size)
  }

  onPending(evidence: Evidence): void {
    this.#metrics.pending.set(this.pool.size)
    this.#gossip.onPending(evidence)
  }

  onFrame(data: Uint8Array, from: PeerId, judge: (verdict: Verdict) => void): void {
    this.#gossip.onFrame(data, from, judge)
  }

  /** Takes evidence from a client of this node. */
  submit(evidence: Evidence): AddOutcome {
    return this.pool.submit(evidence)
  }

  /** Evidence and downtime this node knows of, one page. */
  search(filter: FaultFilter, page: Page): Promise<FaultPage> {
    return searchFaults([this.pool, this.recorder], filter, page)
  }

  #observeCommit(...commit: Parameters<FaultDetector['observeCommit']>): void {
    for (const observation of this.detector.observeCommit(...commit)) this.#act(observation)
  }

  #act(observation: Observation): void {
    if (observation.kind === 'offence') {
      for (const offence of observation.offences) {
        this.#metrics.detected.inc(1, { kind: offence.kind })
        const { height, round } = offence.first
        const { kind, offender } = offence
        this.#parts.logger.warn('a validator contradicted itself', { kind, offender, height, round })
        this.pool.report(offence)
      }
    } else if (observation.kind === 'twin') this.#alarm(observation)
  }

  #alarm({ ours, theirs }: Extract<Observation, { kind: 'twin' }>): void {
    if (this.#hasTwin) return
    this.#hasTwin = true
    this.#metrics.twin.set(1)
    const { stopsForTwin } = this.#parts.options
    const consequence = stopsForTwin
      ? 'this node has stopped signing'
      : 'this node goes on signing, as configured'
    const { height, round } = theirs
    this.#parts.logger.error(`${TWIN}; ${consequence}`, {
      height,
      round,
      ours: ours?.blockId.hash ?? null,
      theirs: theirs.blockId.hash
    })
    if (stopsForTwin) this.#parts.stopSigning(TWIN)
  }

  #scheduleMonitor(): Timer {
    const { clock, options } = this.#parts
    return clock.setTimer(options.monitorIntervalMs, () => {
      this.#monitor()
      this.#monitorTimer = this.#scheduleMonitor()
    })
  }

  /** Says who is missing, once until that changes. */
  #monitor(): void {
    const { height, round, validators } = this.#parts.current()
    this.detector.advance(height, round)
    const missing = this.detector.missing(validators)
    const names = (list: readonly MissingValidator[]) =>
      list.map(({ address, isDown }) => address + isDown).join()
    if (names(missing) !== names(this.#missing)) this.#report(missing, height, validators.totalPower)
    this.#missing = missing
    this.#metrics.silent.set(missing.length)
  }

  #report(missing: readonly MissingValidator[], height: Height, totalPower: bigint): void {
    if (missing.length === 0) {
      this.#parts.logger.info('all validators are heard of again', { height })
      return
    }
    const power = missing.reduce((sum, each) => sum + each.power, 0n)
    this.#parts.logger.warn('validators are missing', {
      height,
      validators: missing.map(({ address }) => address),
      down: missing.filter(({ isDown }) => isDown).length,
      power: `${power}/${totalPower}`
    })
  }
}

/** Shows the detector the commits of its window, so that a restart forgets as little as possible. */
export function recallCommits(
  detector: FaultDetector,
  blockStore: BlockStore,
  validatorsAt: (height: Height) => ValidatorSet | null,
  window: number
): void {
  const newest = blockStore.height
  for (let height = Math.max(blockStore.base, newest - window, 1); height <= newest; height++) {
    const commit = height === newest ? blockStore.loadSeenCommit(height) : blockStore.loadCommit(height)
    const validators = validatorsAt(height)
    if (commit !== null && validators !== null) detector.observeCommit(commit, validators)
  }
}
