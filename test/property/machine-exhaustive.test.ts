import { describe, expect, it } from 'vitest'
import {
  type Effect,
  INPUT_RULES,
  type Input,
  initialRoundState,
  type ProposalView,
  type RoundState,
  RULES,
  type StepEnv,
  step,
  type ValueId
} from '../../src/consensus/index.ts'

/**
 * Every behaviour of one machine in three rounds with two values, in surroundings that may do anything: the other
 * validators are not modelled, so any quorum may appear in any round at any time. What is checked must therefore hold
 * for a correct node whatever everybody else does.
 */
const ROUNDS = 3
const QUORUM = 3n
const VALUES = ['A', 'B'] as const

/** What the prevotes of a round amount to: nothing, +2/3 of any, or +2/3 for one value. */
type Tally = 'none' | 'any' | 'nil' | 'A' | 'B'

interface World {
  readonly state: RoundState
  /** By round. Of earlier rounds only polkas for a value are kept apart, since nothing else about them is looked at. */
  readonly prevotes: readonly Tally[]
  /** Of the machine's round only: no rule looks at those of another round. */
  readonly proposals: readonly ProposalView[]
  readonly precommitAny: boolean
  readonly skipTo: number | null
  /** What the machine has put out in this round: each word may occur once. */
  readonly done: readonly string[]
}

interface Move {
  readonly world: World
  readonly input: Input
}

function envOf(world: World, invalid: ReadonlySet<ValueId>): StepEnv {
  const { state } = world
  const tallyHas = (round: number, value: ValueId | null) => world.prevotes[round] === (value ?? 'nil')
  return {
    quorum: QUORUM,
    votes: true,
    isProposer: round => round === 1,
    view: {
      proposals: round => (round === state.round ? world.proposals : []),
      validity: value => (invalid.has(value) ? 'invalid' : 'valid'),
      power: (kind, round, value) => (kind === 'prevote' && tallyHas(round, value) ? QUORUM : 0n),
      powerOfAny: (kind, round) => {
        const reached = kind === 'prevote' ? world.prevotes[round] !== 'none' : world.precommitAny
        return reached ? QUORUM : 0n
      },
      polka: round => {
        const tally = world.prevotes[round]
        return tally === 'nil' ? null : tally === 'A' || tally === 'B' ? tally : undefined
      },
      precommitQuorum: () => null,
      roundWithOneThirdAbove: round => (world.skipTo !== null && world.skipTo > round ? world.skipTo : null)
    }
  }
}

function movesFrom(world: World): readonly Move[] {
  const { state, prevotes, proposals } = world
  const { round } = state
  const changed = (change: Partial<World>): Move => ({
    world: { ...world, ...change },
    input: { kind: 'poolChanged' }
  })
  const moves: Move[] = []
  for (let r = 0; r <= round; r++) {
    const next: readonly Tally[] =
      prevotes[r] === 'none' ? ['any', 'nil', 'A', 'B'] : prevotes[r] === 'any' ? ['nil', 'A', 'B'] : []
    for (const tally of next) moves.push(changed({ prevotes: prevotes.with(r, tally) }))
  }
  if (proposals.length < 2) {
    for (const value of VALUES) {
      for (let polRound = -1; polRound < round; polRound++) {
        if (proposals.some(p => p.value === value)) continue
        moves.push(changed({ proposals: [...proposals, { value, polRound }] }))
      }
    }
  }
  if (!world.precommitAny) moves.push(changed({ precommitAny: true }))
  for (let r = round + 1; r < ROUNDS; r++) moves.push(changed({ skipTo: r }))
  for (const kind of ['propose', 'prevote', 'precommit'] as const) {
    if (!world.done.includes(`timer ${kind}`)) continue
    if (kind === 'precommit' && round === ROUNDS - 1) continue
    moves.push({ world, input: { kind: 'timeoutElapsed', timeout: { kind, height: 1, round } } })
  }
  if (state.building) moves.push({ world, input: { kind: 'valueBuilt', height: 1, round, value: 'A' } })
  return moves
}

/** Names what an effect uses up in its round: there is one prevote a round, whatever its value. */
function slot(effect: Effect): string {
  if (effect.kind === 'signVote') return effect.vote
  return effect.kind === 'scheduleTimeout' ? `timer ${effect.timeout.kind}` : effect.kind
}

function roundOf(effect: Effect): number {
  return effect.kind === 'scheduleTimeout' ? effect.timeout.round : effect.round
}

const STEPS = ['newHeight', 'propose', 'prevote', 'precommit', 'commit'] as const

function place(state: RoundState): number {
  return state.round * STEPS.length + STEPS.indexOf(state.step)
}

