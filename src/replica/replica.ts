import {
  type Effect,
  type Explanation,
  explain,
  formatTransition,
  type Input,
  isCurrent,
  type RoundState,
  step,
  type Timeout,
  type ValueId
} from '../consensus/index.ts'
import { errorMessage, type Logger, silentLogger } from '../util/index.ts'
import { Decisions } from './decisions.ts'
import { Dialogue } from './dialogue.ts'
import { EarlyMessages } from './early-messages.ts'
import { HeightRun, type Verdict } from './height-run.ts'
import { Mailbox } from './mailbox.ts'
import {
  type CountedMessage,
  type Decision,
  heightOf,
  isMessageShaped,
  type ReplicaMessage,
  type Statement,
  statementBytes
} from './message.ts'
import { Observers, phaseOf, type ReplicaListener, type ReplicaPhase, TraceLog } from './observers.ts'
import { ProviderCalls } from './provider-calls.ts'
import { DEFAULT_TIMING, type LogEntry, type ReplicaOptions, type ReplicaTiming } from './providers.ts'
import { ReplicaError } from './replica-error.ts'
import { HeightTimers } from './timers.ts'

const MAILBOX_SIZE = 10_000

type Task<T> =
  | { readonly kind: 'message'; readonly message: CountedMessage<T>; readonly own: boolean }
  | { readonly kind: 'input'; readonly height: number; readonly input: Input }
  | { readonly kind: 'built'; readonly height: number; readonly round: number; readonly value: T }
  | {
      readonly kind: 'validity'
      readonly height: number
      readonly value: ValueId
      readonly validity: 'valid' | 'invalid'
    }

/**
 * One member (or follower) of a replicated log: decides height after height on values of the caller's kind. Made by
 * `createReplica`. All state changes happen in one mailbox, one after another.
 */
export class Replica<T> {
  readonly #options: ReplicaOptions<T>
  readonly #timing: ReplicaTiming
  readonly #logger: Logger
  readonly #observers: Observers<T>
  readonly #trace: TraceLog
  readonly #timers: HeightTimers
  readonly #mailbox: Mailbox<Task<T>>
  readonly #early = new EarlyMessages<T>()
  readonly #decisions: Decisions<T>
  readonly #calls: ProviderCalls
  readonly #dialogue: Dialogue<T>
  #run: HeightRun<T> | null = null
  #phase: ReplicaPhase | null = null
  #phaseRound = -1
  #moves = 0
  #started = false
  #stopped = false

  constructor(options: ReplicaOptions<T>) {
    this.#options = options
    this.#timing = { ...DEFAULT_TIMING, ...options.timing }
    this.#logger = options.logger ?? silentLogger
    this.#observers = new Observers(this.#logger)
    this.#trace = new TraceLog(options.traceLines ?? 1000)
    this.#timers = new HeightTimers(options.clock, this.#timing)
    this.#calls = new ProviderCalls((provider, error) => this.#failed(provider, error))
    this.#decisions = new Decisions(height => this.#storedDecision(height))
    this.#dialogue = new Dialogue({ ...options, calls: this.#calls, decisions: this.#decisions })
    this.#mailbox = new Mailbox(MAILBOX_SIZE, task => this.#handle(task))
  }

  /** The height being decided; 0 before `start` has loaded one. */
  get height(): number {
    return this.#run?.height ?? 0
  }

  /** Null before `start` and after `stop`. */
  get phase(): ReplicaPhase | null {
    return this.#phase
  }

  /** The machine's state; null before `start` has loaded a height. */
  get state(): RoundState | null {
    return this.#run?.state ?? null
  }

  /** Tells what happens from now on; answers a function that ends it. */
  on(listener: ReplicaListener<T>): () => void {
    return this.#observers.add(listener)
  }

  /** The last transitions, one readable line each. */
  trace(): readonly string[] {
    return this.#trace.lines()
  }

  /** What the replica waits for; null before `start` has loaded a height. */
  explain(): Explanation | null {
    return this.#run === null ? null : explain(this.#run.state, this.#run.env)
  }

  /** A decision of the last heights, with its proof. */
  decision(height: number): Decision<T> | undefined {
    return this.#decisions.kept(height)
  }

