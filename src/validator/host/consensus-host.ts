import {
  type Effect,
  type Input,
  initialRoundState,
  isCurrent,
  type RoundState,
  step
} from '../../consensus/index.ts'
import type { VerifiedMessage, VerifiedVote } from '../../mempool/index.ts'
import {
  type BlockIdKey,
  blockIdKey,
  type ChainState,
  type ConsensusMessage,
  type Height,
  type Part,
  type Round
} from '../../types/index.ts'
import type { Clock, Logger } from '../../util/index.ts'
import type { BlockExecutor, FetchedBlock, SyncOutcome } from '../block-executor.ts'
import { partsOf } from '../height-blocks.ts'
import { makeSeenCommit } from '../last-commit.ts'
import { isAlreadySaid } from './already-said.ts'
import { BlockGatherer } from './block-gatherer.ts'
import { EventLoop } from './event-loop.ts'
import { type HeightContext, makeHeightContext } from './height-context.ts'
import { HeightStart } from './height-start.ts'
import { HostError } from './host-error.ts'
import type { HostListener } from './host-listener.ts'
import type { Journal, JournalRecord } from './journal.ts'
import type { HostEvent } from './mailbox.ts'
import { hasExtension, MessageCounter } from './message-counter.ts'
import { Outbox, type PublishFrame } from './outbox.ts'
import { type ChainPool, toWireMessage } from './pool-messages.ts'
import { type ConsensusTiming, Timeouts } from './timeouts.ts'
import type { VoteMaker } from './vote-maker.ts'

export interface HostParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly timing: ConsensusTiming
  readonly pool: ChainPool
  readonly journal: Journal
  readonly executor: BlockExecutor
  /** Null for a full node. */
  readonly voteMaker: VoteMaker | null
  readonly publish: PublishFrame
  readonly listener: HostListener
  /** Whether there is nothing to put into a block on top of this state, not even a changed app hash. */
  readonly waitsForTxs: (state: ChainState) => boolean
  /** Called once when the host cannot go on: the node must stop. */
  readonly fatal: (error: unknown) => void
}

/**
 * The loop around the machine: one mailbox, one event at a time. It counts messages in the pool, logs what changed,
 * steps the machine and carries out its effects; what it makes itself goes through the same mailbox.
 */
export class ConsensusHost {
  readonly #parts: HostParts
  readonly #loop: EventLoop
  readonly #outbox = new Outbox()
  readonly #timeouts: Timeouts
  readonly #gatherer: BlockGatherer
  readonly #counter: MessageCounter
  readonly #heightStart: HeightStart
  #context: HeightContext
  #machine: RoundState
  #commitTimeMs = 0
  /** Fetched blocks in the mailbox. */
  #syncing = 0
  /** Until the WAL is replayed: effects that may still have to be carried out afterwards. Null once live. */
  #deferred: Effect[] | null = []

