import { line10StopWaiting, line49Decide, line55SkipRound } from './decide-rules.ts'
import { line36Lock, line42SetValid, line44PrecommitNil } from './polka-rules.ts'
import { line22PrevoteNew, line28PrevoteOld } from './proposal-rules.ts'
import type { Rule } from './rule.ts'
import { line34ScheduleTimeoutPrevote, line47ScheduleTimeoutPrecommit } from './timeout-rules.ts'

/** The `upon` clauses that look at messages, highest priority first. */
export const RULES = {
  line49Decide,
  line55SkipRound,
  line10StopWaiting,
  line36Lock,
  line42SetValid,
  line44PrecommitNil,
  line28PrevoteOld,
  line22PrevoteNew,
  line34ScheduleTimeoutPrevote,
  line47ScheduleTimeoutPrecommit
} as const satisfies Record<string, Rule>

/** The `upon` clauses of inputs that are not messages. */
export const INPUT_RULES = [
  'line10StartHeight',
  'line10TxsAvailable',
  'line19ProposeBuilt',
  'line57TimeoutPropose',
  'line61TimeoutPrevote',
  'line65TimeoutPrecommit'
] as const

/** A rule by the name of its function, which is the paper's line. */
export type RuleName = keyof typeof RULES | (typeof INPUT_RULES)[number]
