import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ValueId, VoteKind } from '../../src/consensus/index.ts'
import type { HeightPool, MessagePool, PoolMessage, VoteCertificate } from '../../src/mempool/index.ts'
import { makeCertificate, makePool, makeProposal, makeVote } from '../support/pool-messages.ts'

type Message = PoolMessage<string, string>

const VALUES: readonly (ValueId | null)[] = [null, 'A', 'B', 'C']
const KINDS: readonly VoteKind[] = ['prevote', 'precommit']
const ROUNDS = [0, 1, 2, 3, 4, 5]

/** The pool as its definition reads, with one list and no index: slow, and easy to believe. */
class ListPool {
  messages: Message[] = []
  readonly powers: readonly bigint[]
  readonly certified = new Set<string>()
  readonly exempt = new Set<number>()
  currentRound = 0

  constructor(powers: readonly bigint[]) {
    this.powers = powers
  }

  add(message: Message): string {
    const { kind, validator, round } = message
    const rivals = this.messages.filter(
      m => m.kind === kind && m.round === round && (kind === 'proposal' || m.validator === validator)
    )
    if (rivals.some(m => m.id === message.id)) return 'duplicate'
    if (rivals.some(m => m.validator !== validator)) return 'refused otherProposer'
    if (rivals.length >= 2) return 'conflicting uncounted'
    const future = this.futureRounds(validator)
    if (this.takesRoom(round) && !future.includes(round) && future.length >= 2) {
      const lowest = Math.min(...future)
      if (round < lowest) return 'refused tooFarAhead'
      this.messages = this.messages.filter(m => m.validator !== validator || m.round !== lowest)
    }
    this.messages.push(message)
    return rivals.length === 0 ? 'added' : 'conflicting counted'
  }

  addCertificate({ kind, round, value, votes }: VoteCertificate<string>): string {
    const sum = votes.reduce((power, vote) => power + this.powers[vote.validator]!, 0n)
    if (sum < this.quorum()) return 'refused notACertificate'
    const values = [...this.certified].filter(key => key.startsWith(`${kind} ${round} `))
    const key = `${kind} ${round} ${value}`
    const lacksQuorum = this.power(kind, round, value) < this.quorum()
    const mayExceed = lacksQuorum && (values.includes(key) || values.length < 2)
    if (mayExceed) this.certified.add(key)
    let stored = 0
    for (const vote of votes) {
      const own = this.messages.filter(
        m => m.kind === kind && m.round === round && m.validator === vote.validator
      )
      if (own.some(m => m.value === value)) continue
      if (own.length >= 2 && !mayExceed) continue
      this.messages.push(vote)
      stored++
    }
    if (stored > 0 && round > this.currentRound) this.exempt.add(round)
    return stored > 0 ? `added ${stored}` : 'duplicate'
  }

  takesRoom(round: number): boolean {
    return round > this.currentRound && !this.exempt.has(round)
  }

  futureRounds(validator: number): readonly number[] {
    const own = this.messages.filter(m => m.validator === validator && this.takesRoom(m.round))
    return [...new Set(own.map(m => m.round))]
  }

  total(): bigint {
    return this.powers.reduce((sum, power) => sum + power, 0n)
  }

  quorum(): bigint {
    let quorum = 0n
    while (quorum * 3n <= this.total() * 2n) quorum++
    return quorum
  }

  powerOf(messages: readonly Message[]): bigint {
    return this.powers.reduce(
      (sum, power, i) => sum + (messages.some(m => m.validator === i) ? power : 0n),
      0n
    )
  }

  power(kind: VoteKind, round: number, value: ValueId | null): bigint {
    return this.powerOf(this.messages.filter(m => m.kind === kind && m.round === round && m.value === value))
  }

  powerOfAny(kind: VoteKind, round: number): bigint {
    return this.powerOf(this.messages.filter(m => m.kind === kind && m.round === round))
  }

  busyRound(above: number): number | null {
    const busy = ROUNDS.filter(round => {
      const power = this.powerOf(this.messages.filter(m => m.round === round))
      return round > above && power * 3n > this.total()
    })
    return busy.at(-1) ?? null
  }
}

type Operation =
  | { readonly op: 'add'; readonly message: Message }
  | { readonly op: 'certificate'; readonly certificate: VoteCertificate<string> }
  | { readonly op: 'enterRound'; readonly round: number }

