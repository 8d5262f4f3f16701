import type { Finding } from './finding.ts'
import type { BlockSnapshot, ConsensusSnapshot, RoundSnapshot } from './snapshot.ts'
import { quorumPower, type Tally, tallyVotes, totalPower } from './tally.ts'
import { absence, validatorsText } from './who.ts'
import { countText, listText, percentOf, shortBlock, validatorName, valueName } from './wording.ts'

/** A round younger than this says less than the one before it. */
const SETTLED_MS = 1000

/** What keeps the votes of the round from deciding; never null, since a height that is not decided lacks something. */
export function diagnoseRound(snapshot: ConsensusSnapshot): Finding {
  const focus = focusRound(snapshot)
  if (focus === null) return noVotesYet(snapshot, null)
  const quorum = quorumPower(snapshot)
  const prevotes = tallyVotes(snapshot, focus.prevotes)
  const precommits = tallyVotes(snapshot, focus.precommits)
  if (prevotes.voted === 0n && precommits.voted === 0n) return noVotesYet(snapshot, focus)
  // Precommits may be here though the prevotes that led to them are not.
  const counts = { snapshot, focus, quorum }
  if ((prevotes.leading?.power ?? 0n) < quorum && precommits.voted < quorum) {
    return shortOfQuorum({ ...counts, tally: prevotes, verb: 'prevoted' })
  }
  if (prevotes.leading?.value === null && prevotes.leading.power >= quorum) {
    return nilPolka({ ...counts, tally: prevotes, verb: 'prevoted' })
  }
  if (precommits.leading?.value === null && precommits.leading.power >= quorum) {
    return polkaTooLate({ ...counts, tally: precommits, verb: 'precommitted' })
  }
  return shortOfQuorum({ ...counts, tally: precommits, verb: 'precommitted' })
}

/** The round whose votes tell most: the current one, or the one before it while the current one is young. */
export function focusRound({ rounds, round, sinceRoundMs }: ConsensusSnapshot): RoundSnapshot | null {
  const current = rounds.find(one => one.round === round) ?? null
  const before = rounds.find(one => one.round === round - 1) ?? null
  if (before === null) return current
  const hasVotes =
    current !== null && [...current.prevotes, ...current.precommits].some(vote => vote !== null)
  const isYoung = sinceRoundMs !== null && sinceRoundMs < SETTLED_MS
  return hasVotes && !isYoung ? current : before
}

interface Counted {
  readonly snapshot: ConsensusSnapshot
  readonly focus: RoundSnapshot
  readonly tally: Tally
  readonly verb: 'prevoted' | 'precommitted'
  readonly quorum: bigint
}

function noVotesYet(snapshot: ConsensusSnapshot, focus: RoundSnapshot | null): Finding {
  const why = focus === null ? null : proposalTrouble(snapshot, focus)
  if (why !== null) return { ...why, text: `nobody has voted; ${why.text}` }
  return {
    situation: 'votesMissing',
    text: 'nobody has voted yet',
    advice: 'see whether the other validators run, and whether they are reached: `pnyx query net`'
  }
}

/** Fewer than +2/3 are for one value: either too few voted, or they disagree. */
function shortOfQuorum(counted: Counted): Finding {
  const { snapshot, focus, tally, verb, quorum } = counted
  const trouble = proposalTrouble(snapshot, focus)
  const also = trouble === null ? '' : `; ${trouble.text}`
  if (tally.leading === null) {
    return {
      situation: 'votesMissing',
      text: `${inRound(counted)}nobody has ${verb}, though there is a polka for ${polkaName(counted)}${also}`,
      advice: 'see whether the other validators run, and whether their clocks and timeouts agree'
    }
  }
  const leading = `${percentOf(tally.leading.power, totalPower(snapshot))} ${verb} ${valueName(tally.leading.value)}`
  // Whether those who have not voted can still decide it.
  const silentPower = totalPower(snapshot) - tally.voted
  if (tally.leading.power + silentPower >= quorum) {
    return {
      situation: 'votesMissing',
      text: `${inRound(counted)}${leading}, missing ${missingText(snapshot, counted)}${also}`,
      advice:
        'more than a third of the power is missing: reach the operators of the validators named, or bring them back yourself'
    }
  }
  const values = tally.values.map(
    ({ value, power }) => `${percentOf(power, totalPower(snapshot))} ${valueName(value)}`
  )
  return {
    situation: 'splitVotes',
    text: `${inRound(counted)}${verb === 'prevoted' ? 'prevotes' : 'precommits'} are split: ${listText(values)}; missing ${missingText(snapshot, counted)}${also}`,
    advice:
      trouble?.advice ??
      'the block reaches some validators too late: the next round waits longer; if that goes on, raise consensus.timeout_propose everywhere'
  }
}

