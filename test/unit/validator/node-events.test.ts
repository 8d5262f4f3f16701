import { describe, expect, it } from 'vitest'
import { type Input, type RoundState, step } from '../../../src/consensus/index.ts'
import type { HostTransition } from '../../../src/validator/host/host-listener.ts'
import { eventsOf, NodeEvents } from '../../../src/validator/node-events.ts'
import { firstState, keyOf, resultsOf } from '../../support/stored-chain.ts'
import { type EnvFacts, fresh, makeEnv, makeState } from '../../support/view.ts'

const state = firstState()
const A = 'a'
const B = 'b'
const VALID = { [A]: 'valid', [B]: 'valid' } as const

/** A state of height 1, in round 0 unless the test says otherwise. */
const at = (change: Partial<RoundState>): RoundState => makeState({ round: 0, ...change })

/** What one input of the machine is told as: name, round and step of each event. */
function told(
  before: RoundState,
  input: Input,
  facts: EnvFacts
): readonly (readonly [string, number, string])[] {
  const { state: after, fired, effects } = step(before, input, makeEnv(facts))
  const context = { state } as HostTransition['context']
  return eventsOf({ before, after, input, fired, effects, context }).map(event => {
    if (event.kind === 'blockApplied' || event.kind === 'vote') return expect.unreachable()
    const name = event.kind === 'roundState' ? event.name : event.kind
    return [name, event.round, event.step] as const
  })
}

const poolChanged: Input = { kind: 'poolChanged' }
const elapsed = (kind: 'propose' | 'prevote' | 'precommit', round = 0): Input => ({
  kind: 'timeoutElapsed',
  timeout: { kind, height: 1, round }
})

describe('what clients are told of a round', () => {
  it('is its beginning, with who proposes', () => {
    const before = at({ step: 'newHeight' })
    const input: Input = { kind: 'startHeight', height: 1 }
    expect(told(before, input, {})).toEqual([
      ['newRound', 0, 'newRound'],
      ['NewRoundStep', 0, 'propose']
    ])
    const context = { state } as HostTransition['context']
    const after = { ...before, step: 'propose' } as const
    const [first] = eventsOf({ before, after, input, fired: [], effects: [], context })
    expect(first).toMatchObject({ kind: 'newRound', proposer: { index: 0 } })
  })

  it('is nothing while votes for the height before come in', () => {
    expect(told(at({ step: 'newHeight' }), poolChanged, {})).toEqual([])
  })

  it('is a lock on a new value, once the prevotes for it are there', () => {
    const before = at({ step: 'prevote' })
    const facts = { proposals: { 0: [fresh(A)] }, prevotes: { 0: { [A]: 3n } }, validity: VALID }
    expect(told(before, poolChanged, facts)).toEqual([
      ['Polka', 0, 'precommit'],
      ['Lock', 0, 'precommit'],
      ['ValidBlock', 0, 'precommit'],
      ['NewRoundStep', 0, 'precommit']
    ])
  })

  it.each([
    [A, 'Relock'],
    [B, 'Lock']
  ])('is a lock on %s in a later round: %s', (value, name) => {
    const before = at({
      round: 2,
      step: 'prevote',
      locked: { value: A, round: 0 },
      valid: { value: A, round: 0 }
    })
    const facts = { proposals: { 2: [fresh(value)] }, prevotes: { 2: { [value]: 3n } }, validity: VALID }
    expect(told(before, poolChanged, facts).map(([event]) => event)).toEqual([
      'Polka',
      name,
      'ValidBlock',
      'NewRoundStep'
    ])
  })

  it('is a wait for more votes', () => {
    expect(told(at({ step: 'prevote' }), poolChanged, { prevotes: { 0: { [A]: 1n, nil: 2n } } })).toEqual([
      ['NewRoundStep', 0, 'prevoteWait']
    ])
  })
})

describe('what clients are told of a timeout', () => {
  it('is the round and the step that it ended', () => {
    expect(told(at({ step: 'propose' }), elapsed('propose'), {})).toEqual([
      ['TimeoutPropose', 0, 'propose'],
      ['NewRoundStep', 0, 'prevote']
    ])
    expect(told(at({ step: 'prevote' }), elapsed('prevote'), {})).toEqual([
      ['TimeoutWait', 0, 'prevoteWait'],
      ['NewRoundStep', 0, 'precommit']
    ])
    expect(told(at({ step: 'precommit' }), elapsed('precommit'), {})).toEqual([
      ['TimeoutWait', 0, 'precommitWait'],
      ['newRound', 1, 'newRound'],
      ['NewRoundStep', 1, 'propose']
    ])
  })

  it('is nothing when it came too late to matter', () => {
    expect(told(at({ step: 'prevote' }), elapsed('propose'), {})).toEqual([])
    expect(told(at({ round: 1, step: 'precommit' }), elapsed('precommit', 0), {})).toEqual([])
  })
})

describe('what clients are told of changed validators', () => {
  it('is what the application said', () => {
    const events = new NodeEvents({} as never)
    const heard: unknown[] = []
    events.subscribe(event => heard.push(event))
    const update = { publicKey: keyOf(1), power: 7n }
    events.emitApplied({ response: { ...resultsOf(0), validatorUpdates: [update] } } as never)
    expect(heard).toMatchObject([{ validatorUpdates: [{ ...update, proposerPriority: 0n }] }])
  })
})
