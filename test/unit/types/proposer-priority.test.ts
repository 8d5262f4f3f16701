import { describe, expect, it } from 'vitest'
import {
  averagePriority,
  incrementProposerPriority,
  proposerOfRound,
  validatorsOfRound
} from '../../../src/types/proposer-priority.ts'
import type { ValidatorSet } from '../../../src/types/validator-set.ts'
import {
  makeValidatorSet,
  updateValidatorSet,
  ValidatorSetError,
  type ValidatorSetErrorCode
} from '../../../src/types/validator-set-update.ts'
import { fakeValidator, rawValidatorSet } from './fake-validators.ts'
import { vectorCases } from './vectors.ts'

interface Member {
  addr: string
  power: string
  prio?: string
}
interface Expected {
  err: string
  vals: Required<Member>[]
  proposer: string
  total: string
}
interface PriorityCase {
  name: string
  validators?: Member[]
  validators_start?: Member[]
  start?: Member[]
  changes?: Member[]
  steps?: { op: string; validators?: Member[]; changes?: Member[]; times?: number; expected: Expected }[]
  powers?: number[]
  expected_bound?: number
  priorities?: string[]
  expected_avg?: string
  expected_subtracted_avg?: string
  increment_times?: number
  expected_priorities?: string[]
  expected_proposer?: string
  expected_proposers_utf8?: string[]
  expect_error?: boolean
  expected_error_text_go?: string
  expected_after?: Required<Member>[]
  expected_total?: string
  expect?: string
  go_error?: string
  note?: string
}

const cases = vectorCases<PriorityCase>('proposer_priority.json')
const tested = new Set<PriorityCase>()
/** The cases a predicate picks, for `it.each`; every case of the file must be picked by one. */
function pick(predicate: (each: PriorityCase) => unknown): [string, PriorityCase][] {
  const picked = cases.filter(predicate)
  for (const each of picked) tested.add(each)
  return picked.map(each => [each.name, each])
}

const toUpdates = (members: readonly Member[]) =>
  members.map(({ addr, power }) => fakeValidator(addr, BigInt(power)))
const toMembers = (set: ValidatorSet): Required<Member>[] =>
  set.validators.map(({ address, power, proposerPriority }) => ({
    addr: address,
    power: String(power),
    prio: String(proposerPriority)
  }))
const toRaw = (members: readonly Member[]) =>
  rawValidatorSet(
    members.map(({ addr, power, prio }) => ({
      address: addr,
      power: BigInt(power),
      proposerPriority: BigInt(prio ?? 0)
    }))
  )

/** Which of our errors stands for a text of the Go program. */
function codeFor(goText: string): ValidatorSetErrorCode {
  const codes: [string, ValidatorSetErrorCode][] = [
    ['duplicate entry', 'DUPLICATE_VALIDATOR'],
    ["can't be negative", 'NEGATIVE_POWER'],
    ["can't be higher than", 'POWER_TOO_LARGE'],
    ['resulting valset exceeds max', 'TOTAL_POWER_TOO_LARGE'],
    ['failed to find validator', 'UNKNOWN_VALIDATOR'],
    ['voting power 0', 'ZERO_POWER'],
    ['would result in empty set', 'EMPTY_VALIDATOR_SET']
  ]
  const found = codes.find(([text]) => goText.includes(text))
  if (found === undefined) throw new TypeError(`no code for: ${goText}`)
  return found[1]
}

function codeThrownBy(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof ValidatorSetError) return thrown.code
    throw thrown
  }
  return 'nothing thrown'
}

