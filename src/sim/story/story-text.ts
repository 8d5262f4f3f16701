import { PnyxError } from '../../util/index.ts'

export type StoryErrorCode = 'UNREADABLE' | 'UNPLAYABLE'

/** A story is no story, or not one that can happen on a real chain. The message is one line. */
export class StoryError extends PnyxError<StoryErrorCode> {}

/** One command of a golden story, the comments above it, and the output that stands under it. */
export interface Passage {
  readonly comments: readonly string[]
  /** '' for comments that stand alone. */
  readonly command: string
  readonly output: readonly string[]
}

/** A command cut into its name, its words and its `key=value` pairs. */
export interface StoryCommand {
  readonly name: string
  readonly plain: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

const RULE = '----'
/** Commands a story may have. */
const COMMANDS = [
  'new',
  'start',
  'transactions',
  'built',
  'propose',
  'check',
  'prevote',
  'precommit',
  'certificate',
  'timeout',
  'explain'
]

/**
 * Cuts a golden story into passages: comments, a command, `----`, its output, an empty line. Throws StoryError
 * UNREADABLE.
 */
export function parseStory(text: string): readonly Passage[] {
  const passages = text
    .trim()
    .split(/\n{2,}/)
    .map(parsePassage)
  const first = passages.find(({ command }) => command !== '')
  if (first === undefined || commandOf(first).name !== 'new') {
    throw new StoryError('UNREADABLE', "a scenario begins with 'new', as in: new powers=1,1,1,1 self=2")
  }
  return passages
}

function parsePassage(block: string): Passage {
  const lines = block.split('\n')
  const firstOther = lines.findIndex(line => !line.startsWith('#'))
  const comments = firstOther === -1 ? lines : lines.slice(0, firstOther)
  const [command = '', rule, ...output] = lines.slice(comments.length)
  if (command === '') return { comments, command, output: [] }
  const name = command.split(/\s+/)[0]!
  if (!COMMANDS.includes(name)) {
    throw new StoryError('UNREADABLE', `'${command.slice(0, 60)}' is no command of a scenario`)
  }
  if (rule !== RULE) throw new StoryError('UNREADABLE', `there is no ${RULE} under '${command.slice(0, 60)}'`)
  return { comments, command, output }
}

export function printStory(passages: readonly Passage[]): string {
  const blocks = passages.map(({ comments, command, output }) =>
    [...comments, ...(command === '' ? [] : [command, RULE, ...output])].join('\n')
  )
  return `${blocks.join('\n\n')}\n`
}

export function commandOf({ command }: Pick<Passage, 'command'>): StoryCommand {
  const [name = '', ...words] = command.split(/\s+/)
  const named = new Map<string, string>()
  const plain: string[] = []
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals < 0) plain.push(word)
    else named.set(word.slice(0, equals), word.slice(equals + 1))
  }
  return { name, plain, named }
}

/** What `new` says: powers by number, whose machine it is, and whose turn it is in each round. */
export interface StoryChain {
  readonly powers: readonly bigint[]
  /** From 0; null for a full node. */
  readonly self: number | null
  /** From 0; one after the other unless the story says otherwise. */
  readonly proposerOf: (round: number) => number
}

const MOST_VALIDATORS = 100

export function storyChainOf({ named }: StoryCommand): StoryChain {
  const powers = numbersIn(named.get('powers') ?? '1,1,1,1', 'powers').map(BigInt)
  const count = powers.length
  if (count > MOST_VALIDATORS || powers.includes(0n)) {
    throw new StoryError('UNREADABLE', `powers: 1 to ${MOST_VALIDATORS} validators, each with some power`)
  }
  const validator = (text: string, what: string): number => {
    const number = numbersIn(text, what)[0]!
    if (number >= 1 && number <= count) return number - 1
    throw new StoryError('UNREADABLE', `${what}: there is no validator ${number} among ${count}`)
  }
  const selfText = named.get('self') ?? '1'
  const turns = (named.get('proposers') ?? '').split(',').filter(text => text !== '')
  const proposers = turns.map(turn => validator(turn, 'proposers'))
  return {
    powers,
    self: selfText === 'none' ? null : validator(selfText, 'self'),
    proposerOf: round => proposers[round] ?? round % count
  }
}

/** Numbers of validators from 0, as `from=` names them from 1. */
export function sendersOf({ named }: StoryCommand): readonly number[] {
  return numbersIn(named.get('from') ?? '', 'from').map(number => number - 1)
}

/** The round a command is about; null for the one the machine is in. */
export function roundOf({ named }: StoryCommand): number | null {
  const text = named.get('round')
  return text === undefined ? null : numbersIn(text, 'round')[0]!
}

export function numbersIn(text: string, what: string): readonly number[] {
  const numbers = text.split(',').map(word => (/^\d{1,9}$/.test(word) ? Number(word) : -1))
  if (!numbers.includes(-1)) return numbers
  throw new StoryError('UNREADABLE', `${what}: '${text.slice(0, 40)}' is not a list of numbers`)
}
