import {
  type Effect,
  formatEffect,
  formatInput,
  formatState,
  type RoundState
} from '../../consensus/index.ts'
import type { HostTransition } from '../../validator/index.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type MemberSet, proposerAt } from '../ledger/validators.ts'
import type { Fail } from './fail.ts'
import { ReferenceMachine, type ReferenceView } from './reference-machine.ts'

/**
 * Compares a move of a node's machine with what the reference makes of the same messages. The messages are the pool's;
 * what they sum up to, whose turn it is and what must be done is found out anew.
 */
export function checkTransition(
  name: string,
  address: string,
  transition: HostTransition,
  ledger: Ledger,
  fail: Fail
): void {
  const { before, after, input, effects, context } = transition
  const set = ledger.setAt(before.height)
  if (set === undefined) return
  const expected = new ReferenceMachine(before, viewOf(context, set, address)).run(input)
  const wrong = difference({ state: after, effects }, expected)
  if (wrong === null) return
  const where = `${name} at ${formatState(before)}, upon "${formatInput(input)}"`
  fail('algorithm', `${where}: ${wrong}`)
}

/** What a node has in its pool, with nothing that the pool made of it. */
export function viewOf({ pool }: HostTransition['context'], set: MemberSet, address: string): ReferenceView {
  const isValidator = set.members.some(member => member.address === address)
  return {
    messages: pool.find().map(message => ({
      kind: message.kind,
      round: message.round,
      validator: message.validator,
      value: message.value,
      ...(message.kind === 'proposal' && { polRound: message.polRound })
    })),
    powers: set.members.map(({ power }) => power),
    validity: value => pool.validity(value),
    proposes: round => isValidator && proposerAt(set, round) === address,
    votes: isValidator
  }
}

interface Outcome {
  readonly state: RoundState
  readonly effects: readonly Effect[]
}

export function difference(is: Outcome, mustBe: Outcome): string | null {
  const words = (effects: readonly Effect[]): string =>
    effects.map(effect => formatEffect(effect)).join(', ') || 'nothing'
  if (words(is.effects) !== words(mustBe.effects)) {
    return `it does ${words(is.effects)}, the algorithm ${words(mustBe.effects)}`
  }
  if (textOf(is.state) === textOf(mustBe.state)) return null
  return `it is in ${formatState(is.state)}, the algorithm in ${formatState(mustBe.state)}`
}

function textOf({ once, ...state }: RoundState): string {
  const { height, round, step, locked, valid, decision, building, waiting } = state
  const flags = [once.polkaAny, once.polkaValue, once.precommitAny, building, waiting]
  const value = (of: RoundState['locked']): string => (of === null ? '-' : `${of.value}@${of.round}`)
  return [height, round, step, value(locked), value(valid), value(decision), ...flags].join(' ')
}
