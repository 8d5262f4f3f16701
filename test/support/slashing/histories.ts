import {
  beginBlockSlashing,
  changeParams,
  ONE,
  rotateKey,
  type SlashingBlock,
  type SlashingEvent,
  type SlashingParams,
  unjail
} from '../../../src/evidence/index.ts'
import { BLOCK_ID_FLAG } from '../../../src/types/index.ts'
import { MemorySlashingState, UNBONDING_NANOS } from './memory-state.ts'
import { type ModelParams, SlashingModel } from './model.ts'

const TOKENS_PER_POWER = 10n
const TYPES = ['duplicateVote', 'duplicateProposal', 'lightClientAttack'] as const
const NAMES = ['a', 'b', 'c', 'd', 'e'] as const
const DELEGATORS = ['x', 'y', 'z'] as const
const GENESIS_SECONDS = 1_000_000

/** Random whole numbers below `limit`; the same seed gives the same ones. */
export type Dice = (limit: number) => number

export function diceOf(seed: number): Dice {
  let state = (seed ^ 0x9e3779b9) >>> 0
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

/** What one history came to, for the checks and for statistics. */
export interface HistoryOutcome {
  readonly problem: string | null
  readonly blocks: number
  readonly slashes: number
  readonly events: number
}

/**
 * Plays one random history on the module and on the model, and says where they first differ. Besides: supply is
 * conserved, counters are the number of bits, validators that never signed twice are never slashed for it, and nothing
 * throws.
 */
export function playHistory(seed: number, everyBlock = false): HistoryOutcome {
  const history = new History(diceOf(seed))
  const blocks = 4 + history.dice(14)
  let problem: string | null = null
  for (let block = 0; block < blocks && problem === null; block++) {
    history.playBlock()
    if (everyBlock || block === blocks - 1) problem = history.problem()
  }
  const slashes = history.events.filter(line => line.startsWith('slash')).length
  return { problem, blocks, slashes, events: history.events.length }
}

class History {
  readonly dice: Dice
  readonly state: MemorySlashingState
  readonly model: SlashingModel
  readonly events: string[] = []
  readonly #keys = new Map<string, string>()
  readonly #honest = new Set<string>()
  #height = 1
  #seconds = GENESIS_SECONDS
  #rotations = 0

  constructor(dice: Dice) {
    this.dice = dice
    const params = this.#drawParams()
    this.state = new MemorySlashingState(params, TOKENS_PER_POWER)
    this.model = new SlashingModel(modelParams(params), TOKENS_PER_POWER, UNBONDING_NANOS)
    for (const name of NAMES.slice(0, 2 + dice(4))) {
      const stake = BigInt(1 + dice(3000))
      const minSelfBond = BigInt(dice(200))
      const address = addressOf(name)
      this.state.create(name, address, stake, this.#place, minSelfBond)
      this.model.create(name, address, stake, minSelfBond, this.#height)
      this.#keys.set(name, address)
      if (dice(2) === 0) this.#honest.add(name)
    }
  }

  playBlock(): void {
    this.#height++
    this.#seconds += 1 + this.dice(30)
    const block = this.#drawBlock()
    this.#note(beginBlockSlashing(this.state, block))
    const votes = block.lastCommit.map(({ validator, blockIdFlag }) => ({
      ...validator,
      absent: blockIdFlag === BLOCK_ID_FLAG.absent
    }))
    const accusations = block.misbehavior.map(({ type, validator, height, totalVotingPower: total }) => ({
      type,
      ...validator,
      height,
      total
    }))
    this.model.begin(this.#height, this.#nowNanos, votes, accusations)
    for (let actions = this.dice(5); actions > 0; actions--) this.#act()
    this.state.mature(this.#place)
    this.model.mature(this.#nowNanos)
  }

  problem(): string | null {
    const [own, expected] = [snapshotOfState(this.state), snapshotOfModel(this.model)]
    if (own !== expected) return `state ${own}\nmodel ${expected}`
    const [events, expectedEvents] = [this.events.join('\n'), this.model.events.join('\n')]
    if (events !== expectedEvents) return `events\n${events}\nmodel\n${expectedEvents}`
    const { burned, paidIn, paidOut } = this.state
    if (paidIn - paidOut - burned.bonded - burned.notBonded !== this.state.staked())
      return 'supply is not conserved'
    if (burned.bonded + burned.notBonded !== this.model.burned)
      return 'what burned is not what the model burned'
    for (const [operator, { missedCount }] of this.state.infos) {
      if (missedCount !== this.state.bitsSet(operator))
        return `counter of ${operator} is not the number of its bits`
    }
    for (const name of this.#honest) {
      if (this.state.infos.get(name)?.tombstoned) return `${name} is honest and tombstoned`
      const line = this.events.find(
        each => each.startsWith(`slash ${name} `) && !each.startsWith(`slash ${name} downtime`)
      )
      if (line !== undefined) return `${name} is honest: ${line}`
    }
    return null
  }

  get #place() {
    return { height: this.#height, time: { seconds: this.#seconds, nanos: 0 } }
  }

  get #nowNanos(): bigint {
    return BigInt(this.#seconds) * 1_000_000_000n
  }

  #drawParams(): SlashingParams {
    const signedBlocksWindow = 1 + this.dice(8)
    return {
      signedBlocksWindow,
      minSigned: this.dice(signedBlocksWindow + 1),
      downtimeJailDuration: BigInt(1 + this.dice(100)) * 1_000_000_000n,
      slashFractionDowntime: (ONE * BigInt(this.dice(101))) / 100n,
      slashFractionDoubleSign: (ONE * BigInt(this.dice(101))) / 100n,
      correlation: this.dice(2) === 0,
      correlationWindowBlocks: this.dice(10)
    }
  }

  #drawBlock(): SlashingBlock {
    const lastCommit: SlashingBlock['lastCommit'][number][] = []
    const laziness = 1 + this.dice(6)
    for (const [name, address] of this.#keys) {
      if (this.state.validator(name)?.status !== 'bonded' && this.dice(4) > 0) continue
      const blockIdFlag =
        this.dice(laziness) === 0
          ? BLOCK_ID_FLAG.absent
          : this.dice(2) === 0
            ? BLOCK_ID_FLAG.nil
            : BLOCK_ID_FLAG.commit
      lastCommit.push({ validator: { address, power: this.#drawPower(name) }, blockIdFlag })
    }
    if (this.dice(20) === 0) {
      lastCommit.push({
        validator: { address: addressOf('stranger'), power: 1n },
        blockIdFlag: BLOCK_ID_FLAG.absent
      })
    }
    const misbehavior: SlashingBlock['misbehavior'][number][] = []
    while (this.dice(4) === 0) misbehavior.push(this.#drawAccusation())
    return { ...this.#place, lastCommit, misbehavior }
  }

  #drawAccusation(): SlashingBlock['misbehavior'][number] {
    const guilty = [...this.state.owners]
      .filter(([, { operator }]) => !this.#honest.has(operator))
      .map(([address]) => address)
    const address =
      this.dice(8) === 0 || guilty.length === 0 ? addressOf('stranger') : guilty[this.dice(guilty.length)]!
    const power = this.dice(10) === 0 ? BigInt(this.dice(3)) - 1n : BigInt(this.dice(400))
    return {
      type: TYPES[this.dice(3)]!,
      validator: { address, power },
      height: this.#height + 1 - this.dice(8),
      totalVotingPower: BigInt(this.dice(2000)) - 5n
    }
  }

  #drawPower(name: string): bigint {
    const now = (this.state.validator(name)?.tokens ?? 0n) / TOKENS_PER_POWER
    return this.dice(4) === 0 ? now + BigInt(this.dice(20)) - 10n : now
  }

  #act(): void {
    const names = [...this.#keys.keys()]
    const name = names[this.dice(names.length)]!
    const other = names[this.dice(names.length)]!
    const delegator = this.dice(4) === 0 ? `${name}-self` : DELEGATORS[this.dice(3)]!
    const held = this.state.delegationShares(delegator, name)
    const shares = held === 0n ? 0n : 1n + BigInt(this.dice(Number(held)))
    switch (this.dice(8)) {
      case 0:
      case 1: {
        const amount = BigInt(1 + this.dice(2000))
        this.state.delegate(delegator, name, amount)
        this.model.delegate(delegator, name, amount)
        break
      }
      case 2:
        if (shares === 0n) break
        this.#note(this.state.undelegate(delegator, name, shares, this.#place))
        this.model.undelegate(delegator, name, shares, this.#height, this.#nowNanos)
        break
      case 3:
        if (shares === 0n || name === other) break
        this.#note(this.state.redelegate(delegator, name, other, shares, this.#place))
        this.model.redelegate(delegator, name, other, shares, this.#height, this.#nowNanos)
        break
      case 4: {
        const status = (['bonded', 'unbonding', 'unbonded'] as const)[this.dice(3)]!
        this.state.setStatus(name, status, this.#place)
        this.model.setStatus(name, status, this.#height)
        break
      }
      case 5: {
        const outcome = unjail(this.state, name, this.#place)
        const expected = this.model.unjail(name, this.#nowNanos)
        if (outcome.ok !== expected) this.events.push(`unjail ${name} ${outcome.ok}, model ${expected}`)
        break
      }
      case 6:
        this.#rotate(name)
        break
      default:
        this.#changeParams()
    }
  }

  #rotate(name: string): void {
    const from = this.#keys.get(name)!
    const to = this.dice(3) === 0 ? from : addressOf(`${name}${++this.#rotations}`)
    const done = rotateKey(this.state, name, { from, to }, this.#height) === null
    const expected = this.model.rotate(name, from, to)
    if (done !== expected) this.events.push(`rotate ${name} ${done}, model ${expected}`)
    if (done) this.#keys.set(name, to)
  }

  #changeParams(): void {
    if (this.dice(3) > 0) return
    const params = this.#drawParams()
    changeParams(this.state, params, this.#height)
    this.model.changeParams(modelParams(params), this.#height)
  }

  #note(events: readonly SlashingEvent[]): void {
    for (const event of events) this.events.push(lineOf(event))
  }
}

function addressOf(name: string): string {
  return Buffer.from(name.padEnd(20, '.')).toString('hex')
}

function modelParams(params: SlashingParams): ModelParams {
  return {
    window: params.signedBlocksWindow,
    minSigned: params.minSigned,
    jailNanos: params.downtimeJailDuration,
    downtime: params.slashFractionDowntime,
    doubleSign: params.slashFractionDoubleSign,
    correlation: params.correlation,
    correlationWindow: params.correlationWindowBlocks
  }
}

function lineOf(event: SlashingEvent): string {
  switch (event.kind) {
    case 'slash': {
      const { operator, reason, infractionHeight, power, fraction, burned } = event
      return `slash ${operator} ${reason} ${infractionHeight} ${power} ${fraction} ${burned}`
    }
    case 'jail':
      return `jail ${event.operator} ${event.reason}`
    case 'missed':
      return `missed ${event.operator} ${event.missedCount}`
    case 'ignored':
      return `ignored ${event.address} ${event.reason}`
    default:
      return `${event.kind} ${event.operator}`
  }
}

/** Everything the two must agree on, in one text. */
function snapshotOfState(state: MemorySlashingState): string {
  const validators = [...state.validators.values()].map(validator => {
    const { operator, status, jailed, tokens, shares } = validator
    const info = state.infos.get(operator)
    const until = info === undefined ? 0n : BigInt(info.jailedUntil.seconds) * 1_000_000_000n
    const signing = info && [info.startHeight, info.indexOffset, info.missedCount, until, info.tombstoned]
    return `${operator} ${status} ${jailed} ${tokens} ${shares} ${signing ?? ''}`
  })
  const delegations = [...state.delegations].map(([key, shares]) => `${key} ${shares}`)
  const exits = [...state.unbondings.values()].flatMap(({ delegator, operator, entries }) =>
    entries.map(
      each => `${delegator}/${operator} ${each.creationHeight} ${each.initialBalance} ${each.balance}`
    )
  )
  const recent = state.recentOffenders().map(({ power, height }) => `${power}@${height}`)
  return [validators, delegations.sort(), exits.sort(), recent].join('|')
}

function snapshotOfModel(model: SlashingModel): string {
  const validators = model.operators.map(operator => {
    const { id, status, jailed, tokens, seen, start, untilNanos, tombstoned } = operator
    const signing = seen && [start, seen.length, model.missed(operator), untilNanos, tombstoned]
    return `${id} ${status} ${jailed} ${tokens} ${model.shares(operator)} ${signing ?? ''}`
  })
  const delegations = model.operators.flatMap(({ id, holdings }) =>
    [...holdings].map(([delegator, shares]) => `${delegator}/${id} ${shares}`)
  )
  const exits = model.exits.map(
    ({ delegator, from, height, initial, left }) => `${delegator}/${from} ${height} ${initial} ${left}`
  )
  const recent = model.offenders.map(({ power, height }) => `${power}@${height}`)
  return [validators, delegations.sort(), exits.sort(), recent].join('|')
}
