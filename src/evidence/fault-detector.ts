import {
  BLOCK_ID_FLAG,
  type BlockIdKey,
  blockIdKey,
  type Commit,
  type Height,
  type Hex,
  NIL_BLOCK_ID,
  type Proposal,
  type Round,
  type ValidatorSet,
  type Verified,
  type Vote
} from '../types/index.ts'
import type { Offence } from './offence.ts'

/** How far a validator had come when it signed: 1 proposal, 2 prevote, 3 precommit, as in the sign state. */
export interface SignedPosition {
  readonly height: Height
  readonly round: Round
  readonly step: number
}

/** The key this node signs with. */
export interface OwnKey {
  readonly address: Hex
  /** The newest thing this node signed. */
  readonly lastSigned: () => SignedPosition
  /** From this height on `lastSigned` knows of every signature; below, this node may have forgotten some. */
  readonly sureFrom: Height
}

export interface FaultDetectorConfig {
  /** Heights back in which messages are remembered (`fault_window_blocks`). */
  readonly windowBlocks: number
  /** Offences of one validator within the window from which on evidence is made, of all of them. */
  readonly equivocationThreshold: number
  /** A validator is reported as down when it was silent for more heights than this. */
  readonly downtimeThreshold: number
  /** Messages remembered of one validator and height; the rounds farthest from where the height stands go first. */
  readonly maxStepsPerHeight: number
  /** Null for a full node. */
  readonly own: OwnKey | null
}

export const DEFAULT_FAULT_DETECTOR_CONFIG: Omit<FaultDetectorConfig, 'own'> = {
  windowBlocks: 100,
  equivocationThreshold: 1,
  downtimeThreshold: 50,
  maxStepsPerHeight: 96
}

/** What the detector reads of a message that passed admission. */
export type AdmittedMessage = Verified & { readonly blockIdKey: BlockIdKey } & (
    | { readonly kind: 'vote'; readonly vote: Vote }
    | { readonly kind: 'proposal'; readonly proposal: Proposal; readonly proposer: Hex }
  )

/**
 * What a message is to the detector.
 *
 * - first: nothing was signed for its height, round and type before.
 * - repeated: it says the same as the first one, perhaps with another timestamp; no offence.
 * - known: a further contradiction to what was reported already.
 * - withheld: an offence, but not enough of them yet.
 * - offence: to be made evidence.
 * - twin: this node's own key signed what this node did not. It must stop signing.
 * - ignored: outside the window, or of a round too far off to remember.
 */
export type Observation =
  | { readonly kind: 'first' | 'repeated' | 'known' | 'withheld' | 'ignored' }
  | { readonly kind: 'offence'; readonly offences: readonly Offence[] }
  | { readonly kind: 'twin'; readonly ours: Vote | Proposal | null; readonly theirs: Vote | Proposal }

export interface MissingValidator {
  readonly address: Hex
  readonly power: bigint
  /** Heights since the last message seen of it; 0 when it spoke in this one. */
  readonly silentHeights: number
  /** True once it was silent for more than `downtimeThreshold` heights. */
  readonly isDown: boolean
}

type Step = 'proposal' | 'prevote' | 'precommit'

interface SignedMessage {
  readonly signer: Hex
  readonly step: Step
  readonly value: BlockIdKey
  readonly message: Vote | Proposal
}

interface Trace {
  readonly first: SignedMessage
  isReported: boolean
}

interface HeightTraces {
  readonly byValidator: Map<Hex, Map<number, Trace>>
  /** The highest round this node was in at that height. */
  round: Round
}

const STEPS = ['proposal', 'prevote', 'precommit'] as const
const STEP_NUMBER = { proposal: 1, prevote: 2, precommit: 3 } as const
const NO_BYTES = new Uint8Array(0)

/**
 * Finds validators that contradict themselves. Apart from the round state: it is shown every admitted message, late,
 * replayed and from synced commits, and remembers the first one of each validator, height, round and type. Two
 * proposals for one block with different POL rounds are no offence: what evidence names is two block ids.
 */