/** What a correct node owes whatever it sees; a list of broken promises. */
function broken(
  before: World,
  after: World,
  effects: readonly Effect[],
  invalid: ReadonlySet<ValueId>
): string[] {
  const wrong: string[] = []
  const claim = (holds: boolean, text: string): void => {
    if (!holds) wrong.push(text)
  }
  const { state } = after
  const { locked } = before.state
  claim(place(state) >= place(before.state), 'round and step never go back')
  claim((state.locked?.round ?? -1) >= (locked?.round ?? -1), 'the locked round never goes back')
  claim((state.valid?.round ?? -1) >= (before.state.valid?.round ?? -1), 'the valid round never goes back')
  claim((state.valid?.round ?? -1) >= (state.locked?.round ?? -1), 'the valid value is at least the lock')
  claim(
    state.locked === null || after.prevotes[state.locked.round] === state.locked.value,
    'a lock has its polka'
  )
  claim(new Set(after.done).size === after.done.length, `one of each in a round: ${after.done.join(', ')}`)
  claim(
    effects.every(effect => roundOf(effect) >= before.state.round),
    'nothing is done for an earlier round'
  )
  for (const effect of effects) {
    if (effect.kind !== 'signVote' || effect.value === null) continue
    const { round, value, vote } = effect
    claim(!invalid.has(value), 'no vote for an invalid value')
    claim(
      after.proposals.some(p => p.value === value),
      'no vote for what was not proposed in this round'
    )
    if (vote === 'precommit') {
      claim(after.prevotes[round] === value, 'no precommit without its polka')
      claim(state.locked?.round === round && state.locked.value === value, 'a precommit locks')
    } else if (locked !== null && locked.value !== value) {
      const justified = after.proposals.some(
        p => p.value === value && p.polRound >= locked.round && after.prevotes[p.polRound] === value
      )
      claim(justified, 'no prevote against the lock without a polka since')
    }
  }
  return wrong
}

function keyOf({ state, prevotes, proposals, precommitAny, done }: World): string {
  const { round, step: at, locked, valid, once, building } = state
  const values = [locked, valid].map(v => (v === null ? '-' : `${v.value}${v.round}`)).join()
  const flags = [once.polkaAny, once.polkaValue, once.precommitAny, building, precommitAny]
    .map(Number)
    .join('')
  const proposed = proposals.map(p => `${p.value}${p.polRound}`).join()
  return `${round}${at}|${values}|${flags}|${prevotes.join()}|${proposed}|${[...done].sort().join()}`
}

function explore(invalid: ReadonlySet<ValueId>): { worlds: number; transitions: number; seen: Set<string> } {
  const seen = new Set<string>()
  const rules = new Set<string>()
  const nothing: World = {
    state: initialRoundState(1),
    prevotes: Array.from({ length: ROUNDS }, (): Tally => 'none'),
    proposals: [],
    precommitAny: false,
    skipTo: null,
    done: []
  }
  const take = ({ world, input }: Move): World => {
    const result = step(world.state, input, envOf(world, invalid))
    const { round } = result.state
    const isNewRound = round !== world.state.round
    const effectsOf = (of: number) => result.effects.filter(effect => roundOf(effect) === of).map(slot)
    const done = [...world.done, ...effectsOf(world.state.round)]
    const after: World = { ...world, state: result.state, skipTo: null, done }
    const wrong = broken(world, after, result.effects, invalid)
    if (wrong.length > 0)
      expect.fail(`${wrong.join('; ')}\nin ${keyOf(after)}\nafter ${JSON.stringify(input)}`)
    for (const rule of result.fired) rules.add(rule)
    if (!isNewRound) return after
    const prevotes = world.prevotes.map(tally => (tally === 'A' || tally === 'B' ? tally : 'none'))
    return { ...after, prevotes, proposals: [], precommitAny: false, done: effectsOf(round) }
  }
  const stack = [take({ world: nothing, input: { kind: 'startHeight', height: 1 } })]
  let transitions = 1
  for (let world = stack.pop(); world !== undefined; world = stack.pop()) {
    for (const move of movesFrom(world)) {
      const after = take(move)
      transitions++
      const key = keyOf(after)
      if (seen.has(key)) continue
      seen.add(key)
      stack.push(after)
    }
  }
  return { worlds: seen.size, transitions, seen: rules }
}

describe('one machine in any surroundings, three rounds, two values', () => {
  it('keeps its promises when both values are valid', () => {
    const { worlds, transitions, seen } = explore(new Set())
    expect(worlds).toBeGreaterThan(10_000)
    expect(transitions).toBeGreaterThan(worlds)
    const unmodelled = ['line49Decide', 'line10StopWaiting', 'line10TxsAvailable']
    const rules = [...Object.keys(RULES), ...INPUT_RULES].filter(rule => !unmodelled.includes(rule))
    expect([...seen].sort()).toEqual(rules.sort())
  })

  it('keeps its promises when one value is invalid', () => {
    expect(explore(new Set(['B'])).worlds).toBeGreaterThan(1_000)
  })
})