  /** Loads what the storage holds, goes through it, and begins to take part. */
  async start(): Promise<void> {
    if (this.#started) throw new ReplicaError('ALREADY_STARTED', 'this replica was started before')
    this.#started = true
    this.#enterPhase('starting')
    this.#enterPhase('loading')
    const stored = (await this.#options.storage?.load()) ?? null
    const height = stored?.height ?? this.#options.firstHeight ?? 1
    this.#openHeight(height)
    if (stored !== null && stored.log.length > 0) await this.#replay(stored.log)
    else this.#startHeightAfter(0)
    for (const message of this.#early.release(height)) this.#admit(message)
    this.#scheduleResend()
  }

  /** Ends everything. Resolves when the provider that is running has come back. */
  async stop(): Promise<void> {
    if (this.#stopped || !this.#started) return
    this.#shutDown()
    await this.idle()
    this.#phase = null
  }

  /**
   * Takes a message from the network. `reject` says that its sender is faulty, `ignore` that it is of no use now.
   * `reply`, where given, answers the sender; otherwise answers go to the member that signed.
   */
  receive(message: unknown, reply?: (answer: ReplicaMessage<T>) => void): Verdict {
    if (this.#stopped || !this.#started) return 'ignore'
    if (!isMessageShaped(message)) return 'reject'
    const typed = message as ReplicaMessage<T>
    const height = heightOf(typed)
    this.#dialogue.heardOf(height)
    const run = this.#run
    if (run !== null && height < run.height) {
      this.#dialogue.answer(typed, height, reply)
      return 'ignore'
    }
    if (typed.kind === 'ask') return 'ignore'
    if (run === null || height > run.height) {
      const current = run === null ? height - 1 : run.height
      this.#early.keep(typed, height, current)
      return 'ignore'
    }
    return this.#admit(typed)
  }

  /** Says that there is something to propose, for a replica whose `hasValue` was false. */
  valueAvailable(): void {
    const height = this.#run?.height
    if (height === undefined || this.#stopped) return
    this.#mailbox.putOwn({ kind: 'input', height, input: { kind: 'txsAvailable', height } })
  }

  /** Resolves when everything received so far is worked off and no provider is running. */
  async idle(): Promise<void> {
    await this.#mailbox.idle()
    while (this.#calls.isBusy) {
      await this.#calls.idle()
      await this.#mailbox.idle()
    }
  }

  #admit(message: CountedMessage<T>): Verdict {
    try {
      if (!this.#run!.isGenuine(message)) return 'reject'
    } catch (error) {
      this.#logger.debug('message could not be checked', { error: errorMessage(error) })
      return 'reject'
    }
    return this.#mailbox.put({ kind: 'message', message, own: false }) ? 'accept' : 'ignore'
  }

  async #handle(task: Task<T>): Promise<void> {
    const run = this.#run
    if (this.#stopped || run === null) return
    const height = task.kind === 'message' ? heightOf(task.message) : task.height
    if (height !== run.height) return
    switch (task.kind) {
      case 'message':
        return this.#take(run, task.message, task.own)
      case 'input':
        if (task.input.kind === 'timeoutElapsed') {
          const { timeout } = task.input
          if (!(await this.#log(run, { kind: 'timeout', timeout }))) return
        }
        return this.#step(run, task.input)
      case 'built': {
        const value = run.keep(task.value)
        return this.#step(run, { kind: 'valueBuilt', height, round: task.round, value })
      }
      case 'validity':
        return this.#judge(run, task.value, task.validity)
    }
  }

  async #take(run: HeightRun<T>, message: CountedMessage<T>, own: boolean): Promise<void> {
    const { changed, equivocations } = run.take(message)
    for (const [first, second] of equivocations) this.#observers.tell({ kind: 'equivocation', first, second })
    if (!changed) return
    if (!(await this.#log(run, { kind: 'message', message }))) return
    if (own && message.kind !== 'decision') {
      run.own.push(message)
      this.#dialogue.send(message)
    }
    if (run.deferred === null) for (const value of run.unjudged()) this.#validate(run, value)
    await this.#step(run, { kind: 'poolChanged' })
  }

  async #judge(run: HeightRun<T>, value: ValueId, validity: 'valid' | 'invalid'): Promise<void> {
    if (run.validity(value) !== 'unknown') return
    if (!(await this.#log(run, { kind: 'validity', value, validity }))) return
    run.judge(value, validity)
    this.#observers.tell({ kind: 'validity', value, validity })
    await this.#step(run, { kind: 'poolChanged' })
  }

  async #step(run: HeightRun<T>, input: Input): Promise<void> {
    const before = run.state
    const { state, effects, fired } = step(before, input, run.env)
    run.state = state
    run.enterRound(state.round)
    if (fired.length > 0) {
      this.#moves++
      const line = formatTransition(input, { state, effects, fired })
      this.#trace.write(line)
      this.#observers.tell({ kind: 'transition', input, before, after: state, fired, effects, line })
      this.#enterPhase(phaseOf(state))
    }
    for (const effect of effects) {
      if (run.deferred !== null) run.deferred.push(effect)
      else await this.#execute(run, effect)
    }
  }

  async #execute(run: HeightRun<T>, effect: Effect): Promise<void> {
    if (this.#stopped) return
    switch (effect.kind) {
      case 'scheduleTimeout':
        this.#timers.schedule(effect.timeout, timeout => this.#elapsed(run.height, timeout))
        return
      case 'buildValue':
        this.#build(run, effect.round)
        return
      case 'signProposal':
        return this.#speak(run, { ...effect, kind: 'proposal' })
      case 'signVote':
        return this.#speak(run, { ...effect, kind: effect.vote, polRound: -1 })
      case 'commit':
        return this.#apply(run)
    }
  }

  #elapsed(height: number, timeout: Timeout): void {
    this.#mailbox.putOwn({ kind: 'input', height, input: { kind: 'timeoutElapsed', timeout } })
  }

  async #speak(run: HeightRun<T>, words: Omit<Statement, 'member'>): Promise<void> {
    const { kind, height, round, value, polRound } = words
    // After a restart within the round the log already holds what was said.
    if (run.hasSpoken(kind, round)) return
    const statement: Statement = { kind, height, round, member: run.membership.self!, value, polRound }
    let signature: Uint8Array | null = null
    try {
      signature = await this.#options.providers.sign(
        statementBytes(this.#options.domain, statement),
        statement
      )
    } catch (error) {
      this.#failed('sign', error)
    }
    if (signature === null) {
      this.#trace.write(`not signed: ${kind} at ${height}/${round}`)
      return
    }
    this.#mailbox.putOwn({ kind: 'message', message: run.assemble(statement, signature), own: true })
  }

  #build(run: HeightRun<T>, round: number): void {
    const { height } = run
    this.#calls.begin('build', async () => {
      const value = await this.#options.providers.build(height, round)
      if (value !== null) this.#mailbox.putOwn({ kind: 'built', height, round, value })
    })
  }

  #validate(run: HeightRun<T>, value: ValueId): void {
    const { height } = run
    if (!run.startJudging(value)) return
    this.#calls.begin('validate', async () => {
      const isValid = await this.#options.providers.validate(run.value(value)!, height)
      this.#mailbox.putOwn({ kind: 'validity', height, value, validity: isValid ? 'valid' : 'invalid' })
    })
  }

  async #apply(run: HeightRun<T>): Promise<void> {
    const decision = run.decision()!
    this.#decisions.keep(decision)
    this.#timers.cancelAll()
    this.#observers.tell({ kind: 'decided', decision })
    this.#enterPhase('applying')
    try {
      await this.#options.providers.apply(decision)
    } catch (error) {
      this.#failed('apply', error, true)
      return
    }
    this.#openHeight(run.height + 1)
    this.#startHeightAfter(this.#timing.commitMs)
    this.#scheduleResend()
    for (const message of this.#early.release(run.height + 1)) this.#admit(message)
    this.#dialogue.askIfBehind(run.height + 1)
  }

  #openHeight(height: number): void {
    this.#run = new HeightRun(this.#options, height)
    this.#phaseRound = -1
    this.#enterPhase('collecting')
  }

