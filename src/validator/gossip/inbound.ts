import type { SignatureVerifier } from '../../crypto/index.ts'
import {
  type Admission,
  type AdmissionContext,
  admit,
  decodeConsensusFrame,
  decodePartFrame,
  EarlyMessages,
  frameVerdict,
  type IncomingMessage,
  type MessageVerdict,
  makeIncoming,
  SignatureBudgets,
  type VerifiedMessage,
  type VerifiedVote
} from '../../mempool/index.ts'
import type { PeerId, Verdict } from '../../network/index.ts'
import type { ConsensusMessage, Height, ValidatorSet } from '../../types/index.ts'
import { assert, BoundedLabel, type Clock, type Metrics, type Timer } from '../../util/index.ts'
import { type HeightContext, maxPartsOfState } from '../host/height-context.ts'
import type { JournalRecord } from '../host/journal.ts'
import type { HostEvent } from '../host/mailbox.ts'
import type { ChainPool } from '../host/pool-messages.ts'
import { isUnwanted } from './unwanted.ts'

export interface InboundParts {
  readonly verifier: SignatureVerifier
  readonly clock: Clock
  readonly metrics: Metrics
  readonly pool: ChainPool
  /** The height being decided and the machine's round. */
  readonly current: () => { readonly context: HeightContext; readonly round: number }
  /** Hands an event to the host; false when its mailbox is full. */
  readonly post: (event: HostEvent) => boolean
  /** The set of an earlier height, from the store; null when it is gone. */
  readonly validatorsAt: (height: Height) => ValidatorSet | null
  /** Heights back from which messages are still looked at for offences. */
  readonly detectorWindow: number
  /** Every admitted message, also late ones, with who sent it; null for what this node signed. */
  readonly onAdmitted: (message: VerifiedMessage, from: PeerId | null) => void
}

const BUDGET_REFILL_MS = 1000

/**
 * The way of consensus messages from a peer to the host: strict decoding, admission, and a verdict for the network
 * before anything is forwarded. What comes by gossip, by catch-up and from this node itself goes through here alike.
 */
export class Inbound {
  readonly #parts: InboundParts
  readonly #early = new EarlyMessages()
  readonly #budgets = new SignatureBudgets()
  readonly #verdicts
  readonly #blockParts
  readonly #labels = new BoundedLabel()
  #context: AdmissionContext | null = null
  #refill: Timer

