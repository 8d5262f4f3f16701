import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explain, type RoundState, type TimeoutKind, type VoteKind } from '../../../src/consensus/index.ts'
import { ConsensusBench } from '../../support/consensus-bench.ts'

interface ScenarioStep {
  readonly do?: 'start'
  readonly recv?: 'prevote' | 'precommit' | 'proposal_and_block' | 'block_parts'
  readonly expect?: string
  readonly from?: number | readonly number[]
  readonly round?: number
  readonly block?: string | null
  readonly pol_round?: number
  readonly locked_round?: number
  readonly locked_block?: string | null
  readonly kind?: 'propose' | 'prevote_wait' | 'precommit_wait'
  readonly event?: 'Lock' | 'Relock' | 'ValidBlock'
  readonly step?: 'Propose' | 'Commit'
  readonly commit_round?: number
}

interface Scenario {
  readonly name: string
  readonly steps: readonly ScenarioStep[]
  readonly self_proposer: boolean
  readonly validators: number
}

const FILE = new URL('../../fixtures/vectors/consensus_scenarios.json', import.meta.url)
const SCENARIOS = (JSON.parse(readFileSync(FILE, 'utf8')) as { cases: readonly Scenario[] }).cases

/**
 * Where CometBFT's tests wait for a vote they leave unsaid which timeout brings it. These scenarios, and no others,
 * may let one elapse on the way to the precommit they expect.
 */
const UNSAID_TIMEOUTS: Readonly<Record<string, readonly string[]>> = {
  TestStateLock_MissingProposalWhenPOLSeenDoesNotUpdateLock: ['prevote 1'],
  TestStateLock_DoesNotLockOnOldProposal: ['prevote 1'],
  TestStateLock_POLSafety2: ['precommit 2'],
  TestProposeValidBlock: ['precommit 1']
}

const TIMEOUT_KINDS: Readonly<Record<string, TimeoutKind>> = {
  propose: 'propose',
  prevote_wait: 'prevote',
  precommit_wait: 'precommit'
}

interface Event {
  readonly what: 'newRound' | 'proposal' | 'prevote' | 'precommit' | 'commit' | 'lock' | 'relock'
  readonly round: number
  readonly block?: string | null
  readonly polRound?: number
  readonly state: RoundState
}

class ScenarioRun {
  readonly bench: ConsensusBench
  readonly unsaid: string[] = []
  readonly #builds: string
  #read = 0
  #events: Event[] = []
  #seen = 0

  constructor(scenario: Scenario) {
    this.bench = new ConsensusBench({ powers: Array.from({ length: scenario.validators }, () => 1n) })
    this.#builds = scenario.steps.find(step => step.expect === 'own_proposal')?.block ?? 'unasked'
  }

  play(step: ScenarioStep): void {
    if (step.do === 'start') this.#start(step.round!)
    else if (step.recv !== undefined) this.#receive(step)
    else this.#expect(step)
  }

