import type { Diagnosis, Finding, Health, Situation } from './finding.ts'
import { goodPace } from './good-pace.ts'
import { diagnoseRound } from './round-trouble.ts'
import type { BlockSnapshot, ConsensusSnapshot } from './snapshot.ts'
import { quorumPower, totalPower } from './tally.ts'
import { countText, percentOf, valueName } from './wording.ts'

/** Rounds that fail one after another before the chain counts as stuck. */
const STUCK_ROUND = 3
/** Heights' worth of time without a block before the chain counts as stuck. */
const STUCK_FACTOR = 5

/** Situations in which the chain goes on, or rests as it should. */
const FINE: ReadonlySet<Situation> = new Set([
  'healthy',
  'validatorsAway',
  'waitingForTransactions',
  'syncing'
])

/** Says in one sentence what is awaited and from whom. Pure. */
export function diagnose(snapshot: ConsensusSnapshot): Diagnosis {
  const { height, round } = snapshot
  const pace = paceOf(snapshot)
  const finding = findTrouble(snapshot, pace) ?? diagnoseRound(snapshot)
  const isFine = FINE.has(finding.situation)
  const needsPerson =
    finding.situation === 'appHashMismatch' ||
    finding.situation === 'invalidDecision' ||
    finding.situation === 'noPeers'
  const troubled: Health = needsPerson ? 'stuck' : pace === 'ok' ? 'slow' : pace
  return {
    situation: finding.situation,
    health: isFine ? 'ok' : troubled,
    sentence: `height ${height} round ${round}: ${finding.text}`,
    advice: finding.advice
  }
}

/** Whether blocks come as often as the timeouts let one expect. */
function paceOf({ round, sinceBlockMs, usualHeightMs }: ConsensusSnapshot): Health {
  const late = sinceBlockMs ?? 0
  if (round >= STUCK_ROUND || late > STUCK_FACTOR * usualHeightMs) return 'stuck'
  return round > 0 || late > usualHeightMs ? 'slow' : 'ok'
}

/** What is the matter with this node rather than with the round; and what is no trouble at all. */
function findTrouble(snapshot: ConsensusSnapshot, pace: Health): Finding | null {
  return (
    invalidDecision(snapshot) ??
    fallenBehind(snapshot, pace) ??
    noPeers(snapshot) ??
    missingDecided(snapshot, pace) ??
    waitingForTransactions(snapshot) ??
    (pace === 'ok' ? goodPace(snapshot) : null) ??
    isolated(snapshot)
  )
}

function invalidDecision({ decided }: ConsensusSnapshot): Finding | null {
  if (decided === null || decided.block.validity !== 'invalid') return null
  const { value, refusal } = decided.block
  const precommitted = `+2/3 precommitted ${valueName(value)} in round ${decided.round}`
  const why = refusal === '' ? '' : `: ${refusal}`
  if (/app ?hash/i.test(refusal)) {
    return {
      situation: 'appHashMismatch',
      text: `${precommitted}, but the application of this node came to another state${why}`,
      advice:
        'the application of this node differs from the others (another version, or damaged data): fix it, then `pnyx rollback` or `pnyx reset-state`'
    }
  }
  return {
    situation: 'invalidDecision',
    text: `${precommitted}, which is invalid here${why}`,
    advice:
      'this node follows other rules than +2/3 of the power: compare its version and its genesis file with theirs'
  }
}

function fallenBehind({ height, peers, isSyncing }: ConsensusSnapshot, pace: Health): Finding | null {
  const ahead = peers.filter(peer => peer.height > height)
  const tip = Math.max(height, ...ahead.map(peer => peer.height))
  const where = `${ahead.length} of ${countText(peers.length, 'peer is', 'peers are')} ahead, the first at height ${tip}`
  if (isSyncing) {
    const goal = ahead.length === 0 ? '' : `; ${where}`
    return {
      situation: 'syncing',
      text: `this node fetches blocks from its peers${goal}`,
      advice: 'nothing to do: it takes part again when it has caught up'
    }
  }
  // One height ahead for a moment is how every block spreads.
  if (ahead.length === 0 || (tip === height + 1 && pace === 'ok')) return null
  return {
    situation: 'behind',
    text: `this node is behind: ${where}, but no blocks are being fetched`,
    advice:
      'the peers may have pruned the blocks this node needs, or serve blocks it refuses: look for "block sync" in its log'
  }
}

function noPeers(snapshot: ConsensusSnapshot): Finding | null {
  const { peers, self, validators } = snapshot
  const own = self === null ? 0n : (validators[self]?.power ?? 0n)
  if (peers.length > 0 || own >= quorumPower(snapshot)) return null
  const power = percentOf(own, totalPower(snapshot))
  return {
    situation: 'noPeers',
    text: `no peer is connected, and this node alone has ${power} of the power`,
    advice:
      'look at p2p.persistent_peers, firewalls and the genesis hash: nodes of two genesis files do not see each other'
  }
}

function missingDecided({ decided }: ConsensusSnapshot, pace: Health): Finding | null {
  if (decided === null || decided.block.validity === 'valid' || pace === 'ok') return null
  const { block, round } = decided
  return {
    situation: 'decidedBlockMissing',
    text: `+2/3 precommitted ${valueName(block.value)} in round ${round}, of which ${partsText(block)} here`,
    advice: 'the block is asked for from every peer in turn; if that goes on, no connected peer has it'
  }
}

/** `3 of 7 parts are`, `nothing is`. */
function partsText({ received, total }: BlockSnapshot): string {
  return received === 0 ? 'nothing is' : `${received} of ${countText(total, 'part', 'parts')} are`
}

function waitingForTransactions({ waitsForTxs }: ConsensusSnapshot): Finding | null {
  if (!waitsForTxs) return null
  return {
    situation: 'waitingForTransactions',
    text: 'waiting for transactions, since consensus.create_empty_blocks is off',
    advice: 'nothing to do: the next transaction makes the next block'
  }
}

function isolated(snapshot: ConsensusSnapshot): Finding | null {
  const { rounds, self, peers, validators } = snapshot
  const others = validators.some((_, index) => index !== self)
  if (!others) return null
  const isHeard = rounds.some(({ prevotes, precommits, proposal, proposer }) => {
    const voted = [prevotes, precommits].some(votes => votes.some((vote, i) => vote !== null && i !== self))
    return voted || (typeof proposal === 'object' && proposer !== self)
  })
  if (isHeard) return null
  const alive = peers.filter(peer => peer.height === snapshot.height).length
  return {
    situation: 'isolated',
    text:
      `no other validator was heard in this height, though ${countText(peers.length, 'peer is', 'peers are')} connected ` +
      `(${alive} at this height)`,
    advice:
      'this node, or its few peers, may be cut off from the validators: look at p2p.persistent_peers and at the same command on another node'
  }
}
