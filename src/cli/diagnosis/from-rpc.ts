import * as z from 'zod'
import type { RoundStepName } from '../../rpc/index.ts'
import { readAnswer } from '../read-answer.ts'
import type {
  BlockSnapshot,
  ConsensusSnapshot,
  PeerSnapshot,
  RoundSnapshot,
  VoteSnapshot
} from './snapshot.ts'

/** The answers of any CometBFT v0.38 node that a snapshot is made of. */
export interface NodeAnswers {
  readonly dumpConsensusState: unknown
  readonly status: unknown
  readonly netInfo: unknown
  /** When they came, milliseconds since 1970. */
  readonly nowMs: number
}

const text = z.string()
const bits = z.looseObject({ 'count/total': text })
const heldSchema = z.looseObject({ header: z.looseObject({ height: text }) }).nullish()
const roundStateSchema = z.looseObject({
  height: text,
  round: z.number(),
  step: z.number(),
  start_time: text,
  commit_time: text,
  validators: z.looseObject({
    validators: z.array(z.looseObject({ address: text, voting_power: text })).nullish(),
    proposer: z.looseObject({ address: text }).nullish()
  }),
  proposal: z.looseObject({ block_id: z.looseObject({ hash: text }) }).nullish(),
  proposal_block: z.unknown(),
  proposal_block_parts: bits.nullish(),
  locked_round: z.number(),
  locked_block: heldSchema,
  valid_round: z.number(),
  votes: z
    .array(z.looseObject({ round: z.number(), prevotes: z.array(text), precommits: z.array(text) }))
    .nullish()
})
const dumpSchema = z.looseObject({
  round_state: roundStateSchema,
  peers: z
    .array(
      z.looseObject({
        node_address: text,
        peer_state: z.looseObject({
          round_state: z.looseObject({ height: text, round: z.number(), step: z.number() })
        })
      })
    )
    .nullish()
})
const statusSchema = z.looseObject({
  node_info: z.looseObject({ network: text }),
  sync_info: z.looseObject({ catching_up: z.boolean(), latest_block_time: text }),
  validator_info: z.looseObject({ address: text })
})
const netSchema = z.looseObject({
  peers: z.array(z.looseObject({ node_info: z.looseObject({ id: text, moniker: text }) })).nullish()
})

const STEPS: readonly RoundStepName[] = [
  'newHeight',
  'newRound',
  'propose',
  'prevote',
  'prevoteWait',
  'precommit',
  'precommitWait',
  'commit'
]
/** CometBFT's default timeouts with its pause between blocks: a node does not tell its own over RPC. */
const USUAL_HEIGHT_MS = 6_000
/** Rounds told of. */
const MOST_ROUNDS = 8

type RoundStateAnswer = z.infer<typeof roundStateSchema>

/** Reads a snapshot out of what any CometBFT v0.38 node answers. Throws CliError (NO_ANSWER) when an answer has another form. */
export function snapshotFromAnswers(answers: NodeAnswers): ConsensusSnapshot {
  const { round_state: state, peers } = readAnswer(dumpSchema, answers.dumpConsensusState)
  const status = readAnswer(statusSchema, answers.status)
  const net = readAnswer(netSchema, answers.netInfo)
  const names = new Map((net.peers ?? []).map(({ node_info: peer }) => [peer.id, peer.moniker]))
  const validators = (state.validators.validators ?? []).map(({ address, voting_power }) => ({
    address: address.toLowerCase(),
    name: '',
    power: BigInt(voting_power),
    lastSeenMs: lastSeenMs(state, address, answers.nowMs)
  }))
  const self = validators.findIndex(({ address }) => address === status.validator_info.address.toLowerCase())
  const step = STEPS[state.step - 1] ?? 'newRound'
  const rounds = roundsOf(state, validators.length)
  return {
    chainId: status.node_info.network,
    height: Number(state.height),
    round: state.round,
    step,
    validators,
    self: self < 0 ? null : self,
    rounds,
    locked: heldOf(rounds, state.locked_round),
    valid: heldOf(rounds, state.valid_round),
    decided: null,
    isSyncing: status.sync_info.catching_up,
    waitsForTxs: step === 'newRound',
    peers: (peers ?? []).map(peer => peerOf(peer, names)),
    sinceBlockMs:
      sinceText(state.commit_time, answers.nowMs) ??
      sinceText(status.sync_info.latest_block_time, answers.nowMs),
    sinceRoundMs: null,
    watchedMs: null,
    usualHeightMs: USUAL_HEIGHT_MS,
    awaits: ''
  }
}