export class FaultDetector {
  readonly #config: FaultDetectorConfig
  readonly #heights = new Map<Height, HeightTraces>()
  /** Offences held back below the threshold, and how many each validator has. */
  readonly #withheld = new Map<Hex, Offence[]>()
  readonly #offenceCount = new Map<Hex, { count: number; newest: Height }>()
  readonly #lastSeen = new Map<Hex, Height>()
  #height: Height
  #startHeight: Height

  /** `height` is the one being decided. */
  constructor(config: FaultDetectorConfig, height: Height) {
    this.#config = config
    this.#height = height
    this.#startHeight = height
  }

  /** Messages remembered. */
  get size(): number {
    let size = 0
    for (const { byValidator } of this.#heights.values()) {
      for (const traces of byValidator.values()) size += traces.size
    }
    return size
  }

  /** The node is at this height and round now; what is older than the window is forgotten. */
  advance(height: Height, round: Round): void {
    if (height > this.#height) {
      this.#height = height
      this.#forget()
    }
    const traces = this.#tracesOf(height)
    if (traces !== null && round > traces.round) traces.round = round
  }

  /** Shows the detector an admitted message; `fromPeer` is false for what this node signed or read from its log. */
  observe(message: AdmittedMessage, fromPeer: boolean): Observation {
    const { blockIdKey: value } = message
    return message.kind === 'vote'
      ? this.#note(
          { signer: message.vote.validatorAddress, step: message.vote.type, value, message: message.vote },
          fromPeer
        )
      : this.#note({ signer: message.proposer, step: 'proposal', value, message: message.proposal }, fromPeer)
  }

  /**
   * Shows the detector the precommits in a commit that was verified against `set`. The offences found in it; a twin is
   * reported as one among them.
   */
  observeCommit(commit: Commit, set: ValidatorSet): readonly Observation[] {
    const found: Observation[] = []
    for (const [index, entry] of commit.signatures.entries()) {
      if (entry.blockIdFlag !== BLOCK_ID_FLAG.commit && entry.blockIdFlag !== BLOCK_ID_FLAG.nil) continue
      const validator = set.validators[index]
      if (validator === undefined) continue
      const blockId = entry.blockIdFlag === BLOCK_ID_FLAG.commit ? commit.blockId : NIL_BLOCK_ID
      const vote: Vote = {
        type: 'precommit',
        height: commit.height,
        round: commit.round,
        blockId,
        timestamp: entry.timestamp,
        validatorAddress: validator.address,
        validatorIndex: index,
        signature: entry.signature,
        extension: NO_BYTES,
        extensionSignature: NO_BYTES
      }
      const signed = {
        signer: validator.address,
        step: 'precommit',
        value: blockIdKey(blockId),
        message: vote
      } as const
      const observation = this.#note(signed, false)
      if (observation.kind === 'offence' || observation.kind === 'twin') found.push(observation)
    }
    return found
  }

  /**
   * Who of `set`, the validators of the current height, is missing now: silent in this height and the one before, or
   * in this height while it has gone past its first round.
   */
  missing(set: ValidatorSet): readonly MissingValidator[] {
    const round = this.#heights.get(this.#height)?.round ?? 0
    const tolerated = round > 0 ? 0 : 1
    return set.validators.flatMap(({ address, power }) => {
      const lastSeen = this.#lastSeen.get(address) ?? this.#startHeight - 1
      const silentHeights = this.#height - lastSeen
      if (silentHeights <= tolerated) return []
      return [{ address, power, silentHeights, isDown: silentHeights > this.#config.downtimeThreshold }]
    })
  }

  #note(signed: SignedMessage, fromPeer: boolean): Observation {
    const { height } = signed.message
    const traces = this.#tracesOf(height)
    if (traces === null) return { kind: 'ignored' }
    this.#see(signed.signer, height)
    const known = traces.byValidator.get(signed.signer)?.get(stepIndex(signed))
    const own = this.#config.own
    if (own !== null && signed.signer === own.address) return this.#noteOwn(signed, known, own, fromPeer)
    if (known === undefined) return { kind: this.#remember(traces, signed) ? 'first' : 'ignored' }
    if (known.first.value === signed.value) return { kind: 'repeated' }
    if (known.isReported) return { kind: 'known' }
    known.isReported = true
    return this.#offence(offenceOf(known.first, signed), height)
  }

  #noteOwn(signed: SignedMessage, known: Trace | undefined, own: OwnKey, fromPeer: boolean): Observation {
    const theirs = signed.message
    if (known !== undefined) {
      if (known.first.value === signed.value) return { kind: 'repeated' }
      return { kind: 'twin', ours: known.first.message, theirs }
    }
    if (fromPeer && theirs.height >= own.sureFrom && isBeyond(signed, own.lastSigned())) {
      return { kind: 'twin', ours: null, theirs }
    }
    const traces = this.#tracesOf(theirs.height)
    return { kind: traces !== null && this.#remember(traces, signed) ? 'first' : 'ignored' }
  }

  #offence(offence: Offence, height: Height): Observation {
    const { offender } = offence
    const before = this.#offenceCount.get(offender)
    const count = (before?.count ?? 0) + 1
    this.#offenceCount.set(offender, { count, newest: Math.max(height, before?.newest ?? 0) })
    const offences = [...(this.#withheld.get(offender) ?? []), offence]
    if (count < this.#config.equivocationThreshold) {
      this.#withheld.set(offender, offences)
      return { kind: 'withheld' }
    }
    this.#withheld.delete(offender)
    return { kind: 'offence', offences }
  }

  /** Keeps a first message; where a validator has signed more than is kept, the rounds nearest to the node's stay. */
  #remember(traces: HeightTraces, signed: SignedMessage): boolean {
    let own = traces.byValidator.get(signed.signer)
    if (own === undefined) {
      own = new Map()
      traces.byValidator.set(signed.signer, own)
    }
    if (own.size >= this.#config.maxStepsPerHeight) {
      const distance = (step: number) => Math.abs(Math.floor(step / STEPS.length) - traces.round)
      let farthest = stepIndex(signed)
      for (const step of own.keys()) if (distance(step) > distance(farthest)) farthest = step
      if (farthest === stepIndex(signed)) return false
      own.delete(farthest)
    }
    own.set(stepIndex(signed), { first: signed, isReported: false })
    return true
  }

  /** Null outside the window. */
  #tracesOf(height: Height): HeightTraces | null {
    if (height > this.#height + 1 || height < this.#height - this.#config.windowBlocks) return null
    let traces = this.#heights.get(height)
    if (traces === undefined) {
      traces = { byValidator: new Map(), round: 0 }
      this.#heights.set(height, traces)
    }
    return traces
  }

  #see(signer: Hex, height: Height): void {
    if (height > (this.#lastSeen.get(signer) ?? 0)) this.#lastSeen.set(signer, height)
  }

  #forget(): void {
    const oldest = this.#height - this.#config.windowBlocks
    for (const height of this.#heights.keys()) if (height < oldest) this.#heights.delete(height)
    // A validator silent for longer than the window counts from its end; the map stays within the window's signers.
    for (const [address, height] of this.#lastSeen) if (height < oldest) this.#lastSeen.delete(address)
    this.#startHeight = Math.max(this.#startHeight, oldest)
    for (const [address, { newest }] of this.#offenceCount) {
      if (newest >= oldest) continue
      this.#offenceCount.delete(address)
      this.#withheld.delete(address)
    }
  }
}

function stepIndex({ step, message }: SignedMessage): number {
  return message.round * STEPS.length + STEPS.indexOf(step)
}

function isBeyond({ step, message }: SignedMessage, last: SignedPosition): boolean {
  if (message.height !== last.height) return message.height > last.height
  if (message.round !== last.round) return message.round > last.round
  return STEP_NUMBER[step] > last.step
}

function offenceOf(first: SignedMessage, second: SignedMessage): Offence {
  const offender = first.signer
  return 'polRound' in first.message
    ? { kind: 'duplicateProposal', offender, first: first.message, second: second.message as Proposal }
    : { kind: 'duplicateVote', offender, first: first.message, second: second.message as Vote }
}
