import type { Timeout } from './input.ts'
import type { ValueId, VoteKind } from './message-view.ts'
import type { RoundState, RoundValue, Step } from './round-state.ts'
import type { StepEnv } from './step-env.ts'

/** What the machine is waiting for, for a person who asks why a height does not go on. */
export interface Explanation {
  readonly height: number
  readonly round: number
  readonly step: Step
  readonly isProposer: boolean
  readonly locked: RoundValue | null
  readonly valid: RoundValue | null
  readonly decision: RoundValue | null
  /** Every single thing that would move the machine on, nearest to a decision first; empty after a decision. */
  readonly awaits: readonly Awaited[]
}

export type Awaited =
  | { readonly kind: 'startHeight' }
  | { readonly kind: 'transactions' }
  /** The value this node is building. */
  | { readonly kind: 'ownValue' }
  | { readonly kind: 'proposal'; readonly round: number }
  /** A value that is named by a quorum or a proposal but is not complete and checked here. */
  | {
      readonly kind: 'value'
      readonly value: ValueId
      readonly round: number
      readonly namedBy: 'precommits' | 'prevotes' | 'proposal'
    }
  /** The polka of an earlier round that a re-proposal points to. */
  | {
      readonly kind: 'polRound'
      readonly round: number
      readonly value: ValueId
      readonly power: bigint
      readonly quorum: bigint
    }
  /** Votes of this round: `power` of any so far, `leading` the strongest of nil, the proposed and the agreed values. */
  | {
      readonly kind: 'votes'
      readonly vote: VoteKind
      readonly round: number
      readonly power: bigint
      readonly leading: { readonly value: ValueId | null; readonly power: bigint } | null
      readonly quorum: bigint
    }
  | { readonly kind: 'timeout'; readonly timeout: Timeout }
  /** +2/3 precommitted a value that is invalid here: a person must look at it. */
  | { readonly kind: 'invalidDecision'; readonly value: ValueId; readonly round: number }

/** Says what is awaited. Pure; reads the same view as `step`. */
export function explain(state: RoundState, env: StepEnv): Explanation {
  const { height, round, step, locked, valid, decision } = state
  const isProposer = env.isProposer(round)
  return { height, round, step, isProposer, locked, valid, decision, awaits: awaited(state, env) }
}

function awaited(state: RoundState, env: StepEnv): readonly Awaited[] {
  if (state.decision !== null) return []
  const awaits: Awaited[] = [...awaitedDecision(env)]
  if (state.step === 'newHeight') return [...awaits, { kind: 'startHeight' }]
  awaits.push(...awaitedPolka(state, env))
  if (state.waiting) return [...awaits, { kind: 'transactions' }, { kind: 'proposal', round: 0 }]
  if (state.step === 'propose') awaits.push(...awaitedProposal(state, env))
  if (state.step === 'prevote') awaits.push(awaitedVotes('prevote', state, env))
  awaits.push(awaitedVotes('precommit', state, env))
  awaits.push(...awaitedTimeouts(state))
  return awaits
}

function awaitedDecision(env: StepEnv): readonly Awaited[] {
  const quorum = env.view.precommitQuorum()
  if (quorum === null) return []
  const { value, round } = quorum
  if (env.view.validity(value) === 'invalid') return [{ kind: 'invalidDecision', value, round }]
  return [{ kind: 'value', value, round, namedBy: 'precommits' }]
}

function awaitedPolka(state: RoundState, env: StepEnv): readonly Awaited[] {
  const { round } = state
  const value = env.view.polka(round)
  if (value === undefined || value === null) return []
  if (env.view.validity(value) === 'unknown') return [{ kind: 'value', value, round, namedBy: 'prevotes' }]
  const isProposed = env.view.proposals(round).some(p => p.value === value)
  return state.step === 'prevote' && !isProposed ? [{ kind: 'proposal', round }] : []
}

function awaitedProposal(state: RoundState, env: StepEnv): readonly Awaited[] {
  if (state.building) return [{ kind: 'ownValue' }]
  const { round } = state
  const proposals = env.view.proposals(round)
  if (proposals.length === 0) return [{ kind: 'proposal', round }]
  const awaits: Awaited[] = []
  for (const { value, polRound } of proposals) {
    if (env.view.validity(value) === 'unknown') {
      awaits.push({ kind: 'value', value, round, namedBy: 'proposal' })
    }
    if (polRound < 0) continue
    const power = env.view.power('prevote', polRound, value)
    if (power < env.quorum)
      awaits.push({ kind: 'polRound', round: polRound, value, power, quorum: env.quorum })
  }
  return awaits
}

function awaitedVotes(vote: VoteKind, state: RoundState, env: StepEnv): Awaited {
  const { round } = state
  const proposed = env.view.proposals(round).map(proposal => proposal.value)
  const agreed = [env.view.polka(round), env.view.precommitQuorum()?.value].filter(
    value => value !== undefined
  )
  const counted = [null, ...proposed, ...agreed].map(value => ({
    value,
    power: env.view.power(vote, round, value)
  }))
  const strongest = counted.reduce((best, each) => (each.power > best.power ? each : best))
  const leading = strongest.power > 0n ? strongest : null
  return { kind: 'votes', vote, round, power: env.view.powerOfAny(vote, round), leading, quorum: env.quorum }
}

function awaitedTimeouts(state: RoundState): readonly Awaited[] {
  const { height, round, step, once } = state
  const awaits: Awaited[] = []
  if (step === 'propose') awaits.push({ kind: 'timeout', timeout: { kind: 'propose', height, round } })
  if (step === 'prevote' && once.polkaAny) {
    awaits.push({ kind: 'timeout', timeout: { kind: 'prevote', height, round } })
  }
  if (once.precommitAny) awaits.push({ kind: 'timeout', timeout: { kind: 'precommit', height, round } })
  return awaits
}
