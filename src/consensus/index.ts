export type { Effect } from './effect.ts'
export { type Awaited, type Explanation, explain } from './explain.ts'
export type { Input, Timeout, TimeoutKind } from './input.ts'
export type { MessageView, ProposalView, Validity, ValueId, VoteKind } from './message-view.ts'
export { isCurrent, isTimeoutCurrent } from './pending.ts'
export {
  initialRoundState,
  type OnceFlags,
  type RoundState,
  type RoundValue,
  type Step
} from './round-state.ts'
export { INPUT_RULES, RULES, type RuleName } from './rules/priority.ts'
export type { Rule, Transition } from './rules/rule.ts'
export { type StepResult, step } from './step.ts'
export type { StepEnv } from './step-env.ts'
export {
  formatEffect,
  formatExplanation,
  formatInput,
  formatRule,
  formatState,
  formatTransition,
  shortValue,
  type ValueNamer
} from './trace.ts'