/** Null for Go's zero time and for what is no time. */
function sinceText(time: string, nowMs: number): number | null {
  const ms = Date.parse(time)
  return Number.isNaN(ms) || ms <= 0 ? null : Math.max(0, nowMs - ms)
}

function roundsOf(state: RoundStateAnswer, validators: number): readonly RoundSnapshot[] {
  // CometBFT also lists the round after the current one, for votes that come early.
  const told = (state.votes ?? []).filter(({ round }) => round <= state.round).slice(-MOST_ROUNDS)
  const proposer = state.validators.proposer?.address
  const proposerIndex = (state.validators.validators ?? []).findIndex(({ address }) => address === proposer)
  return told.map(({ round, prevotes, precommits }): RoundSnapshot => {
    const isCurrent = round === state.round
    return {
      round,
      proposer: isCurrent && proposerIndex >= 0 ? proposerIndex : null,
      proposal: isCurrent ? proposalOf(state) : 'unknown',
      prevotes: votesOf(prevotes, validators),
      precommits: votesOf(precommits, validators)
    }
  })
}

function proposalOf({
  proposal,
  proposal_block,
  proposal_block_parts
}: RoundStateAnswer): BlockSnapshot | 'none' {
  if (!proposal) return 'none'
  const [received = 0, total = 0] = (proposal_block_parts?.['count/total'] ?? '').split('/').map(Number)
  const isWhole = proposal_block !== null && proposal_block !== undefined
  return {
    value: proposal.block_id.hash,
    received: isWhole ? total : received,
    total,
    validity: 'unknown',
    refusal: ''
  }
}

/** `Vote{3:AB12… 812/03/SIGNED_MSG_TYPE_PREVOTE(Prevote) 9F3C… … @ 2026-01-02T03:04:05Z}`, by CometBFT's Vote.String. */
const VOTE = /^Vote\{(\d+):[0-9A-F]* \d+\/\d+\/\S+ ([0-9A-F]*) .* @ ([^}\s]+)\}$/

function votesOf(texts: readonly string[], validators: number): readonly (VoteSnapshot | null)[] {
  return Array.from({ length: validators }, (_, index) => {
    const match = VOTE.exec(texts[index] ?? '')
    if (match === null) return null
    const hash = match[2]!
    return { value: /^0*$/.test(hash) ? null : hash }
  })
}

/** Since the newest of a validator's votes of this height, by its own clock. */
function lastSeenMs(state: RoundStateAnswer, address: string, nowMs: number): number | null {
  const index = (state.validators.validators ?? []).findIndex(one => one.address === address)
  const ages = (state.votes ?? [])
    .flatMap(({ prevotes, precommits }) => [prevotes[index], precommits[index]])
    .flatMap(vote => sinceText(VOTE.exec(vote ?? '')?.[3] ?? '', nowMs) ?? [])
  return ages.length === 0 ? null : Math.min(...ages)
}

/** What a node locked is told by its round alone: the polka of that round names the block. */
function heldOf(rounds: readonly RoundSnapshot[], heldRound: number): ConsensusSnapshot['locked'] {
  if (heldRound < 0) return null
  const votes = rounds.find(({ round }) => round === heldRound)?.prevotes ?? []
  const value = votes.find(vote => vote !== null && vote.value !== null)?.value
  return { round: heldRound, value: value ?? '?' }
}

type PeerAnswer = NonNullable<z.infer<typeof dumpSchema>['peers']>[number]

function peerOf({ node_address, peer_state }: PeerAnswer, names: ReadonlyMap<string, string>): PeerSnapshot {
  const { height, round, step } = peer_state.round_state
  const id = node_address.split('@')[0] ?? ''
  return { name: names.get(id) || id, height: Number(height), round, step: STEPS[step - 1] ?? '' }
}