describe('proposer_priority.json', () => {
  it.each(pick(each => each.expected_proposers_utf8))('%s', (_, each) => {
    let set = makeValidatorSet(toUpdates(each.validators!))
    const first = set
    each.expected_proposers_utf8!.forEach((name, round) => {
      expect(Buffer.from(set.proposer.address, 'hex').toString()).toBe(name)
      expect(proposerOfRound(first, round).address).toBe(set.proposer.address)
      set = incrementProposerPriority(set, 1)
    })
  })

  it.each(pick(each => each.expected_avg))('%s', (_, each) => {
    expect(String(averagePriority(each.priorities!.map(BigInt)))).toBe(each.expected_avg)
  })

  it.each(pick(each => each.validators_start))('%s', (_, each) => {
    const set = incrementProposerPriority(toRaw(each.validators_start!), each.increment_times!)
    expect(toMembers(set).map(({ prio }) => prio)).toEqual(each.expected_priorities)
    expect(set.proposer.address).toBe(each.expected_proposer)
  })

  it.each(pick(each => each.expected_subtracted_avg))('%s', (_, each) => {
    const set = incrementProposerPriority(toRaw(each.validators!), each.increment_times!)
    expect(toMembers(set).map(({ prio }) => prio)).toEqual(each.expected_priorities)
    const average = averagePriority(each.validators!.map(({ prio }) => BigInt(prio!)))
    expect(String(average)).toBe(each.expected_subtracted_avg)
  })

  it.each(pick(each => each.expected_after))('%s', (_, each) => {
    const set = makeValidatorSet(toUpdates(each.start!))
    const before = toMembers(set)
    if (each.expect_error) {
      const code = codeThrownBy(() => updateValidatorSet(set, toUpdates(each.changes!)))
      expect(code).toBe(codeFor(each.expected_error_text_go!))
      expect(toMembers(set)).toEqual(before)
      expect(toMembers(set)).toEqual(each.expected_after)
      return
    }
    const orders = each.note?.startsWith('every permutation') ? permutations(each.changes!) : [each.changes!]
    for (const changes of orders) {
      const updated = updateValidatorSet(set, toUpdates(changes))
      expect(toMembers(updated)).toEqual(each.expected_after)
      expect(String(updated.totalPower)).toBe(each.expected_total)
    }
    expect(toMembers(set)).toEqual(before)
  })

  it.each(pick(each => each.expect === 'error'))('%s', (_, each) => {
    expect(codeThrownBy(() => makeValidatorSet(toUpdates(each.validators!)))).toBe(codeFor(each.go_error!))
  })

  it.each(pick(each => each.powers))('%s', (_, each) => {
    const start = each.powers!.map((power, index) => ({
      address: `0${index}`,
      power: BigInt(power),
      proposerPriority: BigInt((index * 7919 + 13) % 40) - 20n
    }))
    const total = each.powers!.reduce((sum, power) => sum + power, 0)
    const turns = new Map<string, number>()
    let set = rawValidatorSet(start)
    for (let turn = 0; turn < total; turn++) {
      set = incrementProposerPriority(set, 1)
      turns.set(set.proposer.address, (turns.get(set.proposer.address) ?? 0) + 1)
    }
    for (const { address, power } of start) {
      expect(Math.abs((turns.get(address) ?? 0) - Number(power))).toBeLessThanOrEqual(each.expected_bound!)
    }
  })

  it.each(pick(each => each.steps))('%s', (_, each) => {
    let set: ValidatorSet | null = null
    for (const step of each.steps!) {
      const run = (): ValidatorSet => {
        if (step.op === 'new_validator_set') return makeValidatorSet(toUpdates(step.validators!))
        if (step.op === 'inc') return incrementProposerPriority(set!, step.times!)
        if (step.op === 'update') return updateValidatorSet(set!, toUpdates(step.changes!))
        throw new TypeError(`unknown step ${step.op}`)
      }
      if (step.expected.err === '') set = run()
      else expect(codeThrownBy(run)).toBe(codeFor(step.expected.err))
      expect(toMembers(set!)).toEqual(step.expected.vals)
      expect(set!.proposer.address).toBe(step.expected.proposer)
      expect(String(set!.totalPower)).toBe(step.expected.total)
    }
  })

  it('has no case that no test above reads', () => {
    expect(cases.filter(each => !tested.has(each)).map(({ name }) => name)).toEqual([])
  })
})

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map(rest => [item, ...rest])
  )
}

describe('proposerOfRound', () => {
  const set = makeValidatorSet([fakeValidator('aa', 5n), fakeValidator('bb', 3n), fakeValidator('cc', 2n)])

  it('is the proposer after one increment of that many turns, in whatever order rounds are asked for', () => {
    const wanted = (round: number) => incrementProposerPriority(set, round).proposer.address
    for (const round of [7, 3, 100, 1, 99]) expect(proposerOfRound(set, round).address).toBe(wanted(round))
    expect(proposerOfRound(set, 0)).toBe(set.proposer)
  })

  it('answers at once for a round nobody can reach, by the rotation of a lower one', () => {
    expect(proposerOfRound(set, 2 ** 31 - 1)).toBe(proposerOfRound(set, 65535))
    expect(proposerOfRound(set, 65536)).toBe(set.proposer)
    expect(validatorsOfRound(set, 2 ** 31 - 1)).toEqual(incrementProposerPriority(set, 65535))
    expect(validatorsOfRound(set, 65536)).toBe(set)
  })

  it('is that of the set with the priorities of the round', () => {
    for (const round of [0, 1, 7, 99]) {
      expect(validatorsOfRound(set, round).proposer.address).toBe(proposerOfRound(set, round).address)
    }
  })

  it('gives members of the set as it stands, not of a later one', () => {
    expect(set.validators).toContain(proposerOfRound(set, 4))
  })
})
