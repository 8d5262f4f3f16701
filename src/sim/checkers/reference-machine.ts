import type { Effect, Input, OnceFlags, RoundState, VoteKind } from '../../consensus/index.ts'

/** One message of a height, without anything that the pool may have computed about it. */
export interface CountedMessage {
  readonly kind: VoteKind | 'proposal'
  readonly round: number
  readonly validator: number
  readonly value: string | null
  readonly polRound?: number
}

/** Everything the machine may look at, as plain lists. */
export interface ReferenceView {
  readonly messages: readonly CountedMessage[]
  readonly powers: readonly bigint[]
  readonly validity: (value: string) => 'unknown' | 'valid' | 'invalid'
  /** This node's turn in a round; false for a full node. */
  readonly proposes: (round: number) => boolean
  readonly votes: boolean
}

export interface ReferenceResult {
  readonly state: RoundState
  readonly effects: readonly Effect[]
}

const FRESH: OnceFlags = { polkaAny: false, polkaValue: false, precommitAny: false }
const MOST_TURNS = 100

/**
 * Algorithm 1 once more, from the paper and in another style: one mutable state, one loop, every sum counted anew from
 * the messages. It is slow and shares nothing with the machine it is compared with.
 */
export class ReferenceMachine {
  readonly #view: ReferenceView
  #state: RoundState
  readonly #effects: Effect[] = []

  constructor(state: RoundState, view: ReferenceView) {
    this.#state = state
    this.#view = view
  }

