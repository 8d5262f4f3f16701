import { type Effect, formatTransition, type Input } from '../../consensus/index.ts'
import type { VerifiedMessage } from '../../mempool/index.ts'
import { type BlockIdKey, type Height, type Hex, proposerOfRound } from '../../types/index.ts'
import type { HostListener, HostTransition, MessageOutcome } from '../../validator/index.ts'
import type { Passage } from './story-text.ts'

/** Rounds whose proposers a story names. */
const ROUNDS_NAMED = 24
const HEIGHT = 1

interface Entry {
  command: string
  readonly moves: HostTransition[]
}

interface Chapter {
  readonly height: Height
  readonly entries: Entry[]
  readonly names: Map<BlockIdKey, string>
  /** Values that were spoken of and not judged here so far. */
  readonly unjudged: Set<BlockIdKey>
  /** By kind, round and value: who voted so, by number. */
  readonly voters: Map<string, Set<number>>
  context: HostTransition['context'] | null
}

/**
 * Writes down what one node meets in the height it is in, as a golden story: messages, timeouts and blocks as commands,
 * and under each what its machine did. The height is called 1, blocks B, C and so on, validators by their numbers from 1.
 */
export class StoryRecorder implements Pick<HostListener, 'onTransition' | 'onMessage'> {
  readonly #name: string
  readonly #self: Hex
  #chapter: Chapter | null = null
  #before: Chapter | null = null
  /** Set while votes are counted in one go: together they are a certificate. */
  #group: { readonly key: string; readonly entry: Entry } | null = null

  constructor(name: string, self: Hex) {
    this.#name = name
    this.#self = self
  }

  /** The process is a new one: it meets its log again from the beginning of the height. */
  reset(): void {
    this.#chapter = null
    this.#before = null
  }

  onMessage(message: VerifiedMessage, outcome: MessageOutcome): void {
    if (outcome !== 'added' && outcome !== 'conflicting') return
    const { height } = message.kind === 'vote' ? message.vote : message.proposal
    const chapter = this.#open(height)
    this.#noteJudged(chapter)
    if (message.kind === 'proposal') this.#onProposal(chapter, message)
    else this.#onVote(chapter, message, outcome)
  }

  onTransition(move: HostTransition): void {
    const { input, before, context } = move
    const chapter = this.#open(before.height)
    chapter.context = context
    const command = this.#commandOf(chapter, input)
    this.#noteJudged(chapter)
    if (command !== null) chapter.entries.push({ command, moves: [] })
    chapter.entries.at(-1)?.moves.push(move)
  }

  /** The story of the height in progress, or of the one before where nothing has happened in it; null for none. */
  passages(): readonly Passage[] | null {
    const isOpen = this.#chapter?.context != null && this.#chapter.entries.length > 1
    const chapter = isOpen ? this.#chapter : (this.#before ?? this.#chapter)
    const head = chapter && this.#headOf(chapter)
    if (chapter === null || head === null) return null
    const nameOf = (key: BlockIdKey): string => chapter.names.get(key) ?? key.slice(0, 8)
    return [
      head,
      ...chapter.entries.map(({ command, moves }) => ({
        comments: [],
        command,
        output: moves.map(({ input, effects, after, fired }) =>
          formatTransition(
            inputAtOne(input),
            { state: { ...after, height: HEIGHT }, effects: effects.map(effectAtOne), fired },
            nameOf
          )
        )
      }))
    ]
  }

