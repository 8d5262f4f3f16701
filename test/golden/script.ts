import {
  explain,
  formatExplanation,
  formatTransition,
  type TimeoutKind,
  type ValueId,
  type VoteKind
} from '../../src/consensus/index.ts'
import { ConsensusBench } from '../support/consensus-bench.ts'

/** One command of a golden file, its arguments, and the output that stands under it. */
interface Passage {
  readonly comments: readonly string[]
  readonly command: string
  readonly output: readonly string[]
}

const RULE = '----'

/** Cuts a golden file into passages: comments, a command, `----`, its output, an empty line. */
export function parseGolden(text: string): readonly Passage[] {
  return text
    .trim()
    .split(/\n{2,}/)
    .map(block => {
      const lines = block.split('\n')
      const comments = lines.filter(line => line.startsWith('#'))
      const rest = lines.slice(comments.length)
      if (rest[1] !== RULE && rest.length > 1) throw new SyntaxError(`no ---- after: ${rest[0]}`)
      return { comments, command: rest[0] ?? '', output: rest.slice(2) }
    })
}

export function printGolden(passages: readonly Passage[]): string {
  const blocks = passages.map(({ comments, command, output }) =>
    [...comments, ...(command === '' ? [] : [command, RULE, ...output])].join('\n')
  )
  return `${blocks.join('\n\n')}\n`
}

/** Plays every command of a file and writes down what the machine did. */
export function playGolden(passages: readonly Passage[]): readonly Passage[] {
  let bench = new ConsensusBench()
  return passages.map(passage => {
    const [name = '', ...words] = passage.command.split(/\s+/)
    if (name === '') return passage
    const args = parseArguments(words)
    if (name === 'new') bench = makeBench(args)
    const before = bench.transitions.length
    const output = name === 'new' ? [] : perform(bench, name, args)
    const coherence = bench.pool.checkCoherence().map(wrong => `INCOHERENT: ${wrong}`)
    return { ...passage, output: [...transitionsSince(bench, before), ...output, ...coherence] }
  })
}

interface Arguments {
  /** Words without `=`, in order. */
  readonly plain: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

function parseArguments(words: readonly string[]): Arguments {
  const named = new Map<string, string>()
  const plain: string[] = []
  for (const word of words) {
    const [key, value] = word.split('=') as [string, string | undefined]
    if (value === undefined) plain.push(word)
    else named.set(key, value)
  }
  return { plain, named }
}

/** Validators are numbered from 1 in golden files, as in the scenarios of CometBFT. */
function makeBench({ named }: Arguments): ConsensusBench {
  const powers = (named.get('powers') ?? '1,1,1,1').split(',').map(BigInt)
  const self = named.get('self') ?? '1'
  return new ConsensusBench({ powers, self: self === 'none' ? null : Number(self) - 1 })
}

function perform(bench: ConsensusBench, name: string, { plain, named }: Arguments): readonly string[] {
  const round = named.has('round') ? Number(named.get('round')) : bench.state.round
  const from = (named.get('from') ?? '').split(',').map(number => Number(number) - 1)
  const value = valueOfWord(plain[0])
  switch (name) {
    case 'start':
      bench.start(plain.includes('waiting'))
      return []
    case 'transactions':
      bench.feed({ kind: 'txsAvailable', height: bench.height })
      return []
    case 'built':
      bench.built(value!, round)
      return []
    case 'propose': {
      const before = bench.heightPool.validity(value!)
      const said = (plain[1] ?? (before === 'unknown' ? 'valid' : before)) as
        | 'valid'
        | 'invalid'
        | 'incomplete'
      const validity = said === 'incomplete' ? 'unknown' : said
      const polRound = Number(named.get('pol') ?? -1)
      bench.propose(round, value!, { polRound, validity })
      return []
    }
    case 'check':
      bench.judge(value!, plain[1] as 'valid' | 'invalid')
      return []
    case 'prevote':
    case 'precommit':
      bench.vote(name, round, value, from)
      return []
    case 'certificate':
      bench.certificate(plain[0] as VoteKind, round, valueOfWord(plain[1]), from)
      return []
    case 'timeout':
      bench.elapse(plain[0] as TimeoutKind, round)
      return []
    case 'explain':
      return [formatExplanation(explain(bench.state, bench.env), name => name)]
    default:
      throw new SyntaxError(`unknown command ${name}`)
  }
}

function valueOfWord(word: string | undefined): ValueId | null {
  return word === undefined || word === 'nil' ? null : word
}

function transitionsSince(bench: ConsensusBench, from: number): readonly string[] {
  const moved = bench.transitions.slice(from).filter(({ result }) => result.fired.length > 0)
  if (moved.length === 0) return []
  return moved.map(({ input, result }) => formatTransition(input, result, value => value))
}
