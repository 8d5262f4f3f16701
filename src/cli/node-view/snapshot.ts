import { explain, formatExplanation } from '../../consensus/index.ts'
import { type BlockIdKey, blockIdFromKey, proposerOfRound, type Vote } from '../../types/index.ts'
import { type Node, stepName } from '../../validator/index.ts'
import type {
  BlockSnapshot,
  ConsensusSnapshot,
  PeerSnapshot,
  RoundSnapshot,
  RoundValueSnapshot,
  VoteSnapshot
} from '../diagnosis/snapshot.ts'
import type { ConsensusWitness } from './witness.ts'

/** Rounds told of: what happened in the earlier ones does not matter any more. */
const MOST_ROUNDS = 8

/** The height being decided as this node sees it, for a diagnosis. Reads what is there and waits for nothing. */
export function consensusSnapshot(node: Node, witness: ConsensusWitness): ConsensusSnapshot {
  const { machine, context } = node.host
  const { height, round } = machine
  const { validators } = context.state
  const self = node.options.signer && validators.indexByAddress.get(node.options.signer.address)
  const names = new Map(node.options.genesis.validators.map(({ address, name }) => [address, name]))
  return {
    chainId: context.state.chainId,
    height,
    round,
    step: stepName(machine),
    validators: validators.validators.map(({ address, power }) => ({
      address,
      name: names.get(address) ?? '',
      power,
      lastSeenMs: witness.sinceHeardMs(address)
    })),
    self: self ?? null,
    rounds: roundsOf(node, witness),
    locked: roundValue(machine.locked),
    valid: roundValue(machine.valid),
    decided: decidedOf(node, witness),
    isSyncing: node.blockSync.isSyncing,
    waitsForTxs: machine.waiting,
    peers: peersOf(node),
    sinceBlockMs: witness.sinceHeightMs,
    sinceRoundMs: witness.sinceRoundMs,
    watchedMs: witness.watchedMs,
    usualHeightMs: usualHeightMs(node),
    awaits: formatExplanation(explain(machine, context.env))
  }
}

function usualHeightMs({ options: { timing } }: Node): number {
  const { timeoutCommitMs, timeoutProposeMs, timeoutPrevoteMs, timeoutPrecommitMs } = timing
  return timeoutCommitMs + timeoutProposeMs + timeoutPrevoteMs + timeoutPrecommitMs
}

function roundsOf(node: Node, witness: ConsensusWitness): readonly RoundSnapshot[] {
  const { machine, context } = node.host
  const { pool, state } = context
  const first = Math.max(0, machine.round - MOST_ROUNDS + 1)
  return Array.from({ length: machine.round - first + 1 }, (_, index): RoundSnapshot => {
    const round = first + index
    const proposal = pool.proposals(round)[0]
    const { address } = proposerOfRound(state.validators, round)
    return {
      round,
      proposer: state.validators.indexByAddress.get(address) ?? null,
      proposal: proposal === undefined ? 'none' : blockOf(node, witness, proposal.value),
      prevotes: votesOf(node, 'prevote', round),
      precommits: votesOf(node, 'precommit', round)
    }
  })
}

function votesOf(node: Node, kind: 'prevote' | 'precommit', round: number): readonly (VoteSnapshot | null)[] {
  const { pool } = node.host.context
  const votes: (VoteSnapshot | null)[] = pool.powers.map(() => null)
  for (const { validator, payload } of pool.votes(kind, round)) votes[validator] ??= voteOf(payload.vote)
  return votes
}

function voteOf({ blockId }: Vote): VoteSnapshot {
  return { value: blockId.hash === '' ? null : blockId.hash.toUpperCase() }
}

function blockOf(node: Node, witness: ConsensusWitness, key: BlockIdKey): BlockSnapshot {
  const { blocks, pool } = node.host.context
  const entry = blocks.get(key)
  return {
    value: hashOf(key),
    received: entry?.parts.count ?? 0,
    total: entry?.parts.header.total ?? blockIdFromKey(key).partSetHeader.total,
    validity: pool.validity(key),
    refusal: witness.refusalOf(key)
  }
}

function decidedOf(node: Node, witness: ConsensusWitness): ConsensusSnapshot['decided'] {
  const certified = node.host.context.pool.precommitQuorum()
  if (certified === null) return null
  return { round: certified.round, block: blockOf(node, witness, certified.value) }
}

function roundValue(
  held: { readonly round: number; readonly value: BlockIdKey } | null
): RoundValueSnapshot | null {
  return held && { round: held.round, value: hashOf(held.value) }
}

function hashOf(key: BlockIdKey): string {
  return blockIdFromKey(key).hash.toUpperCase()
}

function peersOf(node: Node): readonly PeerSnapshot[] {
  return node.ports.network.peers().map(({ id, moniker }) => {
    const position = node.catchUp.positions.get(id)
    return {
      name: moniker || id,
      height: position?.height ?? 0,
      round: position?.round ?? 0,
      step: position?.step ?? ''
    }
  })
}