  /** Feeds one input and lets every rule fire until none holds. */
  run(input: Input): ReferenceResult {
    this.#take(input)
    for (let turn = 0; turn < MOST_TURNS && this.#fireOne(); turn++);
    return { state: this.#state, effects: this.#effects }
  }

  #take(input: Input): void {
    const { height, round, step, decision, waiting, building } = this.#state
    if (input.kind === 'startHeight') {
      if (input.height !== height || step !== 'newHeight') return
      if (input.waitForTxs === true) this.#set({ step: 'propose', waiting: true })
      else this.#startRound(0)
    }
    if (decision !== null || step === 'newHeight') return
    if (input.kind === 'txsAvailable' && input.height === height && waiting) this.#startRound(0)
    if (input.kind === 'valueBuilt' && input.height === height && building && input.round === round) {
      this.#set({ building: false })
      this.#effects.push({ kind: 'signProposal', height, round, value: input.value, polRound: -1 })
    }
    if (input.kind !== 'timeoutElapsed') return
    const { timeout } = input
    if (timeout.height !== height || timeout.round !== round) return
    if (timeout.kind === 'propose' && step === 'propose') this.#prevote(null)
    if (timeout.kind === 'prevote' && step === 'prevote') this.#precommit(null)
    if (timeout.kind === 'precommit') {
      if (step !== 'precommit') this.#precommit(null)
      this.#startRound(round + 1)
    }
  }

  /** The first rule that holds, in the order of priority; false when there is none. */
  #fireOne(): boolean {
    const { step, decision } = this.#state
    if (decision !== null) return false
    if (this.#decide()) return true
    if (step === 'newHeight') return false
    return (
      this.#skipRound() ||
      this.#stopWaiting() ||
      this.#lock() ||
      this.#learnValid() ||
      this.#nilPolka() ||
      this.#prevoteOld() ||
      this.#prevoteNew() ||
      this.#timePrevotes() ||
      this.#timePrecommits()
    )
  }

  #decide(): boolean {
    const rounds = [...new Set(this.#view.messages.map(({ round }) => round))].sort((a, b) => a - b)
    for (const round of rounds) {
      const value = this.#agreed('precommit', round)
      if (value === undefined || value === null) continue
      if (this.#view.validity(value) !== 'valid') return false
      this.#set({ step: 'commit', decision: { round, value }, building: false, waiting: false })
      this.#effects.push({ kind: 'commit', height: this.#state.height, round, value })
      return true
    }
    return false
  }

  #skipRound(): boolean {
    const later = this.#view.messages.map(({ round }) => round).filter(round => round > this.#state.round)
    const busy = later.filter(round => 3n * this.#senders(round) > this.#total())
    if (busy.length === 0) return false
    this.#startRound(Math.max(...busy))
    return true
  }

  #stopWaiting(): boolean {
    if (!this.#state.waiting) return false
    const rounds = this.#view.messages.map(({ round }) => round)
    const isBusy = rounds.some(round => 3n * this.#senders(round) > this.#total())
    if (this.#proposals(0).length === 0 && !isBusy) return false
    this.#startRound(0)
    return true
  }

  #lock(): boolean {
    const { step, round } = this.#state
    if (step !== 'prevote') return false
    for (const { value } of this.#proposals(round)) {
      if (value === null || !this.#isQuorum(this.#power('prevote', round, value))) continue
      if (this.#view.validity(value) !== 'valid') continue
      this.#set({ locked: { round, value }, valid: { round, value } })
      this.#set({ once: { ...this.#state.once, polkaValue: true } })
      this.#precommit(value)
      return true
    }
    return false
  }

  #learnValid(): boolean {
    const { round, once } = this.#state
    const value = this.#agreed('prevote', round)
    if (once.polkaValue || value === undefined || value === null) return false
    if (this.#view.validity(value) !== 'valid') return false
    this.#set({ valid: { round, value }, once: { ...once, polkaValue: true } })
    return true
  }

  #nilPolka(): boolean {
    const { step, round } = this.#state
    if (step !== 'prevote' || !this.#isQuorum(this.#power('prevote', round, null))) return false
    this.#precommit(null)
    return true
  }

  #prevoteOld(): boolean {
    const { step, round, locked } = this.#state
    if (step !== 'propose') return false
    for (const { value, polRound = -1 } of this.#proposals(round)) {
      if (value === null || polRound < 0 || polRound >= round) continue
      if (this.#view.validity(value) === 'unknown') continue
      if (!this.#isQuorum(this.#power('prevote', polRound, value))) continue
      const isFree = locked === null || locked.round <= polRound || locked.value === value
      this.#prevote(isFree && this.#view.validity(value) === 'valid' ? value : null)
      return true
    }
    return false
  }

  #prevoteNew(): boolean {
    const { step, round, locked } = this.#state
    if (step !== 'propose') return false
    for (const { value, polRound = -1 } of this.#proposals(round)) {
      if (value === null || polRound !== -1 || this.#view.validity(value) === 'unknown') continue
      const isFree = locked === null || locked.value === value
      this.#prevote(isFree && this.#view.validity(value) === 'valid' ? value : null)
      return true
    }
    return false
  }

  #timePrevotes(): boolean {
    const { step, height, round, once } = this.#state
    if (step !== 'prevote' || once.polkaAny || !this.#isQuorum(this.#any('prevote', round))) return false
    this.#set({ once: { ...once, polkaAny: true } })
    this.#effects.push({ kind: 'scheduleTimeout', timeout: { kind: 'prevote', height, round } })
    return true
  }

  #timePrecommits(): boolean {
    const { height, round, once } = this.#state
    if (once.precommitAny || !this.#isQuorum(this.#any('precommit', round))) return false
    this.#set({ once: { ...once, precommitAny: true } })
    this.#effects.push({ kind: 'scheduleTimeout', timeout: { kind: 'precommit', height, round } })
    return true
  }

  #startRound(round: number): void {
    const { height, valid } = this.#state
    this.#effects.push({ kind: 'scheduleTimeout', timeout: { kind: 'propose', height, round } })
    const mustPropose = this.#view.votes && this.#view.proposes(round) && this.#proposals(round).length === 0
    if (mustPropose && valid !== null) {
      this.#effects.push({ kind: 'signProposal', height, round, value: valid.value, polRound: valid.round })
    }
    if (mustPropose && valid === null) this.#effects.push({ kind: 'buildValue', height, round })
    this.#set({
      round,
      step: 'propose',
      once: FRESH,
      building: mustPropose && valid === null,
      waiting: false
    })
  }

  #prevote(value: string | null): void {
    this.#vote('prevote', value)
  }

  #precommit(value: string | null): void {
    this.#vote('precommit', value)
  }

  #vote(vote: VoteKind, value: string | null): void {
    const { height, round } = this.#state
    this.#set({ step: vote, building: false, waiting: false })
    if (this.#view.votes) this.#effects.push({ kind: 'signVote', vote, height, round, value })
  }

  #set(change: Partial<RoundState>): void {
    this.#state = { ...this.#state, ...change }
  }

  #proposals(round: number): readonly CountedMessage[] {
    return this.#view.messages.filter(message => message.kind === 'proposal' && message.round === round)
  }

  /** The value with +2/3 in a round: null for nil, undefined for none. */
  #agreed(kind: VoteKind, round: number): string | null | undefined {
    const votes = this.#view.messages.filter(message => message.kind === kind && message.round === round)
    const agreed = votes.filter(({ value }) => this.#isQuorum(this.#power(kind, round, value)))
    return (agreed.find(({ value }) => value !== null) ?? agreed[0])?.value
  }

  #power(kind: VoteKind, round: number, value: string | null): bigint {
    return this.#powerOf(m => m.kind === kind && m.round === round && m.value === value)
  }

  #any(kind: VoteKind, round: number): bigint {
    return this.#powerOf(message => message.kind === kind && message.round === round)
  }

  #senders(round: number): bigint {
    return this.#powerOf(message => message.round === round)
  }

  #powerOf(isMeant: (message: CountedMessage) => boolean): bigint {
    const validators = new Set(this.#view.messages.filter(isMeant).map(({ validator }) => validator))
    return [...validators].reduce((sum, validator) => sum + (this.#view.powers[validator] ?? 0n), 0n)
  }

  #isQuorum(power: bigint): boolean {
    return 3n * power > 2n * this.#total()
  }

  #total(): bigint {
    return this.#view.powers.reduce((sum, power) => sum + power, 0n)
  }
}