  constructor(parts: HostParts, state: ChainState) {
    this.#parts = parts
    this.#loop = new EventLoop({
      clock: parts.clock,
      handle: event => this.#handle(event),
      onOwnHandled: () => this.#sendOutbox(),
      onFailed: error => {
        this.stop()
        parts.fatal(error)
      }
    })
    this.#timeouts = new Timeouts(parts.clock, parts.timing, timeout =>
      this.postOwn({ kind: 'timeoutElapsed', timeout })
    )
    this.#heightStart = new HeightStart({ ...parts, post: event => this.postOwn(event) })
    this.#counter = new MessageCounter({ ...parts, log: record => this.#log(record) })
    this.#gatherer = new BlockGatherer({
      executor: parts.executor,
      listener: parts.listener,
      logger: parts.logger,
      log: record => this.#log(record),
      isReplaying: () => this.#deferred !== null
    })
    this.#context = this.#openHeight(state)
    this.#machine = initialRoundState(this.#context.height)
  }

  get machine(): RoundState {
    return this.#machine
  }

  get context(): HeightContext {
    return this.#context
  }

  /** Virtual or real time at which the last height was decided; 0 before the first. */
  get commitTimeMs(): number {
    return this.#commitTimeMs
  }

  get mailboxSize(): number {
    return this.#loop.size
  }

  /** Hands over what a peer sent; false when the mailbox is full. */
  post(event: HostEvent): boolean {
    if (event.kind === 'syncedBlock') this.#syncing++
    const isTaken = this.#loop.post(event)
    if (event.kind === 'syncedBlock' && !isTaken) this.#syncing--
    return isTaken
  }

  /** Hands over what this node made; goes first and is never refused. */
  postOwn(event: HostEvent): void {
    this.#loop.postOwn(event)
  }

  /**
   * Feeds what the WAL holds of the current height with all effects muted, then carries out those that are still
   * current; the signer gives back earlier signatures, so repeating is harmless. Then the host goes live.
   */
  async start(
    logged: readonly JournalRecord[],
    admit: (record: JournalRecord) => HostEvent | null
  ): Promise<void> {
    const deferred: Effect[] = []
    this.#deferred = deferred
    for (const record of logged) {
      const event = admit(record)
      const handled = event && this.#handle(event)
      if (handled) await handled
    }
    this.#deferred = null
    for (const effect of deferred) {
      const isSaid = isAlreadySaid(effect, this.#context, this.#parts.voteMaker?.address)
      if (isCurrent(effect, this.#machine) && !isSaid) await this.#execute(effect)
    }
    for (const { key } of [...this.#context.blocks.entries()]) await this.#judgeThenAdvance(key)
    if (this.#machine.step === 'newHeight') this.#scheduleStart()
    this.#loop.open()
  }

  /** Resolves when no event is being handled. */
  whenIdle(): Promise<void> {
    return this.#loop.whenIdle()
  }

  stop(): void {
    this.#loop.stop()
    this.#timeouts.cancelAll()
    this.#heightStart.cancel()
  }

  /** What is replayed is in the log already. */
  #log(record: JournalRecord): void {
    if (this.#deferred === null) this.#parts.journal.append(record)
  }

  /** What caused these messages was durable before they were signed, and so is what the signer keeps of them. */
  #sendOutbox(): void {
    if (!this.#loop.isStopped && !this.#outbox.isEmpty) this.#outbox.send(this.#parts.publish)
  }

  #handle(event: HostEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'message':
        return event.from !== null && hasExtension(event.message)
          ? this.#onExtendedVotes([event.message])
          : this.#onMessage(event.message, event.from === null)
      case 'certificate':
        return this.#deferred === null && event.votes.some(hasExtension)
          ? this.#onExtendedVotes(event.votes)
          : this.#onCertificate(event.votes)
      case 'part':
        return event.height === this.#context.height ? this.#onPart(event.round, event.part) : undefined
      case 'timeoutElapsed':
        if (event.timeout.height !== this.#context.height) return
        this.#log(event)
        return this.#advance(event)
      case 'startHeight':
        return this.#onStart(event.height, event.waitForTxs)
      case 'txsAvailable':
        if (!this.#machine.waiting || event.height !== this.#context.height) return
        this.#log(event)
        return this.#advance(event)
      case 'valueBuilt':
        return this.#onBuilt(event)
      case 'validity':
        this.#context.pool.setValidity(event.blockIdKey, event.valid ? 'valid' : 'invalid')
        return this.#advance({ kind: 'poolChanged' })
      case 'syncedBlock':
        return this.#onSyncedBlock(event)
    }
  }

  /** Precommits of others with extensions count only when the application accepts these. */
  async #onExtendedVotes(votes: readonly VerifiedVote[]): Promise<void> {
    const accepted = await this.#counter.withAcceptedExtensions(votes)
    if (accepted.length > 1) await this.#onCertificate(accepted)
    else if (accepted[0]) await this.#onMessage(accepted[0], false)
  }

  #onMessage(message: VerifiedMessage, own: boolean): Promise<void> | undefined {
    const { height } = message.kind === 'vote' ? message.vote : message.proposal
    if (height === this.#context.height - 1 && message.kind === 'vote') return this.#onLateVote(message)
    if (height !== this.#context.height || !this.#counter.count(message)) return
    if (own && this.#deferred === null) this.#addToOutbox(toWireMessage(message))
    return message.kind === 'proposal' ? this.#expectThenAdvance(message.blockIdKey) : this.#afterVotes()
  }

  /** A precommit for the block before: kept for the next proposal's last commit, and may end the wait for it. */
  #onLateVote(message: VerifiedVote): undefined {
    const { executor, timing, listener } = this.#parts
    listener.onMessage(message, 'late')
    if (!executor.addLatePrecommit(message)) return
    const isWaiting = timing.skipTimeoutCommit && this.#machine.step === 'newHeight'
    if (isWaiting && executor.lastCommit?.isComplete) this.#scheduleStart()
  }

  #onCertificate(votes: readonly VerifiedVote[]): Promise<void> | undefined {
    return this.#counter.countCertificate(votes, this.#context) ? this.#afterVotes() : undefined
  }

  /** A quorum may name a block nobody proposed to us: begin to gather it. */
  #afterVotes(): Promise<void> | undefined {
    const { env, blocks } = this.#context
    const certified = env.view.precommitQuorum()?.value ?? env.view.polka(this.#machine.round)
    if (certified && !blocks.get(certified)) return this.#expectThenAdvance(certified)
    return this.#advance({ kind: 'poolChanged' })
  }

  async #expectThenAdvance(key: BlockIdKey): Promise<void> {
    await this.#gatherer.expect(this.#context, this.#machine, key)
    await this.#advance({ kind: 'poolChanged' })
  }

  #onPart(round: Round, part: Part): Promise<void> | undefined {
    const completed = this.#gatherer.addPart(this.#context, round, part)
    return completed === null ? undefined : this.#judgeThenAdvance(completed)
  }

  /** A complete block may be what the rules wait for, or the decided one that had been let go. */
  async #judgeThenAdvance(key: BlockIdKey): Promise<void> {
    await this.#gatherer.judge(this.#context, this.#machine, key)
    const { decision } = this.#machine
    if (decision?.value === key) await this.#commit(decision.round, key)
    else await this.#advance({ kind: 'poolChanged' })
  }

  /** More than two thirds decided what is invalid here: this node's software or state differs from theirs. */
  #refuseInvalidDecision(): void {
    const decided = this.#context.env.view.precommitQuorum()
    if (decided === null || this.#context.pool.validity(decided.value) !== 'invalid') return
    const { height } = this.#context
    throw new HostError(
      'INVALID_DECISION',
      `+2/3 of the power decided block ${decided.value.slice(0, 64)} at height ${height}, which is invalid here: compare version, application and data with the other validators`
    )
  }

  #onStart(height: Height, waitForTxs: boolean): Promise<void> | undefined {
    if (height !== this.#context.height || this.#machine.step !== 'newHeight') return
    this.#log({ kind: 'startHeight', height, waitForTxs })
    if (waitForTxs && this.#deferred === null) this.#heightStart.scheduleEmptyBlock(height)
    return this.#advance({ kind: 'startHeight', height, waitForTxs })
  }

  async #advance(input: Input): Promise<void> {
    const before = this.#machine
    const { state, effects, fired } = step(before, input, this.#context.env)
    if (state.decision === null) this.#refuseInvalidDecision()
    if (fired.length === 0) return
    this.#machine = state
    this.#context.pool.enterRound(state.round)
    this.#parts.listener.onTransition({ before, after: state, input, effects, fired, context: this.#context })
    for (const effect of effects) {
      if (this.#deferred !== null) this.#deferred.push(effect)
      else await this.#execute(effect)
    }
  }

  /**
   * Logged, so that a restart proposes this very block again: its proposal may be signed already. In a replay the parts
   * have just come by; without all of them nothing was signed, and another block is built.
   */
  async #onBuilt(event: Extract<HostEvent, { kind: 'valueBuilt' }>): Promise<void> {
    if (this.#deferred !== null) await this.#gatherer.expect(this.#context, this.#machine, event.value)
    if (!this.#context.blocks.get(event.value)?.parts.isComplete) return
    this.#log(event)
    await this.#advance(event)
  }

  /**
   * WAL before signature: a restart that finds the signature finds its causes too, comes to the same wish and is given
   * the same signature. The other way round, what was signed and not logged could neither be said nor be taken back, and
   * a height that needs this very vote would stand still.
   */
  async #execute(effect: Effect): Promise<void> {
    const { voteMaker } = this.#parts
    if (effect.kind === 'signProposal' || effect.kind === 'signVote') {
      await this.#parts.journal.flush()
      if (this.#loop.isStopped) return
    }
    switch (effect.kind) {
      case 'scheduleTimeout':
        this.#timeouts.schedule(effect.timeout)
        return
      case 'buildValue':
        return this.#build(effect.height, effect.round)
      case 'signProposal': {
        const proposal = await voteMaker?.propose(this.#context, effect)
        if (!proposal) return
        this.postOwn({ kind: 'message', message: proposal, from: null })
        return
      }
      case 'signVote': {
        const vote = await voteMaker?.vote(this.#context, this.#machine, effect)
        if (vote) this.postOwn({ kind: 'message', message: vote, from: null })
        return
      }
      case 'commit':
        return this.#commit(effect.round, effect.value)
    }
  }

  async #build(height: Height, round: Round): Promise<void> {
    const { executor, voteMaker } = this.#parts
    const { state } = this.#context
    if (voteMaker === null) return
    const built = await executor.build(state, voteMaker.address)
    const key = blockIdKey(built.blockId)
    await this.#gatherer.expect(this.#context, this.#machine, key)
    for (const part of built.parts) this.#gatherer.addPart(this.#context, round, part)
    await this.#gatherer.judge(this.#context, this.#machine, key)
    this.postOwn({ kind: 'valueBuilt', height, round, value: key })
  }

  /** A proposal leaves with its block. */
  #addToOutbox(wire: ConsensusMessage): void {
    this.#outbox.add(wire)
    if (wire.kind !== 'proposal') return
    const { height, round, blockId } = wire.proposal
    const entry = this.#context.blocks.get(blockIdKey(blockId))
    if (entry === undefined) return
    for (const part of partsOf(entry.parts)) this.#outbox.add({ kind: 'blockPart', height, round, part })
  }

  async #commit(round: Round, key: BlockIdKey): Promise<void> {
    const { blocks, pool, state, height } = this.#context
    const entry = blocks.get(key)
    // Judged once, then let go among too many others: it is gathered again, and committed when it is complete.
    if (!entry?.block) return this.#gatherer.expect(this.#context, this.#machine, key)
    // Our precommit may be what others wait for; they need not wait for our disk and application.
    this.#sendOutbox()
    this.#commitTimeMs = this.#parts.clock.now()
    const precommits = pool.commitVotes(round, key).flatMap(vote => (vote === null ? [] : [vote.payload]))
    const seenCommit = makeSeenCommit(
      { height, round, blockId: entry.blockId },
      pool.powers.length,
      precommits
    )
    const decided = { blockId: entry.blockId, block: entry.block, parts: partsOf(entry.parts) }
    this.#enterHeight(await this.#parts.executor.commit(state, decided, seenCommit))
  }

  /** A block that a peer sent with the commit that proves it. */
  async #onSyncedBlock({ block, done }: Extract<HostEvent, { kind: 'syncedBlock' }>): Promise<void> {
    this.#syncing--
    const outcome = await this.#applySynced(block)
    // The start of this height may have been put off for blocks that turned out to be of no use.
    if (outcome !== 'applied' && this.#machine.step === 'newHeight') this.#scheduleStart()
    done(outcome)
  }

  async #applySynced(block: FetchedBlock): Promise<SyncOutcome> {
    if (block.seenCommit.height !== this.#context.height) return 'stale'
    const applied = await this.#parts.executor.applySynced(this.#context.state, block)
    if (typeof applied === 'string') return { refused: applied }
    this.#commitTimeMs = this.#parts.clock.now()
    this.#enterHeight(applied)
    return 'applied'
  }

  #enterHeight(state: ChainState): void {
    const { journal, pool, listener } = this.#parts
    journal.endHeight(this.#context.height)
    this.#timeouts.cancelAll()
    pool.pruneBelow(this.#context.height)
    this.#context = this.#openHeight(state)
    this.#machine = initialRoundState(this.#context.height)
    listener.onHeight(this.#context)
    if (this.#deferred === null) this.#scheduleStart()
  }

  #openHeight(state: ChainState): HeightContext {
    return makeHeightContext(state, this.#parts.voteMaker?.address ?? null, this.#parts.pool)
  }

  /** Not while fetched blocks wait: whatever we would sign now is decided already (cometbft#5953). */
  #scheduleStart(): void {
    if (this.#syncing > 0) return
    const isComplete = this.#parts.executor.lastCommit?.isComplete ?? false
    this.#heightStart.schedule(this.#context, this.#commitTimeMs, isComplete)
  }
}
