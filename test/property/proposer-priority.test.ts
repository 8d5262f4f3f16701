import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { incrementProposerPriority, proposerOfRound } from '../../src/types/proposer-priority.ts'
import { MAX_TOTAL_POWER, type ValidatorSet } from '../../src/types/validator-set.ts'
import {
  makeValidatorSet,
  updateValidatorSet,
  ValidatorSetError
} from '../../src/types/validator-set-update.ts'
import { fakeValidator, rawValidatorSet } from '../unit/types/fake-validators.ts'

/** The rule as it reads, one bigint at a time; nothing in it is meant to be quick. */
interface Entry {
  address: string
  power: bigint
  priority: bigint
}

const int64 = (value: bigint) => BigInt.asIntN(64, value)
const clip = (value: bigint) =>
  value > 2n ** 63n - 1n ? 2n ** 63n - 1n : value < -(2n ** 63n) ? -(2n ** 63n) : value
const total = (entries: Entry[]) => entries.reduce((sum, { power }) => sum + power, 0n)

function oracleNormalize(entries: Entry[]): void {
  const window = 2n * total(entries)
  if (window > 0n) {
    const sorted = entries.map(({ priority }) => priority).sort((a, b) => (a < b ? -1 : 1))
    let distance = int64(sorted.at(-1)! - sorted[0]!)
    if (distance < 0n) distance = int64(-distance)
    if (distance > window) {
      const ratio = int64(distance + window - 1n) / window
      for (const entry of entries) entry.priority /= ratio
    }
  }
  const sum = entries.reduce((all, { priority }) => all + priority, 0n)
  const count = BigInt(entries.length)
  const average = (sum - (((sum % count) + count) % count)) / count
  for (const entry of entries) entry.priority = clip(entry.priority - average)
}

function oracleIncrement(entries: Entry[], times: number): string {
  oracleNormalize(entries)
  let proposer = ''
  for (let turn = 0; turn < times; turn++) {
    for (const entry of entries) entry.priority = clip(entry.priority + entry.power)
    const best = [...entries].sort((a, b) =>
      a.priority === b.priority ? (a.address < b.address ? -1 : 1) : a.priority > b.priority ? -1 : 1
    )[0]!
    best.priority = clip(best.priority - total(entries))
    proposer = best.address
  }
  return proposer
}

/** Null when the update is not legal. */
function oracleUpdate(entries: Entry[], updates: { address: string; power: bigint }[]): Entry[] | null {
  if (updates.length === 0) return entries
  if (new Set(updates.map(({ address }) => address)).size !== updates.length) return null
  if (updates.some(({ power }) => power < 0n || power > MAX_TOTAL_POWER)) return null
  const result = entries.map(entry => ({ ...entry }))
  const added: Entry[] = []
  for (const { address, power } of updates) {
    const existing = result.find(entry => entry.address === address)
    if (power === 0n) {
      if (existing === undefined) return null
    } else if (existing === undefined) added.push({ address, power, priority: 0n })
    else existing.power = power
  }
  const removed = new Set(updates.filter(({ power }) => power === 0n).map(({ address }) => address))
  const before = total(result) + total(added)
  for (const entry of added) entry.priority = -(before + before / 8n)
  const left = [...result.filter(({ address }) => !removed.has(address)), ...added]
  if (left.length === 0 || total(left) > MAX_TOTAL_POWER) return null
  oracleNormalize(left)
  return left.sort((a, b) =>
    a.power === b.power ? (a.address < b.address ? -1 : 1) : a.power > b.power ? -1 : 1
  )
}

const entriesOf = (set: ValidatorSet): Entry[] =>
  set.validators.map(({ address, power, proposerPriority }) => ({
    address,
    power,
    priority: proposerPriority
  }))

const address = fc
  .integer({ min: 0, max: 11 })
  .map(index => ((index * 37) % 256).toString(16).padStart(2, '0'))
