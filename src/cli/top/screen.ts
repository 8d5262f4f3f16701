import type { ConsensusSnapshot, RoundSnapshot, VoteSnapshot } from '../diagnosis/snapshot.ts'
import { tallyVotes, totalPower } from '../diagnosis/tally.ts'
import { ageText, countText, percentOf, validatorName } from '../diagnosis/wording.ts'
import { printable } from '../output.ts'
import { type Line, pad, type Segment, type Style, segment, wrapText } from './segments.ts'

/** Everything one picture of `pnyx top` shows. */
export interface TopModel {
  readonly url: string
  readonly snapshot: ConsensusSnapshot
  readonly health: string
  readonly sentence: string
  readonly waitingTxs: number
  readonly blocksPerSecond: number
  /** Blocks missed by each validator, in set order, of the last `missedOf`. */
  readonly missed: readonly number[]
  readonly missedOf: number
  /** Why the newest question got no answer; '' when it did. */
  readonly failure: string
  /** When all this was told, milliseconds since 1970. */
  readonly seenAtMs: number
  /** Since then, where the newest question got no answer. */
  readonly silentMs: number
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

const NAME_WIDTH = 18
const POWER_WIDTH = 8
const MISSED_WIDTH = 9
const VOTE_WIDTH = 9
const PEER_WIDTH = 42
const ROUND_WIDTH = 2 * VOTE_WIDTH + 2
const LEFT_WIDTH = NAME_WIDTH + POWER_WIDTH + MISSED_WIDTH
/** Rows kept for the peers, however many validators there are. */
const MOST_PEER_ROWS = 3
/** Rows of validators below which the peers are left out. */
const LEAST_VALIDATOR_ROWS = 4

/** The whole picture, as many lines as fit. Pure. */
export function topScreen(model: TopModel, { columns, rows }: ScreenSize): readonly Line[] {
  const head = [titleLine(model), stateLine(model), ...whyLines(model, columns), lockLine(model), []]
  const rounds = shownRounds(model.snapshot, columns)
  const heading = roundHeadings(model.snapshot, rounds)
  const totals = totalsLine(model.snapshot, rounds)
  const footer: Line = [segment('q quits', 'dim')]
  const fixed = head.length + heading.length + 1 + 1
  const peerRows = Math.min(MOST_PEER_ROWS, Math.ceil(model.snapshot.peers.length / peersAcross(columns)))
  const roomAbovePeers = rows - fixed - 2 - peerRows
  const fewest = Math.min(LEAST_VALIDATOR_ROWS, model.snapshot.validators.length)
  // In a small window whom one waits for matters more than who is connected.
  const hasPeers = roomAbovePeers >= fewest
  const validators = validatorLines(model, rounds, Math.max(1, hasPeers ? roomAbovePeers : rows - fixed))
  const peers = hasPeers
    ? [
        [],
        peersTitle(model.snapshot),
        ...peerLines(model.snapshot, columns, Math.max(1, rows - fixed - 2 - validators.length))
      ]
    : []
  return [...head, ...heading, ...validators, totals, ...peers, footer].slice(0, rows)
}

/** One line for a log or a pipe. */
export function topLine({ snapshot, blocksPerSecond, waitingTxs, sentence, health }: TopModel): string {
  const { step, peers } = snapshot
  const facts = `${step}, ${blocksPerSecond.toFixed(2)} blocks/s, ${countText(peers.length, 'peer', 'peers')}, ${waitingTxs} txs`
  return `${health}: ${printable(sentence)} [${facts}]`
}

function titleLine({ url, snapshot }: TopModel): Line {
  return [segment('pnyx top', 'bold'), segment(`  ${printable(snapshot.chainId)}  ${url}`)]
}

function stateLine({ snapshot, blocksPerSecond, waitingTxs }: TopModel): Line {
  const { height, round, step, sinceBlockMs, peers, isSyncing } = snapshot
  const age = sinceBlockMs === null ? '' : `   last block ${ageText(sinceBlockMs)} ago`
  return [
    segment(`height ${height}`, 'bold'),
    segment(`  round ${round}`, round === 0 ? 'plain' : 'warning'),
    segment(`  ${step}${isSyncing ? ' (catching up)' : ''}   ${blocksPerSecond.toFixed(2)} blocks/s${age}`),
    segment(`   peers ${peers.length}   txs ${waitingTxs}`)
  ]
}

/** What the node said of itself; of one that does not answer, that it does not, and how old the rest is. */
function whyLines({ sentence, health, failure, silentMs }: TopModel, columns: number): readonly Line[] {
  if (failure !== '') {
    const old = `no answer for ${ageText(silentMs)}, and what is below is as old: ${printable(failure)}`
    return wrapText(old, columns, 3).map(text => [segment(text, 'bad')])
  }
  const style: Style = health === 'ok' ? 'good' : health === 'slow' ? 'warning' : 'bad'
  return wrapText(printable(sentence), columns, 3).map(text => [segment(text, style)])
}

function lockLine({ snapshot: { locked, valid } }: TopModel): Line {
  const held = (name: string, value: typeof locked): string =>
    value === null ? `${name} none` : `${name} ${value.value.slice(0, 8)} of round ${value.round}`
  return [segment(`${held('locked', locked)}   ${held('valid', valid)}`)]
}

/** The newest rounds that fit, at least one. */
function shownRounds({ rounds }: ConsensusSnapshot, columns: number): readonly RoundSnapshot[] {
  const fit = Math.max(1, Math.floor((columns - LEFT_WIDTH) / ROUND_WIDTH))
  return rounds.slice(-fit)
}

function roundHeadings(snapshot: ConsensusSnapshot, rounds: readonly RoundSnapshot[]): readonly Line[] {
  const left = pad('', LEFT_WIDTH)
  const proposals = rounds.map(round => pad(proposalText(snapshot, round), ROUND_WIDTH)).join('')
  const columns = rounds
    .map(({ round }) => pad(`prevote ${round}`, VOTE_WIDTH + 1) + pad(`precommit`, VOTE_WIDTH + 1))
    .join('')
  const names = pad('validator', NAME_WIDTH) + pad('power', POWER_WIDTH) + pad('missed', MISSED_WIDTH)
  return [[segment(left + proposals, 'dim')], [segment(names + columns, 'heading')]]
}

/** `V1: AB12CD34 3/7`: who proposed what, and how much of it is here. */
function proposalText(
  { validators }: ConsensusSnapshot,
  { proposal, proposer, round }: RoundSnapshot
): string {
  const who = proposer === null ? `round ${round}` : validatorName(validators, proposer).split(' ')[0]!
  if (proposal === 'unknown') return who
  if (proposal === 'none') return `${who}: no proposal`
  const { received, total, validity, value } = proposal
  const parts = received < total ? ` ${received}/${total}` : ''
  return `${who}: ${value.slice(0, 8)}${parts}${validity === 'invalid' ? ' bad' : ''}`
}

function validatorLines(model: TopModel, rounds: readonly RoundSnapshot[], room: number): readonly Line[] {
  const { snapshot, missed, missedOf } = model
  const total = totalPower(snapshot)
  const lines = snapshot.validators.map(({ power, address }, index): Line => {
    const name = validatorName(snapshot.validators, index)
    const label = name.includes(' ') ? name : `${name} ${address.slice(0, 8).toUpperCase()}`
    const isSelf = index === snapshot.self
    const lost = missed[index] ?? 0
    return [
      segment(pad(`${printable(label)}${isSelf ? ' *' : ''}`, NAME_WIDTH - 1), isSelf ? 'bold' : 'plain'),
      segment(` ${pad(percentOf(power, total), POWER_WIDTH)}`),
      segment(pad(`${lost}/${missedOf}`, MISSED_WIDTH), lost === 0 ? 'plain' : 'warning'),
      ...rounds.flatMap(round => [voteCell(round.prevotes[index]), voteCell(round.precommits[index])])
    ]
  })
  if (lines.length <= room) return lines
  const shown = Math.max(0, room - 1)
  return [...lines.slice(0, shown), [segment(`… and ${lines.length - shown} more validators`, 'dim')]]
}

function voteCell(vote: VoteSnapshot | null | undefined): Segment {
  if (vote === null || vote === undefined) return segment(pad('.', VOTE_WIDTH + 1), 'dim')
  if (vote.value === null) return segment(pad('nil', VOTE_WIDTH + 1), 'warning')
  return segment(pad(vote.value.slice(0, 8), VOTE_WIDTH + 1), 'good')
}

/** What the strongest value of each column has. */
function totalsLine(snapshot: ConsensusSnapshot, rounds: readonly RoundSnapshot[]): Line {
  const total = totalPower(snapshot)
  const cells = rounds
    .flatMap(({ prevotes, precommits }) => [prevotes, precommits])
    .map(votes => pad(percentOf(tallyVotes(snapshot, votes).leading?.power ?? 0n, total), VOTE_WIDTH + 1))
  return [segment(pad('for one value', LEFT_WIDTH) + cells.join(''), 'bold')]
}

function peersTitle({ peers }: ConsensusSnapshot): Line {
  return [segment(countText(peers.length, 'peer', 'peers'), peers.length === 0 ? 'bad' : 'bold')]
}

function peersAcross(columns: number): number {
  return Math.max(1, Math.floor(columns / PEER_WIDTH))
}

/** Peers side by side, those furthest behind first. */
function peerLines({ peers, height }: ConsensusSnapshot, columns: number, room: number): readonly Line[] {
  const sorted = [...peers].sort((a, b) => a.height - b.height || a.round - b.round)
  const cells = sorted.map(peer => {
    const where = peer.height === 0 ? '-' : `${peer.height}/${peer.round} ${peer.step}`
    const text = `${pad(printable(peer.name), 16)} ${pad(where, 24)}`
    return segment(text, Math.abs(peer.height - height) > 1 ? 'warning' : 'plain')
  })
  const across = peersAcross(columns)
  const lines: Line[] = []
  for (let at = 0; at < cells.length; at += across) lines.push(cells.slice(at, at + across))
  if (lines.length <= room) return lines
  const shown = Math.max(0, room - 1)
  const hidden = cells.length - shown * across
  return [...lines.slice(0, shown), [segment(`… and ${hidden} more`, 'dim')]]
}
