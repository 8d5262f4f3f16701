import { makePrng } from '../prng.ts'
import { BEHAVIOURS, type Behaviour, type BehaviourName, SHARED_BEHAVIOURS } from './behaviour.ts'
import { lyingCatchUp, lyingSync, stubbornSync } from './behaviours/answers.ts'
import { mutation } from './behaviours/mutation.ts'
import {
  censorship,
  doubleProposal,
  invalidProposal,
  lateProposal,
  lyingPolka,
  omittedPrecommits,
  otherPolkaRound,
  withheldParts
} from './behaviours/proposals.ts'
import { badEvidence, flood, futureSpam, garbage, malformedSpam, oldOffences } from './behaviours/spam.ts'
import { foreignParts, forgedVotes, roundClimbing } from './behaviours/strangers.ts'
import { amnesia, doubleVote, hiddenLock, oldPrecommit, silence } from './behaviours/votes.ts'
import type { Puppet } from './puppet.ts'

const MAKERS: Readonly<Record<BehaviourName, (puppet: Puppet, timeoutProposeMs: number) => Behaviour>> = {
  'double prevote': puppet => doubleVote(puppet, 'prevote'),
  'double precommit': puppet => doubleVote(puppet, 'precommit'),
  'double proposal': doubleProposal,
  'other polka round': otherPolkaRound,
  'lying polka': lyingPolka,
  'hidden lock': hiddenLock,
  amnesia,
  'old precommit': oldPrecommit,
  silence,
  'withheld parts': withheldParts,
  'late proposal': lateProposal,
  'invalid block': invalidProposal,
  'omitted precommits': omittedPrecommits,
  censorship,
  'future spam': futureSpam,
  'malformed spam': malformedSpam,
  flood,
  garbage,
  'bad evidence': badEvidence,
  'lying sync': lyingSync,
  'lying catch-up': lyingCatchUp,
  mutation,
  'stubborn sync': stubbornSync,
  'forged votes': forgedVotes,
  'old offences': oldOffences,
  'foreign parts': foreignParts,
  'round climbing': roundClimbing
}

const SHARED_CHANCE = 0.4

/** Which behaviours a validator has: one to four, drawn from the seed and its name, and perhaps one that all share. */
export function drawBehaviours(seed: string, name: string): readonly BehaviourName[] {
  const prng = makePrng(`${seed}/behaviour/${name}`)
  const count = prng.pick([1, 1, 2, 3, 4])
  const shared = makePrng(`${seed}/shared behaviour`)
  const own = prng.shuffle(BEHAVIOURS.filter(each => !SHARED_BEHAVIOURS.includes(each))).slice(0, count)
  return shared.chance(SHARED_CHANCE) ? [...own, shared.pick(SHARED_BEHAVIOURS)] : own
}

export function makeBehaviours(
  names: readonly BehaviourName[],
  puppet: Puppet,
  timeoutProposeMs: number
): readonly Behaviour[] {
  return names.map(name => MAKERS[name](puppet, timeoutProposeMs))
}
