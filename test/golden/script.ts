import {
  explain,
  formatExplanation,
  formatTransition,
  type TimeoutKind,
  type ValueId,
  type VoteKind
} from '../../src/consensus/index.ts'
import {
  commandOf,
  type Passage,
  roundOf,
  type StoryCommand,
  sendersOf,
  storyChainOf
} from '../../src/sim/index.ts'
import { ConsensusBench } from '../support/consensus-bench.ts'

/** Plays every command of a file and writes down what the machine did. */
export function playGolden(passages: readonly Passage[]): readonly Passage[] {
  let bench = new ConsensusBench()
  return passages.map(passage => {
    if (passage.command === '') return passage
    const command = commandOf(passage)
    const { name } = command
    if (name === 'new') bench = makeBench(command)
    const before = bench.transitions.length
    const output = name === 'new' ? [] : perform(bench, command)
    const coherence = bench.pool.checkCoherence().map(wrong => `INCOHERENT: ${wrong}`)
    return { ...passage, output: [...transitionsSince(bench, before), ...output, ...coherence] }
  })
}

/** Validators are numbered from 1 in golden files, as in the scenarios of CometBFT. */
function makeBench(command: StoryCommand): ConsensusBench {
  return new ConsensusBench(storyChainOf(command))
}

function perform(bench: ConsensusBench, command: StoryCommand): readonly string[] {
  const { name, plain, named } = command
  const round = roundOf(command) ?? bench.state.round
  const from = named.has('from') ? sendersOf(command) : []
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
