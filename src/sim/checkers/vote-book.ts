import type { Height, Hex, Round } from '../../types/index.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { totalPower } from '../ledger/validators.ts'
import type { Fail } from './fail.ts'

export type SignedKind = 'proposal' | 'prevote' | 'precommit'

/** One thing a validator signed, as its signer handed it out. */
export interface SignedStatement {
  readonly kind: SignedKind
  readonly height: Height
  readonly round: Round
  /** Block id key, '' for nil. */
  readonly value: string
  /** Of proposals; -1 for votes. */
  readonly polRound: Round
  /** Tells two signatures apart. */
  readonly signature: string
}

const STEP: Readonly<Record<SignedKind, number>> = { proposal: 1, prevote: 2, precommit: 3 }

/** What one honest key has signed, in order, over all its lives. */
interface KeyRecord {
  readonly byPlace: Map<string, SignedStatement>
  last: SignedStatement | null
  /** The lock as the outside sees it: the last precommit for a value that was sent. */
  locked: SignedStatement | null
  /** Places of which something was sent. */
  readonly sent: Set<string>
  lastSent: SignedStatement | null
}

export interface VoteBookParts {
  readonly ledger: Ledger
  /** Names of the nodes with honest keys, by address. Every other key may have signed anything. */
  readonly honest: ReadonlyMap<Hex, string>
  readonly fail: Fail
}

/**
 * Taps what honest signers hand out and holds it to the rules of Algorithm 1 that can be seen from outside: never two
 * statements for one step, never back, never against a lock without a polka, never a precommit without one. Keyed by
 * validator, so it knows what a node has forgotten.
 */
export class VoteBook {
  readonly #parts: VoteBookParts
  readonly #records = new Map<Hex, KeyRecord>()
  /** Honest keys that prevoted a value in a round. */
  readonly #prevotes = new Map<string, Set<Hex>>()
  /** Values that honest proposers proposed in a round. */
  readonly #proposed = new Map<string, Set<string>>()
  #refusals = 0

  constructor(parts: VoteBookParts) {
    this.#parts = parts
  }

  /** How often a guard refused, harmlessly. */
  get refusals(): number {
    return this.#refusals
  }

  /** An honest signer handed out a signature. */
  onSigned(address: Hex, statement: SignedStatement): void {
    const record = this.#record(address)
    const before = record.byPlace.get(place(statement))
    if (before !== undefined) {
      this.#onAgain(address, before, statement)
      return
    }
    this.#checkOrder(address, record, statement)
    record.byPlace.set(place(statement), statement)
    record.last = statement
    this.#note(address, statement)
    if (statement.kind === 'proposal') this.#checkProposal(address, record, statement)
    else if (statement.value !== '') this.#checkVote(address, record, statement)
  }

  /** An honest node puts a statement of its own on the wire; false when it did so before. */
  onSent(address: Hex, statement: SignedStatement): boolean {
    const record = this.#record(address)
    if (record.sent.has(place(statement))) return false
    record.sent.add(place(statement))
    if (record.lastSent === null || isAfter(statement, record.lastSent)) {
      record.lastSent = statement
      if (statement.kind === 'precommit' && statement.value !== '') record.locked = statement
    }
    return true
  }