  #start(round: number): void {
    if (round === 0) this.bench.start()
    else this.bench.startInRound(round)
    this.#events.push({ what: 'newRound', round, state: this.bench.state })
  }

  #receive(step: ScenarioStep): void {
    const { bench } = this
    const from = [step.from ?? []].flat().map(number => number - 1)
    if (step.recv === 'proposal_and_block') {
      expect(bench.env.isProposer(step.round!)).toBe(false)
      bench.propose(step.round!, step.block!, { polRound: step.pol_round! })
    } else if (step.recv === 'block_parts') {
      bench.judge(step.block!, 'valid')
    } else {
      bench.vote(step.recv as VoteKind, step.round!, step.block ?? null, from)
    }
  }

  #expect(step: ScenarioStep): void {
    const { bench } = this
    switch (step.expect) {
      case 'new_round':
        this.#next('newRound', step.round!)
        return
      case 'own_proposal':
        if (bench.state.building) bench.built(this.#builds)
        expect(this.#next('proposal', step.round!)).toMatchObject({
          block: step.block,
          polRound: step.pol_round ?? -1
        })
        return
      case 'own_prevote':
        expect(this.#next('prevote', step.round!).block).toBe(step.block)
        return
      case 'own_precommit':
        this.#expectPrecommit(step)
        return
      case 'timeout':
        bench.elapse(TIMEOUT_KINDS[step.kind!]!, step.round!)
        return
      case 'valid':
        expect(bench.state.valid).toEqual({ round: step.round, value: step.block })
        return
      case 'step':
        this.#expectStep(step)
        return
      case 'event':
        this.#expectEvent(step)
        return
      case 'commit':
        expect(this.#next('commit', step.round!).block).toBe(step.block)
        return
      case 'new_height':
        expect(bench.state.decision).not.toBeNull()
        return
      case 'no_new_step':
        this.#readOn()
        expect(this.#events.slice(this.#seen)).toEqual([])
        return
      default:
        expect.fail(`unknown expectation ${step.expect}`)
    }
  }

  #expectPrecommit(step: ScenarioStep): void {
    this.#readOn()
    if (!this.#events.slice(this.#seen).some(event => event.what === 'precommit')) {
      const timeout = this.bench.runningTimeouts().at(-1)!
      this.unsaid.push(`${timeout.kind} ${timeout.round}`)
      this.bench.elapse(timeout.kind, timeout.round)
    }
    const event = this.#next('precommit', step.round!)
    expect(event.block).toBe(step.block)
    const locked = step.locked_round === -1 ? null : { round: step.locked_round, value: step.locked_block }
    expect(event.state.locked).toEqual(locked)
  }

  #expectStep(step: ScenarioStep): void {
    if (step.step === 'Propose') {
      expect(this.bench.state.step).toBe('propose')
    } else {
      expect(explain(this.bench.state, this.bench.env).awaits[0]).toMatchObject({
        kind: 'value',
        namedBy: 'precommits',
        round: step.commit_round
      })
    }
  }

  /** A ValidBlock event of CometBFT says that a quorum names a block, whether or not the block is here yet. */
  #expectEvent(step: ScenarioStep): void {
    const { state, env } = this.bench
    if (step.event === 'Lock') this.#next('lock', step.round!)
    else if (step.event === 'Relock') this.#next('relock', step.round!)
    else {
      const named = explain(state, env).awaits.some(a => a.kind === 'value' && a.namedBy !== 'proposal')
      expect(named || state.valid?.round === step.round).toBe(true)
    }
  }

  #next(what: Event['what'], round: number): Event {
    this.#readOn()
    const isIt = (event: Event) => event.what === what && !this.#isUnsaidRound(event)
    const index = this.#events.findIndex((event, i) => i >= this.#seen && isIt(event))
    expect(index, `${what} of round ${round} after ${this.bench.lines.at(-1)}`).toBeGreaterThanOrEqual(0)
    // Locks are told along with the precommit they cause, in either order.
    if (what !== 'lock' && what !== 'relock') this.#seen = index + 1
    const event = this.#events[index]!
    expect(event.round).toBe(round)
    return event
  }

  /** A precommit timeout that a scenario leaves unsaid opens a round that it leaves unsaid too. */
  #isUnsaidRound({ what, round }: Event): boolean {
    return what === 'newRound' && this.unsaid.includes(`precommit ${round - 1}`)
  }

  #readOn(): void {
    for (const { before, result } of this.bench.transitions.slice(this.#read)) {
      const { state } = result
      const entered: Event = { what: 'newRound', round: state.round, state }
      if (state.round !== before.round) this.#events.push(entered)
      for (const effect of result.effects) {
        if (effect.kind === 'signProposal') {
          const { round, value, polRound } = effect
          this.#events.push({ what: 'proposal', round, block: value, polRound, state })
        }
        if (effect.kind === 'signVote') {
          const { round, value, vote } = effect
          const cast: Event = { what: vote, round, block: value, state }
          // A vote of the round that is left comes before the round that is entered.
          if (round < state.round) this.#events.splice(this.#events.indexOf(entered), 0, cast)
          else this.#events.push(cast)
        }
        if (effect.kind === 'commit') {
          this.#events.push({ what: 'commit', round: effect.round, block: effect.value, state })
        }
      }
      if (state.locked !== null && state.locked.round !== before.locked?.round) {
        const what = state.locked.value === before.locked?.value ? 'relock' : 'lock'
        const at = this.#events.findLastIndex(event => event.what === 'precommit')
        this.#events.splice(at, 0, { what, round: state.locked.round, state })
      }
    }
    this.#read = this.bench.transitions.length
  }
}

describe('scenarios of CometBFT', () => {
  it('are all here', () => {
    expect(SCENARIOS).toHaveLength(12)
  })

  for (const scenario of SCENARIOS) {
    it(scenario.name, () => {
      const run = new ScenarioRun(scenario)
      for (const step of scenario.steps) run.play(step)
      expect(run.unsaid).toEqual(UNSAID_TIMEOUTS[scenario.name.split(':')[0]!] ?? [])
      expect(run.bench.pool.checkCoherence()).toEqual([])
    })
  }
})