/** Small, of everyday size, around the border of exact doubles, and around the largest legal. */
const power = fc.oneof(
  fc.bigInt({ min: 1n, max: 5n }),
  fc.bigInt({ min: 1n, max: 10n ** 9n }),
  fc.bigInt({ min: 2n ** 46n, max: 2n ** 53n }),
  fc.bigInt({ min: 2n ** 54n, max: MAX_TOTAL_POWER / 4n })
)
const priority = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }),
  fc.bigInt({ min: -(2n ** 53n) - 2n, max: 2n ** 53n + 2n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  // So far apart that the distance wraps around to nothing, and only clipping keeps them in int64.
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n)
)
const rawSet = fc
  .uniqueArray(fc.record({ address, power, proposerPriority: priority }), {
    minLength: 1,
    maxLength: 7,
    selector: each => each.address
  })
  .filter(members => members.reduce((sum, each) => sum + each.power, 0n) <= MAX_TOTAL_POWER)

describe('proposer priority against an oracle that only follows the rule', () => {
  it('increments alike, whatever the powers and priorities', () => {
    fc.assert(
      fc.property(rawSet, fc.integer({ min: 1, max: 40 }), (members, times) => {
        const entries = members.map(each => ({ ...each, priority: each.proposerPriority }))
        const set = incrementProposerPriority(rawValidatorSet(members), times)
        expect(set.proposer.address).toBe(oracleIncrement(entries, times))
        expect(set.validators.map(each => each.proposerPriority)).toEqual(entries.map(each => each.priority))
      }),
      { numRuns: 2000 }
    )
  })

  it('proposerOfRound is one increment of that many turns', () => {
    fc.assert(
      fc.property(
        rawSet,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }),
        (members, rounds) => {
          const set = rawValidatorSet(members)
          for (const round of rounds) {
            const entries = members.map(each => ({ ...each, priority: each.proposerPriority }))
            expect(proposerOfRound(set, round).address).toBe(oracleIncrement(entries, round))
          }
        }
      ),
      { numRuns: 500 }
    )
  })

  const update = fc.record({
    address,
    power: fc.oneof(
      { weight: 4, arbitrary: power },
      { weight: 2, arbitrary: fc.constant(0n) },
      fc.constant(-1n)
    )
  })
  const operation = fc.oneof(
    fc.record({ times: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ updates: fc.array(update, { maxLength: 4 }) })
  )

  it('lives through histories of updates and turns alike, and refuses the same updates', () => {
    fc.assert(
      fc.property(rawSet, fc.array(operation, { maxLength: 12 }), (members, operations) => {
        let set = makeValidatorSet(members.map(each => fakeValidator(each.address, each.power)))
        let entries = oracleUpdate([], members)!
        let proposer = oracleIncrement(entries, 1)
        for (const each of operations) {
          if ('times' in each) {
            set = incrementProposerPriority(set, each.times)
            proposer = oracleIncrement(entries, each.times)
          } else {
            const wanted = oracleUpdate(entries, each.updates)
            const updated = tryUpdate(set, each.updates)
            expect(updated === null).toBe(wanted === null)
            set = updated ?? set
            entries = wanted ?? entries
          }
          expect(entriesOf(set)).toEqual(entries)
          expect(set.totalPower).toBe(total(entries))
          expect(set.proposer.address).toBe(proposer)
        }
      }),
      { numRuns: 500 }
    )
  })
})

function tryUpdate(set: ValidatorSet, updates: { address: string; power: bigint }[]): ValidatorSet | null {
  try {
    return updateValidatorSet(
      set,
      updates.map(each => fakeValidator(each.address, each.power))
    )
  } catch (thrown) {
    if (thrown instanceof ValidatorSetError) return null
    throw thrown
  }
}

describe('rotation', () => {
  it('gives everyone its share of any stretch of turns, one validator fewer than there are as the error', () => {
    const powers = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(powers, fc.integer({ min: 1, max: 50 }), (weights, skip) => {
        const fakes = weights.map((each, index) => fakeValidator(`0${index}`, BigInt(each)))
        let set = incrementProposerPriority(makeValidatorSet(fakes), skip)
        const turns = new Map<string, number>()
        for (let turn = 0; turn < Number(set.totalPower); turn++) {
          set = incrementProposerPriority(set, 1)
          turns.set(set.proposer.address, (turns.get(set.proposer.address) ?? 0) + 1)
        }
        for (const { address, power } of set.validators) {
          expect(Math.abs((turns.get(address) ?? 0) - Number(power))).toBeLessThan(weights.length)
        }
      }),
      { numRuns: 200 }
    )
  })
})