  constructor(parts: InboundParts) {
    this.#parts = parts
    this.#verdicts = parts.metrics.counter('admission', 'verdicts_total', 'Consensus messages judged.', [
      'verdict',
      'reason'
    ])
    this.#blockParts = parts.metrics.counter(
      'consensus',
      'block_parts',
      'Number of block parts transmitted by each peer.',
      ['peer_id']
    )
    this.#refill = this.#scheduleRefill()
  }

  /** Messages of coming heights that are kept. */
  get earlySize(): number {
    return this.#early.size
  }

  stop(): void {
    this.#refill.cancel()
  }

  /** A gossip frame of votes, proposals and small parts. */
  onConsensusFrame(data: Uint8Array, from: PeerId): Verdict {
    const frame = decodeConsensusFrame(data)
    return frame.ok ? this.#onMessages(frame.value.messages, from) : this.#malformed()
  }

  /** A gossip frame of one block part. */
  onPartFrame(data: Uint8Array, from: PeerId): Verdict {
    const frame = decodePartFrame(data)
    return frame.ok ? this.#onMessages(frame.value.messages, from) : this.#malformed()
  }

  /** What a peer sent on a stream, which is never forwarded: 'accept' when any of it was worth having. */
  onCatchUp(messages: readonly IncomingMessage[], from: PeerId): Verdict {
    const verdicts = messages.map(message => this.#onMessage(message, from).verdict)
    return (['reject', 'accept'] as const).find(verdict => verdicts.includes(verdict)) ?? 'ignore'
  }

  /** +2/3 votes for one value: taken as one unit when every one of them is admitted or known. */
  onCertificate(votes: readonly IncomingMessage[], from: PeerId): Verdict {
    const verified: VerifiedVote[] = []
    const context = { ...this.#admissionContext(), isKnown: () => false, isUnwanted: () => false }
    for (const incoming of votes) {
      const known = this.#parts.pool.byId(incoming.id)?.payload
      const message = known ?? this.#admitted(admit(incoming, context, this.#budgets.allows(from)), from)
      if (message?.kind !== 'vote') return 'ignore'
      verified.push(message)
    }
    return this.#parts.post({ kind: 'certificate', votes: verified }) ? 'accept' : 'ignore'
  }

  /** Takes what this node signed through the same door; anything but admission is a bug. */
  admitOwn(message: ConsensusMessage): VerifiedMessage {
    const context = { ...this.#admissionContext(), isKnown: () => false, isUnwanted: () => false }
    const admission = admit(makeIncoming(message), context)
    assert(admission.destination === 'pool', `own ${message.kind} is not admitted: ${admission.reason}`)
    this.#parts.onAdmitted(admission.message, null)
    return admission.message
  }

  /** Makes an event of a logged record; messages go through admission again. Null for what is not of this height. */
  admitLogged(record: JournalRecord): HostEvent | null {
    if (record.kind === 'certificate') {
      const votes = record.votes.map(vote => this.#admitAgain({ kind: 'vote', vote }))
      return { kind: 'certificate', votes: votes.filter(message => message?.kind === 'vote') }
    }
    if (record.kind !== 'message') return record
    if (record.message.kind === 'blockPart') {
      const { height, round, part } = record.message
      return { kind: 'part', height, round, part }
    }
    const message = this.#admitAgain(record.message)
    return message && { kind: 'message', message, from: null }
  }

  #admitAgain(message: ConsensusMessage): VerifiedMessage | null {
    const context = { ...this.#admissionContext(), isKnown: () => false, isUnwanted: () => false }
    const admission = admit(makeIncoming(message), context)
    if (admission.destination !== 'pool' && admission.destination !== 'lastCommit') return null
    this.#parts.onAdmitted(admission.message, null)
    return admission.message
  }

  /** A new height is open: what came early for it is judged again, now as part of it. */
  onHeight(height: Height): void {
    this.#context = null
    for (const { incoming, from } of this.#early.drain(height)) this.#onMessage(incoming, from)
  }

  #onMessages(messages: readonly IncomingMessage[], from: PeerId): Verdict {
    return frameVerdict(messages.map(message => this.#onMessage(message, from)))
  }

  #onMessage(incoming: IncomingMessage, from: PeerId): MessageVerdict {
    const admission = admit(incoming, this.#admissionContext(), this.#budgets.allows(from))
    const { reason } = admission
    this.#budgets.record(from, admission)
    this.#verdicts.inc(1, { verdict: admission.verdict, reason })
    const verdict = this.#take(incoming, admission, from) ? admission.verdict : 'ignore'
    return { verdict, reason }
  }

  /** Hands a message to whom it was admitted for; false when there is no room for it. */
  #take(incoming: IncomingMessage, admission: Admission, from: PeerId): boolean {
    switch (admission.destination) {
      case 'none':
        return true
      case 'early':
        return this.#early.add(incoming, from, admission.signer, admission.verdict === 'accept') === 'kept'
      case 'part': {
        if (incoming.message.kind !== 'blockPart') return false
        const { height, round, part } = incoming.message
        this.#blockParts.inc(1, { peer_id: this.#labels.of(from) })
        return this.#parts.post({ kind: 'part', height, round, part })
      }
      default: {
        const { message } = admission
        this.#parts.onAdmitted(message, from)
        return admission.destination === 'detector' || this.#parts.post({ kind: 'message', message, from })
      }
    }
  }

  #admitted(admission: Admission, from: PeerId): VerifiedMessage | null {
    this.#budgets.record(from, admission)
    if (admission.destination !== 'pool') return null
    this.#parts.onAdmitted(admission.message, from)
    return admission.message
  }

  #malformed(): Verdict {
    this.#verdicts.inc(1, { verdict: 'reject', reason: 'malformed' })
    return 'reject'
  }

  #admissionContext(): AdmissionContext {
    const { context, round } = this.#parts.current()
    if (this.#context?.height !== context.height) this.#context = this.#makeContext(context, round)
    else if (this.#context.round !== round) this.#context = { ...this.#context, round }
    return this.#context
  }

  #makeContext({ height, state, pool }: HeightContext, round: number): AdmissionContext {
    const { verifier, validatorsAt, detectorWindow } = this.#parts
    return {
      chainId: state.chainId,
      height,
      round,
      validators: state.validators,
      nextValidators: state.nextValidators,
      validatorsAt: at => (at === state.lastBlockHeight ? state.lastValidators : validatorsAt(at)),
      detectorWindow,
      voteExtensionsEnableHeight: state.consensusParams.abci.voteExtensionsEnableHeight,
      maxBlockParts: maxPartsOfState(state),
      verifier,
      isKnown: id => this.#parts.pool.byId(id) !== undefined,
      isUnwanted: message => message.height === height && isUnwanted(pool, message)
    }
  }

  #scheduleRefill(): Timer {
    return this.#parts.clock.setTimer(BUDGET_REFILL_MS, () => {
      this.#budgets.refill()
      this.#refill = this.#scheduleRefill()
    })
  }
}
