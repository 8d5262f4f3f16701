import { describe, expect, it } from 'vitest'
import {
  type Effect,
  isCurrent,
  isTimeoutCurrent,
  type RoundState,
  step,
  type Timeout,
  type TimeoutKind
} from '../../../src/consensus/index.ts'
import { ConsensusBench } from '../../support/consensus-bench.ts'
import { makeState } from '../../support/view.ts'

const timeout = (kind: TimeoutKind, change: Partial<Timeout> = {}): Timeout => ({
  kind,
  height: 1,
  round: 1,
  ...change
})

describe('isTimeoutCurrent', () => {
  const states: Readonly<Record<string, RoundState>> = {
    newHeight: makeState({ step: 'newHeight' }),
    waiting: makeState({ waiting: true }),
    propose: makeState(),
    prevote: makeState({ step: 'prevote' }),
    precommit: makeState({ step: 'precommit' }),
    decided: makeState({ step: 'commit', decision: { round: 1, value: 'A' } })
  }
  const current: Readonly<Record<TimeoutKind, readonly string[]>> = {
    propose: ['propose'],
    prevote: ['prevote'],
    precommit: ['waiting', 'propose', 'prevote', 'precommit']
  }

  it('holds in the steps where the timeout does something', () => {
    for (const kind of ['propose', 'prevote', 'precommit'] as const) {
      const holds = Object.keys(states).filter(name => isTimeoutCurrent(timeout(kind), states[name]!))
      expect(holds, kind).toEqual(current[kind])
    }
  })

  it('does not hold for another height or round', () => {
    for (const change of [{ height: 2 }, { height: 0 }, { round: 0 }, { round: 2 }]) {
      expect(isTimeoutCurrent(timeout('precommit', change), states.precommit!)).toBe(false)
    }
  })
})

describe('isCurrent', () => {
  const at = { height: 1, round: 1 } as const
  const effects: readonly Effect[] = [
    { kind: 'buildValue', ...at },
    { kind: 'signProposal', ...at, value: 'A', polRound: -1 },
    { kind: 'signVote', vote: 'prevote', ...at, value: 'A' },
    { kind: 'scheduleTimeout', timeout: timeout('propose') },
    { kind: 'commit', ...at, value: 'A' }
  ]
  const currentKinds = (state: RoundState) =>
    effects.filter(effect => isCurrent(effect, state)).map(effect => effect.kind)

  it('goes by the state', () => {
    expect(currentKinds(makeState({ building: true }))).toEqual([
      'buildValue',
      'signProposal',
      'signVote',
      'scheduleTimeout'
    ])
    expect(currentKinds(makeState())).toEqual(['signProposal', 'signVote', 'scheduleTimeout'])
    expect(currentKinds(makeState({ step: 'prevote' }))).toEqual(['signVote'])
    expect(currentKinds(makeState({ step: 'commit', decision: { round: 1, value: 'A' } }))).toEqual([
      'commit'
    ])
    expect(currentKinds(makeState({ round: 2, building: true }))).toEqual([])
    expect(currentKinds(makeState({ height: 2, building: true }))).toEqual([])
  })
})

describe('a log that is fed again', () => {
  /** One height with a failed round, as a list of what came in. */
  function story(bench: ConsensusBench): void {
    bench.start()
    bench.vote('prevote', 0, null, [1, 2])
    bench.elapse('propose')
    bench.vote('precommit', 0, null, [1, 2])
    bench.elapse('precommit')
    bench.propose(1, 'B')
    bench.vote('prevote', 1, 'B', [1, 2])
    bench.vote('precommit', 1, 'B', [1, 2])
  }

  it('brings about the same states and the same effects', () => {
    const one = new ConsensusBench()
    const other = new ConsensusBench()
    story(one)
    story(other)
    expect(one.state.decision).toEqual({ round: 1, value: 'B' })
    expect(other.transitions).toEqual(one.transitions)
  })

  it('wherever it is cut, leaves to do exactly what was not done', () => {
    const whole = new ConsensusBench()
    story(whole)
    for (let cut = 1; cut < whole.transitions.length; cut++) {
      const { state } = whole.transitions[cut - 1]!.result
      const done = whole.transitions.slice(0, cut).flatMap(({ result }) => result.effects)
      const left = done.filter(effect => isCurrent(effect, state))
      // What is repeated belongs to the present round, and there is one of each.
      const slots = left.map(effect =>
        effect.kind === 'signVote'
          ? effect.vote
          : JSON.stringify(effect.kind === 'scheduleTimeout' ? effect : effect.kind)
      )
      expect(new Set(slots).size).toBe(slots.length)
      for (const effect of left) {
        const round = effect.kind === 'scheduleTimeout' ? effect.timeout.round : effect.round
        expect(round).toBe(state.round)
      }
    }
  })

  it('does nothing when the same input comes twice', () => {
    const bench = new ConsensusBench()
    story(bench)
    for (const { input, result } of bench.transitions) {
      if (input.kind === 'poolChanged') continue
      const again = step(result.state, input, bench.env)
      expect(again.effects.filter(effect => effect.kind === 'signVote')).toEqual([])
    }
  })
})
