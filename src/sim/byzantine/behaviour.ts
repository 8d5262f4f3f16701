import type { PeerId, Protocol } from '../../network/index.ts'
import type { ConsensusMessage, Proposal, Vote } from '../../types/index.ts'

/** What a Byzantine validator can do, by the names of reports. */
export const BEHAVIOURS = [
  'double prevote',
  'double precommit',
  'double proposal',
  'other polka round',
  'lying polka',
  'hidden lock',
  'amnesia',
  'old precommit',
  'silence',
  'withheld parts',
  'late proposal',
  'invalid block',
  'omitted precommits',
  'censorship',
  'future spam',
  'malformed spam',
  'flood',
  'garbage',
  'bad evidence',
  'lying sync',
  'lying catch-up',
  'mutation',
  'stubborn sync',
  'forged votes',
  'old offences',
  'foreign parts',
  'round climbing'
] as const
export type BehaviourName = (typeof BEHAVIOURS)[number]

/** What one mask of a run does, all do: some of it does harm only in company. */
export const SHARED_BEHAVIOURS: readonly BehaviourName[] = [
  'stubborn sync',
  'forged votes',
  'old offences',
  'foreign parts',
  'round climbing'
]

/**
 * One way to misbehave, laid around an unmodified node: it sees what the node wants to sign, to send and to answer, and
 * changes it. Each hook may be missing. Names of hooks say when they are called.
 */
export interface Behaviour {
  readonly name: BehaviourName
  /** The node wants to sign a vote; what comes back is signed instead. */
  wishVote?(vote: Vote): Vote
  wishProposal?(proposal: Proposal): Proposal
  /** A message of the node is on its way to `to`; these are sent instead. */
  send?(message: ConsensusMessage, to: PeerId): readonly ConsensusMessage[]
  /** The node answers a request; null refuses it. */
  answer?(protocol: Protocol, answer: Uint8Array | null, to: PeerId, request: Uint8Array): Uint8Array | null
  /** Pending evidence is about to be spread. */
  dropsEvidence?: boolean
  /** Called every so often. */
  tick?(): void
}
