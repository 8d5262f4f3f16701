import type { ValueId } from '../consensus/index.ts'

/** What a member signs: all of a vote, and of a proposal all but the value itself, which its id stands for. */
export interface Statement {
  readonly kind: 'proposal' | 'prevote' | 'precommit'
  readonly height: number
  readonly round: number
  /** Index of the signer among the members of the height. */
  readonly member: number
  /** null votes nil. */
  readonly value: ValueId | null
  /** Of a proposal: the round of the polka behind it, -1 for a fresh value. Always -1 in votes. */
  readonly polRound: number
}

export interface SignedVote {
  readonly kind: 'vote'
  readonly statement: Statement
  readonly signature: Uint8Array
}

/** A proposal carries its value, and the prevotes of the polka it points to, so that nobody has to ask for them. */
export interface SignedProposal<T> {
  readonly kind: 'proposal'
  readonly statement: Statement
  readonly signature: Uint8Array
  readonly content: T
  readonly polka: readonly SignedVote[]
}

/** A decided value with the precommits that decided it: proof enough for anyone who was away. */
export interface Decision<T> {
  readonly kind: 'decision'
  readonly height: number
  readonly round: number
  readonly value: ValueId
  readonly content: T
  readonly votes: readonly SignedVote[]
}

/** "I am at this height": whoever has decided it answers with the decision. */
export interface Ask {
  readonly kind: 'ask'
  readonly height: number
}

/** What a replica counts, logs and checks. */
export type CountedMessage<T> = SignedVote | SignedProposal<T> | Decision<T>

/** Whatever travels between replicas. Plain data: encode it as you like. */
export type ReplicaMessage<T> = CountedMessage<T> | Ask

export function heightOf(message: ReplicaMessage<unknown>): number {
  return message.kind === 'vote' || message.kind === 'proposal' ? message.statement.height : message.height
}

/** The bytes to sign: a JSON array under the domain, so that a signature of one network is worth nothing in another. */
export function statementBytes(domain: string, statement: Statement): Uint8Array {
  const { kind, height, round, member, value, polRound } = statement
  return new TextEncoder().encode(JSON.stringify([domain, kind, height, round, member, value, polRound]))
}

/** Names a signed statement for the message pool. */
export function messageId({ statement, signature }: SignedVote | SignedProposal<unknown>): string {
  const { kind, height, round, member, value, polRound } = statement
  return JSON.stringify([kind, height, round, member, value, polRound, Array.from(signature)])
}

/** Whether something from outside has the shape of a message; `content` is judged by the validate provider alone. */
export function isMessageShaped(message: unknown): message is ReplicaMessage<unknown> {
  if (!isRecord(message)) return false
  switch (message.kind) {
    case 'vote':
      return isVoteShaped(message)
    case 'proposal':
      return isProposalShaped(message)
    case 'decision':
      return isDecisionShaped(message)
    case 'ask':
      return isCount(message.height)
    default:
      return false
  }
}

function isVoteShaped(message: unknown): boolean {
  if (!isRecord(message) || message.kind !== 'vote') return false
  const { statement, signature } = message
  if (!isStatementShaped(statement) || !(signature instanceof Uint8Array)) return false
  return statement.kind !== 'proposal' && statement.polRound === -1
}

function isProposalShaped(message: Record<string, unknown>): boolean {
  const { statement, signature, polka } = message
  if (!isStatementShaped(statement) || !(signature instanceof Uint8Array)) return false
  if (statement.kind !== 'proposal' || statement.value === null || !('content' in message)) return false
  const polInRange = statement.polRound >= -1 && statement.polRound < statement.round
  return polInRange && Array.isArray(polka) && polka.every(isVoteShaped)
}

function isDecisionShaped(message: Record<string, unknown>): boolean {
  const { height, round, value, votes } = message
  if (!isCount(height) || !isCount(round) || typeof value !== 'string' || !('content' in message))
    return false
  return Array.isArray(votes) && votes.every(isVoteShaped)
}

function isStatementShaped(statement: unknown): statement is Statement {
  if (!isRecord(statement)) return false
  const { kind, height, round, member, value, polRound } = statement
  const isKind = kind === 'proposal' || kind === 'prevote' || kind === 'precommit'
  const isValue = value === null || typeof value === 'string'
  return isKind && isValue && [height, round, member].every(isCount) && Number.isSafeInteger(polRound)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
