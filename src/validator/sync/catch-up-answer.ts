import type { HeightPool, PoolVote, VerifiedProposal, VerifiedVote } from '../../mempool/index.ts'
import { type BlockIdKey, encodeConsensusMessage, type Part } from '../../types/index.ts'
import { type HeightBlocks, partsOf } from '../height-blocks.ts'
import { toWireMessage } from '../host/pool-messages.ts'
import {
  CATCH_UP_LIMITS,
  type CatchUpRequest,
  type CatchUpResponse,
  hasBit,
  type RoundHave,
  type RoundPosition
} from './catch-up-wire.ts'

type Pool = HeightPool<VerifiedVote, VerifiedProposal>

/** What this node could give: its own position, and messages and blocks of the height that was asked about. */
export interface CatchUpSource {
  readonly position: RoundPosition
  /** Of the requested height; null when nothing of it is here. */
  readonly pool: Pool | null
  readonly blocks: HeightBlocks | null
}

/** Collects an answer until it is full. */
class Answer {
  readonly messages: Uint8Array[] = []
  readonly certificates: (readonly Uint8Array[])[] = []
  #bytes = 0

  get isFull(): boolean {
    return this.#bytes >= CATCH_UP_LIMITS.answerBytes || this.messages.length >= CATCH_UP_LIMITS.messages
  }

  add(message: Uint8Array): void {
    if (this.isFull) return
    this.messages.push(message)
    this.#bytes += message.length
  }

  addCertificate(votes: readonly Uint8Array[]): void {
    if (this.isFull || this.certificates.length >= CATCH_UP_LIMITS.certificates) return
    this.certificates.push(votes)
    for (const vote of votes) this.#bytes += vote.length
  }
}

/**
 * What the asking node lacks of what we have, the most useful first: certificates, since they decide or unlock at
 * once, then proposals with their blocks, then single votes, newest round first.
 */
export function answerCatchUp(request: CatchUpRequest, source: CatchUpSource): CatchUpResponse {
  const answer = new Answer()
  const { pool, blocks } = source
  if (pool !== null) {
    const have = new Map(request.rounds.map(round => [round.round, round]))
    const rounds = [...pool.rounds].reverse().slice(0, CATCH_UP_LIMITS.rounds)
    for (const round of rounds) addCertificates(answer, pool, round, have.get(round))
    for (const round of rounds) addProposals(answer, pool, blocks, round, have.get(round))
    for (const { key, missingParts } of request.blocks)
      addParts(answer, pool.height, blocks, key, missingParts)
    for (const round of rounds) addVotes(answer, pool, round, have.get(round))
  }
  return { position: source.position, messages: answer.messages, certificates: answer.certificates }
}

function addCertificates(answer: Answer, pool: Pool, round: number, have: RoundHave | undefined): void {
  if (!have?.hasPolka) addCertificate(answer, pool, 'prevote', round, pool.polka(round))
  if (have?.hasPrecommitQuorum) return
  const precommits = pool
    .votedValues('precommit', round)
    .find(v => pool.power('precommit', round, v) >= pool.quorum)
  addCertificate(answer, pool, 'precommit', round, precommits)
}

function addCertificate(
  answer: Answer,
  pool: Pool,
  kind: 'prevote' | 'precommit',
  round: number,
  value: BlockIdKey | null | undefined
): void {
  if (value !== undefined) answer.addCertificate(pool.votes(kind, round, value).map(encodeVoteMessage))
}

function addProposals(
  answer: Answer,
  pool: Pool,
  blocks: HeightBlocks | null,
  round: number,
  have: RoundHave | undefined
): void {
  if (have?.hasProposal) return
  for (const proposal of pool.proposals(round)) {
    answer.add(encodeConsensusMessage(toWireMessage(proposal.payload)))
    addParts(answer, pool.height, blocks, proposal.value, null)
  }
}

/** `wanted` null gives every part that is here. */
function addParts(
  answer: Answer,
  height: number,
  blocks: HeightBlocks | null,
  key: BlockIdKey,
  wanted: readonly number[] | null
): void {
  const parts = blocks?.get(key)?.parts
  if (parts === undefined) return
  const chosen: readonly (Part | null)[] =
    wanted === null ? partsOf(parts) : wanted.map(index => parts.part(index))
  for (const part of chosen) {
    if (part !== null) answer.add(encodeConsensusMessage({ kind: 'blockPart', height, round: 0, part }))
  }
}

function addVotes(answer: Answer, pool: Pool, round: number, have: RoundHave | undefined): void {
  for (const kind of ['precommit', 'prevote'] as const) {
    const known = kind === 'prevote' ? have?.prevotes : have?.precommits
    for (const vote of pool.votes(kind, round)) {
      if (!hasBit(known, vote.validator)) answer.add(encodeVoteMessage(vote))
    }
  }
}

function encodeVoteMessage(vote: PoolVote<VerifiedVote>): Uint8Array {
  return encodeConsensusMessage({ kind: 'vote', vote: vote.payload.vote })
}
