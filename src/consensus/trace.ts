import type { Effect } from './effect.ts'
import type { Awaited, Explanation } from './explain.ts'
import type { Input, Timeout } from './input.ts'
import type { ValueId } from './message-view.ts'
import type { RoundState, RoundValue } from './round-state.ts'
import type { RuleName } from './rules/priority.ts'
import type { StepResult } from './step.ts'

/** Turns a value's id into a short word for a trace line. */
export type ValueNamer = (value: ValueId) => string

/** The first eight characters: enough of a block id to tell blocks of one height apart. */
export const shortValue: ValueNamer = value => value.slice(0, 8)

const RULE_WORDS: Record<RuleName, string> = {
  line10StartHeight: 'L10 start',
  line10TxsAvailable: 'L10 transactions',
  line10StopWaiting: 'L10 stop waiting',
  line19ProposeBuilt: 'L19 propose',
  line22PrevoteNew: 'L22 new proposal',
  line28PrevoteOld: 'L28 old proposal',
  line34ScheduleTimeoutPrevote: 'L34 prevotes',
  line36Lock: 'L36 lock',
  line42SetValid: 'L42 valid value',
  line44PrecommitNil: 'L44 nil polka',
  line47ScheduleTimeoutPrecommit: 'L47 precommits',
  line49Decide: 'L49 decide',
  line55SkipRound: 'L55 skip round',
  line57TimeoutPropose: 'L57 propose timeout',
  line61TimeoutPrevote: 'L61 prevote timeout',
  line65TimeoutPrecommit: 'L65 precommit timeout'
}

export function formatRule(rule: RuleName): string {
  return RULE_WORDS[rule]
}

export function formatInput(input: Input, nameOf: ValueNamer = shortValue): string {
  switch (input.kind) {
    case 'startHeight':
      return `start height ${input.height}${input.waitForTxs === true ? ', wait for transactions' : ''}`
    case 'txsAvailable':
      return `transactions available at height ${input.height}`
    case 'poolChanged':
      return 'pool changed'
    case 'valueBuilt':
      return `built ${nameOf(input.value)} for ${input.height}/${input.round}`
    case 'timeoutElapsed':
      return `${formatTimeout(input.timeout)} elapsed`
  }
}

export function formatEffect(effect: Effect, nameOf: ValueNamer = shortValue): string {
  switch (effect.kind) {
    case 'buildValue':
      return `build a value for ${effect.height}/${effect.round}`
    case 'signProposal': {
      const pol = effect.polRound < 0 ? '' : ` with the polka of round ${effect.polRound}`
      return `propose ${nameOf(effect.value)} at ${effect.height}/${effect.round}${pol}`
    }
    case 'signVote':
      return `${effect.vote} ${nameOrNil(effect.value, nameOf)} at ${effect.height}/${effect.round}`
    case 'scheduleTimeout':
      return `schedule ${formatTimeout(effect.timeout)}`
    case 'commit':
      return `commit ${nameOf(effect.value)} of ${effect.height}/${effect.round}`
  }
}

/** For example `7/1 precommit locked B@1 valid B@1`. */
export function formatState(state: RoundState, nameOf: ValueNamer = shortValue): string {
  const parts = [`${state.height}/${state.round}`, state.waiting ? 'waiting' : state.step]
  const add = (word: string, of: RoundValue | null): void => {
    if (of !== null) parts.push(word, `${nameOf(of.value)}@${of.round}`)
  }
  add('locked', state.locked)
  add('valid', state.valid)
  add('decided', state.decision)
  if (state.building) parts.push('building')
  return parts.join(' ')
}

/** One transition on one line: what came in, which rules fired, what must be done, and the state afterwards. */
export function formatTransition(input: Input, result: StepResult, nameOf: ValueNamer = shortValue): string {
  const rules = result.fired.length === 0 ? 'nothing' : result.fired.map(formatRule).join(', ')
  const effects = result.effects.map(effect => formatEffect(effect, nameOf)).join(', ')
  const doing = effects === '' ? '' : ` => ${effects}`
  return `${formatInput(input, nameOf)}: ${rules}${doing} [${formatState(result.state, nameOf)}]`
}

/** One line that says what the machine waits for. */
export function formatExplanation(explanation: Explanation, nameOf: ValueNamer = shortValue): string {
  const { height, round, step, awaits } = explanation
  const waits = awaits.map(awaited => formatAwaited(awaited, nameOf)).join('; ')
  return `${height}/${round} ${step} awaits ${waits === '' ? 'nothing' : waits}`
}

function formatAwaited(awaited: Awaited, nameOf: ValueNamer): string {
  switch (awaited.kind) {
    case 'startHeight':
      return 'the start of the height'
    case 'transactions':
      return 'transactions'
    case 'ownValue':
      return 'its own value to propose'
    case 'proposal':
      return `the proposal of round ${awaited.round}`
    case 'value':
      return `the value ${nameOf(awaited.value)} named by the ${awaited.namedBy} of round ${awaited.round}`
    case 'polRound':
      return `the polka of round ${awaited.round} for ${nameOf(awaited.value)} (${awaited.power} of ${awaited.quorum})`
    case 'votes':
      return formatVotes(awaited, nameOf)
    case 'timeout':
      return `the ${formatTimeout(awaited.timeout)}`
    case 'invalidDecision':
      return `a person: +2/3 precommitted ${nameOf(awaited.value)} in round ${awaited.round}, which is invalid here`
  }
}

function formatVotes(votes: Extract<Awaited, { kind: 'votes' }>, nameOf: ValueNamer): string {
  const { vote, round, power, leading, quorum } = votes
  const most = leading === null ? '' : `, most for ${nameOrNil(leading.value, nameOf)}: ${leading.power}`
  return `${vote}s of round ${round} (${power} of ${quorum}${most})`
}

function formatTimeout(timeout: Timeout): string {
  return `${timeout.kind} timeout ${timeout.height}/${timeout.round}`
}

function nameOrNil(value: ValueId | null, nameOf: ValueNamer): string {
  return value === null ? 'nil' : nameOf(value)
}