/** +2/3 agreed that there is nothing to agree on: the cause lies with the proposal. */
function nilPolka(counted: Counted): Finding {
  const { snapshot, focus, tally, verb } = counted
  const share = percentOf(tally.leading?.power ?? 0n, totalPower(snapshot))
  const said = `${inRound(counted)}${share} ${verb} nil`
  const trouble = proposalTrouble(snapshot, focus)
  if (trouble !== null) return { ...trouble, text: `${said}; ${trouble.text}` }
  const proposal =
    typeof focus.proposal === 'object'
      ? `, though ${valueName(focus.proposal.value)}${proposerOf(snapshot, focus)} is here`
      : ''
  return {
    situation: 'votedNil',
    text: `${said}${proposal}`,
    advice:
      'the others got the block too late, or found it invalid: look at their logs; if it is late, raise consensus.timeout_propose everywhere'
  }
}

/** A block had +2/3 prevotes, but most validators did not see them in time. */
function polkaTooLate(counted: Counted): Finding {
  const { snapshot, tally, verb } = counted
  const share = percentOf(tally.leading?.power ?? 0n, totalPower(snapshot))
  return {
    situation: 'splitVotes',
    text: `${inRound(counted)}${share} ${verb} nil, though there is a polka for ${polkaName(counted)}`,
    advice:
      'prevotes reach many validators too late: the next round waits longer; if that goes on, raise consensus.timeout_prevote everywhere'
  }
}

/** What is wrong with the proposal of a round as far as this node sees; null when nothing is. */
function proposalTrouble(snapshot: ConsensusSnapshot, focus: RoundSnapshot): Finding | null {
  const { proposal, proposer } = focus
  if (proposal === 'unknown') return null
  if (proposal === 'none') return silentProposer(snapshot, proposer)
  const block = `block ${shortBlock(proposal.value)}${proposerOf(snapshot, focus)}`
  if (proposal.validity === 'invalid') return invalidBlock(block, proposal)
  if (proposal.received >= proposal.total && proposal.total > 0) return null
  const parts = `${proposal.received} of ${countText(proposal.total, 'part', 'parts')}`
  return {
    situation: 'blockPartsMissing',
    text: `${block} is here with ${parts} only`,
    advice:
      'the proposer sends it slowly, or the network loses much: look at its bandwidth and at the size of blocks'
  }
}

function silentProposer({ validators, self }: ConsensusSnapshot, proposer: number | null): Finding {
  if (proposer !== null && proposer === self) {
    return {
      situation: 'proposerSilent',
      text: `this node (${validatorName(validators, proposer)}) is the proposer and has sent no block`,
      advice:
        'look at the log of this node: the application may be slow to prepare a block, or the signer refused'
    }
  }
  const who = proposer === null ? 'the proposer' : `proposer ${validatorName(validators, proposer)}`
  return {
    situation: 'proposerSilent',
    text: `${who} sent no block`,
    advice: 'the next round has another proposer; if this one stays silent, reach its operator'
  }
}

function invalidBlock(block: string, { refusal }: BlockSnapshot): Finding {
  const why = refusal === '' ? '' : `: ${refusal}`
  if (/app ?hash/i.test(refusal)) {
    return {
      situation: 'appHashMismatch',
      text: `${block} disagrees with the application of this node${why}`,
      advice:
        'the application of the proposer, or the one of this node, is another version or has damaged data: compare the app hash with other nodes'
    }
  }
  return {
    situation: 'invalidBlock',
    text: `${block} is invalid here${why}`,
    advice:
      'the proposer, or this node, follows other rules: compare versions; the next round has another proposer'
  }
}

function proposerOf({ validators }: ConsensusSnapshot, { proposer }: RoundSnapshot): string {
  return proposer === null ? '' : ` of ${validatorName(validators, proposer)}`
}

function polkaName({ snapshot, focus }: Counted): string {
  return valueName(tallyVotes(snapshot, focus.prevotes).leading?.value ?? null)
}

/** Names the round where it is not the one in the sentence's head. */
function inRound({ snapshot, focus }: Counted): string {
  return focus.round === snapshot.round ? '' : `in round ${focus.round} `
}

function missingText(snapshot: ConsensusSnapshot, { tally, focus, verb }: Counted): string {
  const votes = verb === 'prevoted' ? focus.prevotes : focus.precommits
  return validatorsText(snapshot, tally.missing, index => {
    const vote = votes[index] ?? null
    if (vote === null) return absence(snapshot, index)
    return `voted ${vote.value === null ? 'nil' : shortBlock(vote.value)}`
  })
}