  #startHeightAfter(delayMs: number): void {
    const height = this.height
    this.#timers.after(delayMs, () => {
      const { hasValue } = this.#options.providers
      const waitForTxs = hasValue !== undefined && !hasValue(height)
      this.#mailbox.putOwn({ kind: 'input', height, input: { kind: 'startHeight', height, waitForTxs } })
    })
  }

  /** Goes through the log with effects held back, then carries out those that still matter. */
  async #replay(log: readonly LogEntry<T>[]): Promise<void> {
    const run = this.#run!
    run.deferred = []
    await this.#step(run, { kind: 'startHeight', height: run.height })
    for (const entry of log) {
      if (entry.kind === 'message') await this.#take(run, entry.message, false)
      else if (entry.kind === 'validity') await this.#judge(run, entry.value, entry.validity)
      else await this.#step(run, { kind: 'timeoutElapsed', timeout: entry.timeout })
    }
    const deferred = run.deferred
    run.deferred = null
    run.recallOwn()
    for (const effect of deferred) if (isCurrent(effect, run.state)) await this.#execute(run, effect)
    for (const value of run.unjudged()) this.#validate(run, value)
  }

  /** Durable before anything that follows from it; false when the replica had to stop. */
  async #log(run: HeightRun<T>, entry: LogEntry<T>): Promise<boolean> {
    const { storage } = this.#options
    if (storage === undefined || run.deferred !== null) return true
    try {
      await storage.append(run.height, entry)
      return true
    } catch (error) {
      this.#failed('storage', error, true)
      return false
    }
  }

  #scheduleResend(): void {
    const moves = this.#moves
    this.#timers.after(this.#timing.resendMs, () => {
      if (moves === this.#moves) {
        this.#dialogue.repeat(this.#run!.own)
        this.#dialogue.askIfBehind(this.height)
      }
      this.#scheduleResend()
    })
  }

  #storedDecision(height: number): Decision<T> | null {
    let stored: Decision<T> | null = null
    this.#calls.guard('decisionAt', () => {
      if (height < this.height) stored = this.#options.providers.decisionAt?.(height) ?? null
    })
    return stored
  }

  #failed(provider: string, error: unknown, fatal = false): void {
    this.#logger.error('provider failed', { provider, error: errorMessage(error), fatal })
    this.#observers.tell({ kind: 'failed', provider, error, fatal })
    if (fatal) this.#shutDown()
  }

  #shutDown(): void {
    this.#enterPhase('stopping')
    this.#stopped = true
    this.#timers.cancelAll()
    this.#mailbox.clear()
  }

  #enterPhase(phase: ReplicaPhase): void {
    const round = this.#run?.state.round ?? 0
    if (phase === this.#phase && round === this.#phaseRound) return
    this.#phase = phase
    this.#phaseRound = round
    this.#observers.tell({ kind: 'phase', phase, height: this.height, round })
  }
}
