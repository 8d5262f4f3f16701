import type { Effect } from './effect.ts'
import type { Timeout } from './input.ts'
import type { RoundState } from './round-state.ts'

/**
 * Whether an effect produced earlier would still do something now. A host that replays its log with effects muted
 * keeps them, and afterwards executes, in order, those that are still current: the signer makes repeating them harmless.
 */
export function isCurrent(effect: Effect, state: RoundState): boolean {
  if (effect.kind === 'scheduleTimeout') return isTimeoutCurrent(effect.timeout, state)
  if (effect.height !== state.height) return false
  switch (effect.kind) {
    case 'commit':
      return state.decision !== null
    case 'buildValue':
      return state.building && effect.round === state.round
    case 'signProposal':
      return effect.round === state.round && state.step === 'propose'
    case 'signVote':
      return effect.round === state.round && state.decision === null
  }
}

/** Whether the timeout would move the machine when it elapses; a host may cancel timers for which this is false. */
export function isTimeoutCurrent(timeout: Timeout, state: RoundState): boolean {
  if (timeout.height !== state.height || timeout.round !== state.round || state.decision !== null)
    return false
  switch (timeout.kind) {
    case 'propose':
      return state.step === 'propose' && !state.waiting
    case 'prevote':
      return state.step === 'prevote'
    case 'precommit':
      return state.step !== 'newHeight'
  }
}
