import {
  initialRoundState,
  type MessageView,
  type ProposalView,
  type RoundState,
  type StepEnv,
  type Validity,
  type ValueId
} from '../../src/consensus/index.ts'

export interface ViewFacts {
  readonly proposals?: Readonly<Record<number, readonly ProposalView[]>>
  readonly validity?: Readonly<Record<ValueId, Validity>>
  /** Power by round and value; 'nil' is nil. */
  readonly prevotes?: Readonly<Record<number, Readonly<Record<ValueId, bigint>>>>
  readonly precommits?: Readonly<Record<number, Readonly<Record<ValueId, bigint>>>>
  readonly busyRound?: number
}

/** The quorum of four validators of power 1. */
export const QUORUM = 3n

/** A view that states facts, for calling one rule at a time. Nobody votes twice in it, so "any" is the sum. */
export function makeView(facts: ViewFacts = {}): MessageView {
  const votes = { prevote: facts.prevotes ?? {}, precommit: facts.precommits ?? {} }
  const quorumIn = (powers: Readonly<Record<ValueId, bigint>> = {}): ValueId | null | undefined => {
    const value = Object.keys(powers).find(each => powers[each]! >= QUORUM)
    return value === 'nil' ? null : value
  }
  return {
    proposals: round => facts.proposals?.[round] ?? [],
    validity: value => facts.validity?.[value] ?? 'unknown',
    power: (kind, round, value) => votes[kind][round]?.[value ?? 'nil'] ?? 0n,
    powerOfAny: (kind, round) => Object.values(votes[kind][round] ?? {}).reduce((sum, p) => sum + p, 0n),
    polka: round => quorumIn(votes.prevote[round]),
    precommitQuorum: () => {
      for (const [round, powers] of Object.entries(votes.precommit)) {
        const value = quorumIn(powers)
        if (value !== undefined && value !== null) return { round: Number(round), value }
      }
      return null
    },
    roundWithOneThirdAbove: round => {
      const { busyRound = -1 } = facts
      return busyRound > round ? busyRound : null
    }
  }
}

export interface EnvFacts extends ViewFacts {
  readonly proposes?: boolean
  readonly votes?: boolean
}

export function makeEnv({ proposes = false, votes = true, ...facts }: EnvFacts = {}): StepEnv {
  return { view: makeView(facts), quorum: QUORUM, votes, isProposer: () => proposes }
}

/** A state in round 1 of height 1, in the propose step unless the test says otherwise. */
export function makeState(change: Partial<RoundState> = {}): RoundState {
  return { ...initialRoundState(1), round: 1, step: 'propose', ...change }
}

/** A fresh proposal. */
export function fresh(value: ValueId): ProposalView {
  return { value, polRound: -1 }
}
