import {
  type Explanation,
  explain,
  formatExplanation,
  formatInput,
  formatState,
  formatTransition,
  type Input,
  initialRoundState,
  type RoundState,
  type StepEnv,
  step
} from '../../consensus/index.ts'
import { MessagePool, type PoolVote } from '../../mempool/index.ts'
import {
  blockIdKey,
  type ChainState,
  type ConsensusMessage,
  type Hex,
  proposerOfRound,
  type Vote
} from '../../types/index.ts'
import type { JournalRecord } from '../../validator/index.ts'

type LogPool = MessagePool<null>

/** One record of the log and what the machine made of it. */
export interface ReplayedRecord {
  readonly record: string
  /** In trace words; null when the machine did not move. */
  readonly transition: string | null
}

export interface Replay {
  readonly height: number
  readonly records: readonly ReplayedRecord[]
  readonly state: string
  readonly awaits: string
}

/**
 * Runs the machine over what the log holds of the height after `state`, with all effects muted: what the node saw, in
 * its order, and what it decided to do. Pure. The log is believed: its node had verified every message.
 */
export function replayHeight(state: ChainState, records: readonly JournalRecord[], self: Hex | null): Replay {
  const height = state.lastBlockHeight === 0 ? state.initialHeight : state.lastBlockHeight + 1
  const pool: LogPool = new MessagePool<null>()
  const powers = state.validators.validators.map(({ power }) => power)
  const view = pool.openHeight(height, powers)
  const env: StepEnv = {
    view,
    quorum: view.quorum,
    votes: self !== null && state.validators.indexByAddress.has(self),
    isProposer: round => self !== null && proposerOfRound(state.validators, round).address === self
  }
  let machine: RoundState = initialRoundState(height)
  const replayed = records.map((record, index): ReplayedRecord => {
    const input = inputOf(record, index, pool, state)
    const words = recordText(record)
    if (input === null) return { record: words, transition: null }
    const result = step(machine, input, env)
    if (result.fired.length === 0) return { record: words, transition: null }
    machine = result.state
    view.enterRound(machine.round)
    return { record: words, transition: formatTransition(input, result) }
  })
  const explanation: Explanation = explain(machine, env)
  return {
    height,
    records: replayed,
    state: formatState(machine),
    awaits: formatExplanation(explanation)
  }
}

/** Counts what the record says, and the input it is for the machine; null when it is none. */
function inputOf(record: JournalRecord, index: number, pool: LogPool, state: ChainState): Input | null {
  const poolChanged: Input = { kind: 'poolChanged' }
  switch (record.kind) {
    case 'message':
      return countMessage(record.message, index, pool, state) ? poolChanged : null
    case 'certificate': {
      const votes = record.votes.map((vote, i) => poolVote(vote, `${index}/${i}`))
      const [first] = votes
      if (first === undefined) return null
      const { kind, height, round, value } = first
      pool.addCertificate({ kind, height, round, value, votes })
      return poolChanged
    }
    case 'validity': {
      const height = pool.heights.at(-1)
      if (height === undefined) return null
      pool.height(height)?.setValidity(record.blockIdKey, record.valid ? 'valid' : 'invalid')
      return poolChanged
    }
    default:
      return record
  }
}

function countMessage(message: ConsensusMessage, index: number, pool: LogPool, state: ChainState): boolean {
  if (message.kind === 'vote') {
    pool.add(poolVote(message.vote, `${index}`))
    return true
  }
  if (message.kind !== 'proposal') return false
  const { height, round, polRound, blockId } = message.proposal
  const { address } = proposerOfRound(state.validators, round)
  const validator = state.validators.indexByAddress.get(address) ?? 0
  const value = blockIdKey(blockId)
  pool.add({ id: `${index}`, kind: 'proposal', height, round, validator, value, polRound, payload: null })
  return true
}

function poolVote({ type, height, round, validatorIndex, blockId }: Vote, id: string): PoolVote<null> {
  const value = blockId.hash === '' ? null : blockIdKey(blockId)
  return { id, kind: type, height, round, validator: validatorIndex, value, payload: null }
}

function recordText(record: JournalRecord): string {
  switch (record.kind) {
    case 'message':
      return messageText(record.message)
    case 'certificate':
      return `certificate of ${record.votes.length} votes: ${record.votes[0] ? voteText(record.votes[0]) : 'none'}`
    case 'validity':
      return `block ${record.blockIdKey.slice(0, 8)} is ${record.valid ? 'valid' : 'invalid'}`
    default:
      return formatInput(record)
  }
}

function messageText(message: ConsensusMessage): string {
  switch (message.kind) {
    case 'vote':
      return `V${message.vote.validatorIndex} ${voteText(message.vote)}`
    case 'proposal': {
      const { round, blockId, polRound } = message.proposal
      const pol = polRound < 0 ? '' : `, polka of round ${polRound}`
      return `proposal of round ${round}: ${blockId.hash.slice(0, 8)}${pol}`
    }
    case 'blockPart':
      return `part ${message.part.index} of round ${message.round}`
  }
}

function voteText({ type, round, blockId }: Vote): string {
  return `${type} of round ${round}: ${blockId.hash === '' ? 'nil' : blockId.hash.slice(0, 8)}`
}