  /**
   * A guard refused to sign. That is harmless for a repetition. Anything else means that the node would have contradicted
   * what it had signed, sent or not, and only the guard stood in its way: the log should have led it to the same wish.
   */
  onRefused(address: Hex, wish: Omit<SignedStatement, 'signature'>, reason: string): void {
    const record = this.#record(address)
    const before = record.byPlace.get(place(wish))
    const isRepetition =
      before !== undefined && before.value === wish.value && before.polRound === wish.polRound
    if (isRepetition) {
      this.#refusals++
      return
    }
    const signed = before ?? record.last
    const what = signed === null ? 'though it had signed nothing' : `after ${inWords(signed)}`
    this.#parts.fail(
      'guard',
      `${this.#name(address)} needed its guard (${reason}): it wanted to sign ${inWords(wish)} ${what}`
    )
  }

  /** The height of the last thing that the node of this key put on the wire; 0 for none. */
  lastSentHeight(address: Hex): Height {
    return this.#records.get(address)?.lastSent?.height ?? 0
  }

  /** Whether this very statement came from the signer of this key. */
  isSignedBy(address: Hex, statement: SignedStatement): boolean {
    return this.#records.get(address)?.byPlace.get(place(statement))?.signature === statement.signature
  }

  /** Power that may have prevoted `value` in a round: honest keys that did, and every key that is not honest. */
  possiblePrevotePower(height: Height, round: Round, value: string): bigint {
    const voters = this.#prevotes.get(`${height}/${round}/${value}`)
    let power = 0n
    for (const { address, power: weight } of this.#parts.ledger.setAt(height)?.members ?? []) {
      if (!this.#parts.honest.has(address) || voters?.has(address)) power += weight
    }
    return power
  }

  #onAgain(address: Hex, before: SignedStatement, again: SignedStatement): void {
    if (before.signature === again.signature) return
    const what = `${inWords(before)} and ${inWords(again)}`
    this.#parts.fail('double signing', `${this.#name(address)} signed both ${what}`)
  }

  #checkOrder(address: Hex, { last }: KeyRecord, statement: SignedStatement): void {
    if (last === null || isAfter(statement, last)) return
    this.#parts.fail(
      'double signing',
      `${this.#name(address)} signed ${inWords(statement)} after ${inWords(last)}`
    )
  }

  #note(address: Hex, { kind, height, round, value }: SignedStatement): void {
    const key = `${height}/${round}/${value}`
    if (kind === 'prevote') addTo(this.#prevotes, key, address)
    if (kind === 'proposal') addTo(this.#proposed, `${height}/${round}`, value)
  }

  #checkProposal(address: Hex, record: KeyRecord, statement: SignedStatement): void {
    const { height, round, value, polRound } = statement
    const say = (sentence: string): void =>
      this.#parts.fail('lock', `${this.#name(address)} signed ${inWords(statement)}, ${sentence}`)
    if (this.#parts.ledger.proposerOf(height, round) !== address) say('but it is not its turn')
    if (polRound >= round) say('but the polka cannot be of that round')
    if (polRound >= 0 && !this.#isPolkaPossible(height, polRound, value)) say('but there was no such polka')
    const { locked } = record
    if (locked?.height === height && polRound < locked.round) {
      say(`although it had precommitted in round ${locked.round} and so knows of a later polka`)
    }
  }

  #checkVote(address: Hex, record: KeyRecord, statement: SignedStatement): void {
    const { kind, height, round, value } = statement
    const say = (sentence: string): void =>
      this.#parts.fail('lock', `${this.#name(address)} signed ${inWords(statement)} ${sentence}`)
    if (kind === 'precommit') {
      if (!this.#isPolkaPossible(height, round, value)) say('without a polka')
      return
    }
    const proposer = this.#parts.ledger.proposerOf(height, round)
    const isHonestProposer = proposer !== undefined && this.#parts.honest.has(proposer)
    if (isHonestProposer && !this.#proposed.get(`${height}/${round}`)?.has(value)) {
      say(`though ${this.#name(proposer)}, whose turn it was, never proposed it`)
    }
    const { locked } = record
    if (locked === null || locked.height !== height || locked.value === value) return
    for (let pol = locked.round; pol < round; pol++) if (this.#isPolkaPossible(height, pol, value)) return
    say(
      `against its lock on ${shortValue(locked.value)} of round ${locked.round}, which no later polka opened`
    )
  }

  #isPolkaPossible(height: Height, round: Round, value: string): boolean {
    const set = this.#parts.ledger.setAt(height)
    if (set === undefined) return true
    return 3n * this.possiblePrevotePower(height, round, value) > 2n * totalPower(set.members)
  }

  #record(address: Hex): KeyRecord {
    let record = this.#records.get(address)
    if (record === undefined) {
      record = { byPlace: new Map(), last: null, locked: null, sent: new Set(), lastSent: null }
      this.#records.set(address, record)
    }
    return record
  }

  #name(address: Hex): string {
    return this.#parts.honest.get(address) ?? address.slice(0, 8)
  }
}

type Place = Pick<SignedStatement, 'kind' | 'height' | 'round'>

function place({ kind, height, round }: Place): string {
  return `${height}/${round}/${kind}`
}

/** True when `a` comes after `b` in the order in which a validator signs. */
function isAfter(a: Place, b: Place): boolean {
  if (a.height !== b.height) return a.height > b.height
  if (a.round !== b.round) return a.round > b.round
  return STEP[a.kind] > STEP[b.kind]
}

function inWords({ kind, height, round, value, polRound }: Omit<SignedStatement, 'signature'>): string {
  const pol = polRound < 0 ? '' : ` with the polka of round ${polRound}`
  return `a ${kind} for ${shortValue(value)} at ${height}/${round}${pol}`
}

export function shortValue(value: string): string {
  return value === '' ? 'nil' : value.slice(0, 8)
}

function addTo<V>(map: Map<string, Set<V>>, key: string, value: V): void {
  const set = map.get(key)
  if (set === undefined) map.set(key, new Set([value]))
  else set.add(value)
}