const round = fc.constantFrom(...ROUNDS)
const validator = fc.nat({ max: 3 })
const kind = fc.constantFrom(...KINDS)
const value = fc.constantFrom(...VALUES)

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({ kind, round, validator, value })
      .map(facts => ({ op: 'add', message: makeVote(facts) }) as const)
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ round, validator: fc.constantFrom(1, 1, 1, 2), value: fc.constantFrom('A', 'B', 'C') })
      .map(facts => ({ op: 'add', message: makeProposal(facts) }) as const)
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ kind, round, value, from: fc.subarray([0, 1, 2, 3], { minLength: 2 }) })
      .map(facts => ({ op: 'certificate', certificate: makeCertificate(facts) }) as const)
  },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 2).map(r => ({ op: 'enterRound', round: r }) as const) }
)

function perform(pool: MessagePool<string>, operation: Operation): string {
  if (operation.op === 'enterRound') {
    pool.height(1)!.enterRound(operation.round)
    return ''
  }
  if (operation.op === 'certificate') {
    const outcome = pool.addCertificate(operation.certificate)
    if (outcome.kind === 'refused') return `refused ${outcome.reason}`
    return outcome.kind === 'added' ? `added ${outcome.votes.length}` : outcome.kind
  }
  const outcome = pool.add(operation.message)
  if (outcome.kind === 'refused') return `refused ${outcome.reason}`
  if (outcome.kind === 'conflicting') return `conflicting ${outcome.counted ? 'counted' : 'uncounted'}`
  return outcome.kind
}

function performOnList(list: ListPool, operation: Operation): string {
  if (operation.op === 'enterRound') {
    list.currentRound = Math.max(list.currentRound, operation.round)
    return ''
  }
  return operation.op === 'certificate'
    ? list.addCertificate(operation.certificate)
    : list.add(operation.message)
}

function compareAnswers(height: HeightPool<string, string>, list: ListPool): void {
  expect(height.quorum).toBe(list.quorum())
  expect(height.find()).toEqual(list.messages)
  for (const r of ROUNDS) {
    expect(height.proposals(r)).toEqual(list.messages.filter(m => m.kind === 'proposal' && m.round === r))
    for (const k of KINDS) {
      expect(height.powerOfAny(k, r)).toBe(list.powerOfAny(k, r))
      for (const v of VALUES) expect(height.power(k, r, v)).toBe(list.power(k, r, v))
    }
    const polkas = VALUES.filter(v => list.power('prevote', r, v) >= list.quorum())
    const values = polkas.filter(v => v !== null)
    expect(values.length > 0 ? values : polkas.length > 0 ? polkas : [undefined]).toContain(height.polka(r))
    expect(height.roundWithOneThirdAbove(r)).toBe(list.busyRound(r))
  }
  const decides = (r: number, v: ValueId | null) =>
    v !== null && list.power('precommit', r, v) >= list.quorum()
  const lowest = ROUNDS.find(r => VALUES.some(v => decides(r, v)))
  const quorum = height.precommitQuorum()
  expect(quorum?.round).toBe(lowest)
  if (quorum !== null) expect(decides(quorum.round, quorum.value)).toBe(true)
}

describe('the message pool', () => {
  const powers = fc.array(fc.bigInt({ min: 1n, max: 10n }), { minLength: 4, maxLength: 4 })

  it('answers as a plain list of messages would, after every operation', () => {
    fc.assert(
      fc.property(powers, fc.array(operation, { maxLength: 60, size: 'max' }), (validators, operations) => {
        const pool = makePool(validators)
        const list = new ListPool(validators)
        for (const each of operations) expect(perform(pool, each)).toBe(performOnList(list, each))
        compareAnswers(pool.height(1)!, list)
        expect(pool.checkCoherence()).toEqual([])
      }),
      { numRuns: 400 }
    )
  })

  it('is the same set in whatever order votes of past rounds arrive', () => {
    const votes = fc.uniqueArray(
      fc.record({ kind, round, validator, value: fc.constantFrom('A', null) }).map(makeVote),
      { selector: vote => vote.id, maxLength: 40, size: 'max' }
    )
    const shuffled = votes.chain(all =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))
    )
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const pools = [one, other].map(order => {
          const pool = makePool()
          pool.height(1)!.enterRound(ROUNDS.at(-1)!)
          for (const vote of order) pool.add(vote)
          return pool.height(1)!
        })
        const [a, b] = pools as [HeightPool<string, string>, HeightPool<string, string>]
        expect(new Set(a.find())).toEqual(new Set(b.find()))
        for (const r of ROUNDS) {
          for (const v of VALUES) expect(a.power('precommit', r, v)).toBe(b.power('precommit', r, v))
          expect(a.powerOfSenders(r)).toBe(b.powerOfSenders(r))
        }
      })
    )
  })
})
