import {
  type Effect,
  formatTransition,
  type Input,
  initialRoundState,
  isTimeoutCurrent,
  type RoundState,
  type StepEnv,
  type StepResult,
  step,
  type Timeout,
  type TimeoutKind,
  type ValueId,
  type VoteKind
} from '../../src/consensus/index.ts'
import { startRound } from '../../src/consensus/rules/actions.ts'
import { type HeightPool, MessagePool } from '../../src/mempool/index.ts'

export interface BenchOptions {
  readonly powers?: readonly bigint[]
  /** Index of the machine's own validator; null for a full node. */
  readonly self?: number | null
  /** Index of the proposer of a round; round robin unless given. */
  readonly proposerOf?: (round: number) => number
}

export interface Transition {
  readonly before: RoundState
  readonly input: Input
  readonly result: StepResult
}

/**
 * One machine over a real message pool, with a person as the network: tests say what arrives, own votes and proposals
 * come back by the pool as everyone's do, and timeouts elapse when the test says so.
 */
export class ConsensusBench {
  readonly pool = new MessagePool<string>()
  readonly height = 1
  readonly heightPool: HeightPool<string, string>
  readonly env: StepEnv
  readonly self: number | null
  readonly transitions: Transition[] = []
  readonly timers: Timeout[] = []
  state: RoundState = initialRoundState(1)
  readonly #proposerOf: (round: number) => number
  readonly #backlog: (() => void)[] = []

  constructor({ powers = [1n, 1n, 1n, 1n], self = 0, proposerOf }: BenchOptions = {}) {
    this.self = self
    this.#proposerOf = proposerOf ?? (round => round % powers.length)
    this.heightPool = this.pool.openHeight(this.height, powers)
    this.env = {
      view: this.heightPool,
      quorum: this.heightPool.quorum,
      votes: self !== null,
      isProposer: round => this.#proposerOf(round) === self
    }
  }

  get effects(): readonly Effect[] {
    return this.transitions.flatMap(transition => transition.result.effects)
  }

  get lines(): readonly string[] {
    return this.transitions.map(({ input, result }) => formatTransition(input, result, value => value))
  }

  start(waitForTxs = false): void {
    this.feed({ kind: 'startHeight', height: this.height, ...(waitForTxs && { waitForTxs }) })
  }

  /** Starts the height in a later round, as if the earlier ones had passed without a message. */
  startInRound(round: number): void {
    const entered = startRound(initialRoundState(this.height), round, this.env)
    this.state = entered.state
    this.#perform(entered.effects)
    this.#drain()
  }

  /** Feeds one input; then whatever the machine's own messages cause. */
  feed(input: Input): void {
    this.#take(input)
    this.#drain()
  }

  /** Adds votes one by one, each with its own `poolChanged`. */
  vote(kind: VoteKind, round: number, value: ValueId | null, from: readonly number[]): void {
    for (const validator of from) {
      this.addVote(kind, round, value, validator)
      this.feed({ kind: 'poolChanged' })
    }
  }

  /** Adds a vote without telling the machine. */
  addVote(kind: VoteKind, round: number, value: ValueId | null, validator: number): void {
    const id = `${kind} ${round} ${value} ${validator}`
    this.pool.add({ id, kind, height: this.height, round, validator, value, payload: id })
  }

  /** Adds the proposal of the round; `validity` says what checking its value gave, unknown while it is not complete. */
  propose(
    round: number,
    value: ValueId,
    { polRound = -1, validity = 'valid' as 'valid' | 'invalid' | 'unknown' } = {}
  ): void {
    this.addProposal(round, value, polRound)
    if (validity !== 'unknown') this.heightPool.setValidity(value, validity)
    this.feed({ kind: 'poolChanged' })
  }

  addProposal(round: number, value: ValueId, polRound = -1): void {
    const id = `proposal ${round} ${value} ${polRound}`
    const validator = this.#proposerOf(round)
    const { height } = this
    this.pool.add({ id, kind: 'proposal', height, round, validator, value, polRound, payload: id })
  }

  /** The value is complete and checked now. */
  judge(value: ValueId, validity: 'valid' | 'invalid'): void {
    this.heightPool.setValidity(value, validity)
    this.feed({ kind: 'poolChanged' })
  }

  certificate(kind: VoteKind, round: number, value: ValueId | null, from: readonly number[]): void {
    const { height } = this
    const votes = from.map(validator => {
      const id = `${kind} ${round} ${value} ${validator}`
      return { id, kind, height, round, validator, value, payload: id }
    })
    this.pool.addCertificate({ kind, height, round, value, votes })
    this.feed({ kind: 'poolChanged' })
  }

  built(value: ValueId, round = this.state.round): void {
    this.feed({ kind: 'valueBuilt', height: this.height, round, value })
  }

  /** Lets a scheduled timeout elapse. */
  elapse(kind: TimeoutKind, round = this.state.round): void {
    const index = this.timers.findIndex(timer => timer.kind === kind && timer.round === round)
    if (index < 0) throw new RangeError(`no ${kind} timeout of round ${round} is running`)
    const [timeout] = this.timers.splice(index, 1)
    this.feed({ kind: 'timeoutElapsed', timeout: timeout! })
  }

  /** The timeouts that would still move the machine, in the order they were scheduled. */
  runningTimeouts(): readonly Timeout[] {
    return this.timers.filter(timer => isTimeoutCurrent(timer, this.state))
  }

  #take(input: Input): void {
    const before = this.state
    const result = step(before, input, this.env)
    this.state = result.state
    this.pool.height(this.height)?.enterRound(result.state.round)
    this.transitions.push({ before, input, result })
    this.#perform(result.effects)
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'scheduleTimeout') this.timers.push(effect.timeout)
      if (effect.kind === 'signVote') {
        this.#backlog.push(() => this.addVote(effect.vote, effect.round, effect.value, this.self!))
      }
      if (effect.kind === 'signProposal') {
        this.#backlog.push(() => {
          this.addProposal(effect.round, effect.value, effect.polRound)
          this.heightPool.setValidity(effect.value, 'valid')
        })
      }
    }
  }

  #drain(): void {
    for (let own = this.#backlog.shift(); own !== undefined; own = this.#backlog.shift()) {
      own()
      this.#take({ kind: 'poolChanged' })
    }
  }
}
