import type { RoundBlock, RoundStateView, RoundVotes, VoteList } from '../../rpc/index.ts'
import { blockIdFromKey, type Height, timestampFromMs, validatorsOfRound } from '../../types/index.ts'
import { type Node, stepName } from '../../validator/index.ts'

/** Rounds shown at most: a chain that is stuck for days must still answer quickly. */
const MAX_ROUNDS = 1000

/** The height being decided, read from the host without waiting for it. `openedMs`: when the node was opened. */
export function roundStateView(node: Node, openedMs: number): RoundStateView {
  const { machine, context, commitTimeMs } = node.host
  const { height, round } = machine
  const { pool, blocks, state } = context
  const proposal = pool.proposals(round)[0] ?? null
  const entry = proposal && blocks.get(proposal.value)
  const certified = pool.precommitQuorum()
  const { timeoutCommitMs } = node.options.timing
  return {
    height,
    round,
    step: stepName(machine),
    startTime: timestampFromMs((commitTimeMs || openedMs) + timeoutCommitMs),
    commitTime: commitTimeMs === 0 ? null : timestampFromMs(commitTimeMs),
    validators: validatorsOfRound(state.validators, round),
    proposal: proposal?.payload.proposal ?? null,
    proposalBlock: entry?.block ?? null,
    proposalParts: entry
      ? {
          header: entry.parts.header,
          received: Array.from({ length: entry.parts.header.total }, (_, index) => entry.parts.has(index))
        }
      : null,
    locked: roundBlock(node, machine.locked),
    valid: roundBlock(node, machine.valid),
    votes: votesOfRounds(node, round),
    commitRound: certified?.round ?? -1,
    lastCommit: lastCommitOf(node, height),
    waitingForPrecommits: machine.once.precommitAny
  }
}

function roundBlock(
  node: Node,
  value: { readonly round: number; readonly value: string } | null
): RoundBlock | null {
  if (value === null) return null
  const block = node.host.context.blocks.get(value.value)?.block ?? null
  return { round: value.round, blockId: blockIdFromKey(value.value), block }
}

function votesOfRounds(node: Node, round: number): readonly RoundVotes[] {
  const { pool } = node.host.context
  const list = (kind: 'prevote' | 'precommit', at: number): VoteList => {
    const votes: VoteList[number][] = pool.powers.map(() => null)
    for (const { validator, payload } of pool.votes(kind, at)) votes[validator] ??= payload.vote
    return votes
  }
  const first = Math.max(0, round - MAX_ROUNDS + 1)
  return Array.from({ length: round - first + 1 }, (_, index) => ({
    round: first + index,
    prevotes: list('prevote', first + index),
    precommits: list('precommit', first + index)
  }))
}

function lastCommitOf(node: Node, height: Height): RoundStateView['lastCommit'] {
  const { lastCommit } = node.executor
  const validators = node.host.context.state.lastValidators
  if (lastCommit === null || validators === null || lastCommit.height !== height - 1) return null
  return { votes: lastCommit.toVotes(), validators }
}
