import { assert } from '../util/index.ts'
import type { Effect } from './effect.ts'
import type { Input, Timeout } from './input.ts'
import type { RoundState } from './round-state.ts'
import { RULES, type RuleName } from './rules/priority.ts'
import type { Rule, Transition } from './rules/rule.ts'
import { line10StartHeight, line10TxsAvailable, line19ProposeBuilt } from './rules/start-rules.ts'
import { line57TimeoutPropose, line61TimeoutPrevote, line65TimeoutPrecommit } from './rules/timeout-rules.ts'
import type { StepEnv } from './step-env.ts'

export interface StepResult {
  readonly state: RoundState
  /** What the host must do, in this order. */
  readonly effects: readonly Effect[]
  /** The rules that fired, in order, named by the paper's line; empty when the input changed nothing. */
  readonly fired: readonly RuleName[]
}

const UPON_MESSAGES = Object.entries(RULES) as readonly [RuleName, Rule][]

/** More firings than any run of rules can need: a round fires each rule at most once, and skips once. */
const MOST_FIRINGS = 4 * UPON_MESSAGES.length

/**
 * Algorithm 1 as a function of values: feeds one input, then fires the rules in their fixed priority until none holds.
 * `env` belongs to the height that is running (for `startHeight`, to the height it names). An input that comes too late, or for
 * another height, changes nothing. After a decision only `startHeight` of a later height is heard.
 */
export function step(state: RoundState, input: Input, env: StepEnv): StepResult {
  const effects: Effect[] = []
  const fired: RuleName[] = []
  let current = state
  const take = (name: RuleName, transition: Transition): void => {
    fired.push(name)
    effects.push(...transition.effects)
    current = transition.state
  }

  const first = uponInput(state, input, env)
  if (first !== null) take(first.name, first.transition)
  for (let next = firstHolding(current, env); next !== null; next = firstHolding(current, env)) {
    take(next.name, next.transition)
    assert(fired.length <= MOST_FIRINGS, `rules do not come to rest: ${fired.join(', ')}`)
  }
  return { state: current, effects, fired }
}

interface Firing {
  readonly name: RuleName
  readonly transition: Transition
}

function firstHolding(state: RoundState, env: StepEnv): Firing | null {
  if (state.decision !== null) return null
  for (const [name, rule] of UPON_MESSAGES) {
    if (state.step === 'newHeight' && name !== 'line49Decide') continue
    const transition = rule(state, env)
    if (transition !== null) return { name, transition }
  }
  return null
}

function uponInput(state: RoundState, input: Input, env: StepEnv): Firing | null {
  if (input.kind === 'poolChanged') return null
  if (input.kind === 'startHeight') {
    const start = { height: input.height, waitForTxs: input.waitForTxs === true }
    return firing('line10StartHeight', line10StartHeight(state, start, env))
  }
  if (state.decision !== null || state.step === 'newHeight') return null
  switch (input.kind) {
    case 'txsAvailable':
      if (input.height !== state.height) return null
      return firing('line10TxsAvailable', line10TxsAvailable(state, env))
    case 'valueBuilt':
      if (input.height !== state.height) return null
      return firing('line19ProposeBuilt', line19ProposeBuilt(state, input))
    case 'timeoutElapsed':
      return uponTimeout(state, input.timeout, env)
  }
}

function uponTimeout(state: RoundState, timeout: Timeout, env: StepEnv): Firing | null {
  if (timeout.height !== state.height || timeout.round !== state.round) return null
  switch (timeout.kind) {
    case 'propose':
      return firing('line57TimeoutPropose', line57TimeoutPropose(state, env))
    case 'prevote':
      return firing('line61TimeoutPrevote', line61TimeoutPrevote(state, env))
    case 'precommit':
      return firing('line65TimeoutPrecommit', line65TimeoutPrecommit(state, env))
  }
}

function firing(name: RuleName, transition: Transition | null): Firing | null {
  return transition === null ? null : { name, transition }
}