  #open(height: Height): Chapter {
    if (this.#chapter?.height === height) return this.#chapter
    this.#before = this.#chapter
    this.#group = null
    this.#chapter = {
      height,
      entries: [],
      names: new Map(),
      unjudged: new Set(),
      voters: new Map(),
      context: null
    }
    return this.#chapter
  }

  /** Blocks that were found valid or invalid since it was looked last. */
  #noteJudged({ context, entries, names, unjudged }: Chapter): void {
    for (const key of unjudged) {
      const validity = context?.pool.validity(key) ?? 'unknown'
      if (validity === 'unknown') continue
      unjudged.delete(key)
      entries.push({ command: `check ${names.get(key)} ${validity}`, moves: [] })
    }
  }

  #onProposal(chapter: Chapter, message: Extract<VerifiedMessage, { kind: 'proposal' }>): void {
    if (message.proposer === this.#self) return
    const { round, polRound } = message.proposal
    const isNew = !chapter.names.has(message.blockIdKey)
    const name = this.#nameOf(chapter, message.blockIdKey)
    if (isNew) chapter.unjudged.add(message.blockIdKey)
    const words = ['propose', name]
    if (chapter.unjudged.has(message.blockIdKey)) words.push('incomplete')
    if (polRound >= 0) words.push(`pol=${polRound}`)
    chapter.entries.push({ command: [...words, `round=${round}`].join(' '), moves: [] })
  }

  #onVote(
    chapter: Chapter,
    { vote, blockIdKey }: Extract<VerifiedMessage, { kind: 'vote' }>,
    outcome: MessageOutcome
  ): void {
    const { type, round, validatorIndex, validatorAddress } = vote
    if (blockIdKey !== '' && !chapter.names.has(blockIdKey)) chapter.unjudged.add(blockIdKey)
    const value = blockIdKey === '' ? 'nil' : this.#nameOf(chapter, blockIdKey)
    const key = `${type} ${value} round=${round}`
    const voters = chapter.voters.get(key) ?? new Set<number>()
    chapter.voters.set(key, voters.add(validatorIndex + 1))
    if (this.#group?.key === key && outcome === 'added') {
      this.#group.entry.command = `certificate ${key} from=${[...voters].sort((a, b) => a - b).join(',')}`
      return
    }
    if (validatorAddress === this.#self) return
    const entry: Entry = { command: `${key} from=${validatorIndex + 1}`, moves: [] }
    chapter.entries.push(entry)
    if (outcome !== 'added') return
    // Single votes never come without a breath between them; the votes of a certificate do.
    const group = { key, entry }
    this.#group = group
    queueMicrotask(() => {
      if (this.#group === group) this.#group = null
    })
  }

  /** What a story says of an input; null for what follows from the command before. */
  #commandOf(chapter: Chapter, input: Input): string | null {
    switch (input.kind) {
      case 'startHeight':
        return input.waitForTxs === true ? 'start waiting' : 'start'
      case 'txsAvailable':
        return 'transactions'
      case 'timeoutElapsed':
        return `timeout ${input.timeout.kind} round=${input.timeout.round}`
      case 'valueBuilt':
        chapter.unjudged.delete(input.value)
        return `built ${this.#nameOf(chapter, input.value)} round=${input.round}`
      case 'poolChanged':
        return null
    }
  }

  /** B, C ... Z, then V26 and so on. */
  #nameOf({ names }: Chapter, key: BlockIdKey): string {
    let name = names.get(key)
    if (name === undefined) {
      name = names.size < 25 ? String.fromCharCode(66 + names.size) : `V${names.size + 1}`
      names.set(key, name)
    }
    return name
  }

  #headOf({ context, height }: Chapter): Passage | null {
    if (context === null) return null
    const { validators } = context.state
    const self = validators.indexByAddress.get(this.#self)
    const proposers = Array.from({ length: ROUNDS_NAMED }, (_, round) => {
      const { address } = proposerOfRound(validators, round)
      return validators.indexByAddress.get(address)! + 1
    })
    const powers = validators.validators.map(({ power }) => power)
    const words = [`powers=${powers.join(',')}`, `self=${self === undefined ? 'none' : self + 1}`]
    return {
      comments: [`# What ${this.#name} met at height ${height}, from its last start on.`],
      command: ['new', ...words, `proposers=${proposers.join(',')}`].join(' '),
      output: []
    }
  }
}

function inputAtOne(input: Input): Input {
  switch (input.kind) {
    case 'poolChanged':
      return input
    case 'timeoutElapsed':
      return { ...input, timeout: { ...input.timeout, height: HEIGHT } }
    default:
      return { ...input, height: HEIGHT }
  }
}

function effectAtOne(effect: Effect): Effect {
  return effect.kind === 'scheduleTimeout'
    ? { ...effect, timeout: { ...effect.timeout, height: HEIGHT } }
    : { ...effect, height: HEIGHT }
}
