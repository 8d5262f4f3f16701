import type { TimeoutKind, VoteKind } from '../../consensus/index.ts'
import { StoryBed } from './story-bed.ts'
import {
  commandOf,
  type Passage,
  parseStory,
  roundOf,
  type StoryCommand,
  StoryError,
  sendersOf,
  storyChainOf
} from './story-text.ts'

/** What became of a story on a real node. */
export interface PlayedStory {
  readonly commands: number
  /** Lines the machine wrote: moves and answers. */
  readonly lines: number
  /** The first line that is not as the story has it; null when all are. */
  readonly difference: StoryDifference | null
}

export interface StoryDifference {
  readonly command: string
  /** null where the story, or the node, has no line more. */
  readonly told: string | null
  readonly played: string | null
}

/**
 * Plays a golden story on a real node: its messages come over simulated wires, signed and with real blocks, through
 * admission, pool, log and signer. What the machine does must be what the story says, line by line. Throws StoryError.
 */
export async function playStory(text: string): Promise<PlayedStory> {
  const passages = parseStory(text).filter(({ command }) => command !== '')
  let [commands, lines] = [0, 0]
  for (const chapter of chaptersOf(passages)) {
    const difference = await playChapter(chapter)
    commands += chapter.length
    lines += chapter.reduce((sum, { output }) => sum + output.length, 0)
    if (difference !== null) return { commands, lines, difference }
  }
  return { commands, lines, difference: null }
}

/** A story may begin anew. */
function chaptersOf(passages: readonly Passage[]): readonly (readonly Passage[])[] {
  const chapters: Passage[][] = []
  for (const passage of passages) {
    if (commandOf(passage).name === 'new') chapters.push([])
    chapters.at(-1)!.push(passage)
  }
  return chapters
}

async function playChapter(chapter: readonly Passage[]): Promise<StoryDifference | null> {
  const [first, ...rest] = chapter
  const commands = rest.map(commandOf)
  if (commands.some(({ name, plain }) => name === 'start' && plain.includes('waiting'))) {
    throw new StoryError('UNPLAYABLE', 'a real chain makes its first block without waiting for transactions')
  }
  const bed = await StoryBed.open(storyChainOf(commandOf(first!)), invalidNames(commands), roundsOf(chapter))
  // A node that is busy building takes a message later than a bare machine: lines are compared over the whole chapter.
  const told: { readonly command: string; readonly line: string }[] = []
  const played: string[] = []
  if (commands[0]?.name !== 'start') {
    throw new StoryError(
      'UNPLAYABLE',
      "a node hears nothing before it starts: the first command must be 'start'"
    )
  }
  for (const [index, command] of commands.entries()) {
    const { output, command: words } = rest[index]!
    for (const line of output) told.push({ command: words, line })
    if (bed.isBuilding && command.name !== 'built' && command.name !== 'explain') {
      throw new StoryError(
        'UNPLAYABLE',
        `a node that builds a block takes nothing else until it is done: '${words}'`
      )
    }
    const answer = await perform(bed, command)
    played.push(...bed.takeLines(), ...answer)
    const wrong = bed.node.pool.checkCoherence()
    if (wrong.length > 0) return { command: words, told: null, played: `INCOHERENT: ${wrong[0]}` }
  }
  return compare(told, played)
}

function compare(
  told: readonly { readonly command: string; readonly line: string }[],
  played: readonly string[]
): StoryDifference | null {
  for (let at = 0; at < Math.max(told.length, played.length); at++) {
    const [is, said] = [played[at] ?? null, told[at]?.line ?? null]
    if (is === said) continue
    return { command: (told[at] ?? told.at(-1))?.command ?? 'new', told: said, played: is }
  }
  return null
}

async function perform(bed: StoryBed, command: StoryCommand): Promise<readonly string[]> {
  const { name, plain } = command
  const [word = 'nil'] = plain
  const round = roundOf(command) ?? bed.round
  switch (name) {
    case 'start':
      await bed.start()
      return []
    case 'built':
      await bed.built(word)
      return []
    case 'propose': {
      const pol = command.named.get('pol')
      await bed.propose(word, round, pol === undefined ? -1 : Number(pol), plain[1] !== 'incomplete')
      return []
    }
    case 'check':
      await bed.sendBlock(word, round)
      return []
    case 'prevote':
    case 'precommit':
      await bed.vote(name, round, word === 'nil' ? null : word, sendersOf(command))
      return []
    case 'certificate': {
      const value = plain[1] === undefined || plain[1] === 'nil' ? null : plain[1]
      await bed.certificate(word as VoteKind, round, value, sendersOf(command))
      return []
    }
    case 'timeout':
      await bed.timeout(word as TimeoutKind, round)
      return []
    case 'explain':
      return [bed.explanation()]
    default:
      throw new StoryError('UNPLAYABLE', `'${name}' cannot be played on a real node`)
  }
}

function invalidNames(commands: readonly StoryCommand[]): ReadonlySet<string> {
  return new Set(commands.filter(({ plain }) => plain[1] === 'invalid').map(({ plain }) => plain[0]!))
}

/** The highest round a chapter speaks of. */
function roundsOf(chapter: readonly Passage[]): number {
  let rounds = 0
  for (const { command, output } of chapter) {
    for (const text of [command, ...output]) {
      for (const [, round] of text.matchAll(/(?:\b\d+\/|round=)(\d{1,4})\b/g)) {
        rounds = Math.max(rounds, Number(round))
      }
    }
  }
  return rounds
}
