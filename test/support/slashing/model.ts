/**
 * Slashing as its specification reads: lists, loops and whole histories, nothing kept that can be counted again. Slow,
 * and easy to believe. It shares no code with what it is held against.
 */

const NANOS = 1_000_000_000n
const UNIT = 10n ** 18n

export interface ModelParams {
  window: number
  minSigned: number
  jailNanos: bigint
  downtime: bigint
  doubleSign: bigint
  correlation: boolean
  correlationWindow: number
}

interface ModelOperator {
  id: string
  status: 'bonded' | 'unbonding' | 'unbonded'
  jailed: boolean
  tokens: bigint
  holdings: Map<string, bigint>
  minSelfBond: bigint
  /** Of every block judged since the last reset, whether it was missed; null while nothing was ever noted. */
  seen: boolean[] | null
  start: number
  untilNanos: bigint
  tombstoned: boolean
}

interface ModelExit {
  delegator: string
  from: string
  height: number
  doneNanos: bigint
  initial: bigint
  left: bigint
}

interface ModelMove {
  delegator: string
  from: string
  to: string
  height: number
  doneNanos: bigint
  initial: bigint
  shares: bigint
}

export interface ModelVote {
  address: string
  power: bigint
  absent: boolean
}
export interface ModelAccusation {
  type: string
  address: string
  power: bigint
  height: number
  total: bigint
}

const FOR_EVER = 253402300799n * NANOS

export class SlashingModel {
  operators: ModelOperator[] = []
  exits: ModelExit[] = []
  moves: ModelMove[] = []
  keys: [address: string, operator: string, retired: boolean][] = []
  offenders: { power: bigint; height: number }[] = []
  burned = 0n
  events: string[] = []
  params: ModelParams
  readonly tokensPerPower: bigint
  readonly unbondingNanos: bigint

  constructor(params: ModelParams, tokensPerPower: bigint, unbondingNanos: bigint) {
    this.params = params
    this.tokensPerPower = tokensPerPower
    this.unbondingNanos = unbondingNanos
  }

  find(id: string): ModelOperator | undefined {
    return this.operators.find(each => each.id === id)
  }

  shares(operator: ModelOperator): bigint {
    return [...operator.holdings.values()].reduce((sum, each) => sum + each, 0n)
  }

  begin(height: number, nowNanos: bigint, votes: ModelVote[], accusations: ModelAccusation[]): void {
    for (const vote of votes) this.#judgeVote(vote, height, nowNanos)
    this.#judgeAccusations(accusations, height, nowNanos)
  }

  create(id: string, address: string, stake: bigint, minSelfBond: bigint, height: number): void {
    this.keys.push([address, id, false])
    this.operators.push({
      id,
      status: 'unbonded',
      jailed: false,
      tokens: 0n,
      holdings: new Map(),
      minSelfBond,
      seen: null,
      start: 0,
      untilNanos: 0n,
      tombstoned: false
    })
    this.delegate(`${id}-self`, id, stake)
    this.setStatus(id, 'bonded', height)
  }

  delegate(delegator: string, id: string, amount: bigint): bigint {
    const operator = this.find(id)!
    const all = this.shares(operator)
    const given = all === 0n || operator.tokens === 0n ? amount : (amount * all) / operator.tokens
    operator.tokens += amount
    this.#hold(operator, delegator, given)
    return given
  }

  undelegate(delegator: string, id: string, shares: bigint, height: number, nowNanos: bigint): void {
    const amount = this.#withdraw(delegator, id, shares)
    const doneNanos = nowNanos + this.unbondingNanos
    this.exits.push({ delegator, from: id, height, doneNanos, initial: amount, left: amount })
    this.#checkSelf(this.find(id)!)
  }

  redelegate(
    delegator: string,
    from: string,
    to: string,
    shares: bigint,
    height: number,
    nowNanos: bigint
  ): void {
    const initial = this.#withdraw(delegator, from, shares)
    const given = this.delegate(delegator, to, initial)
    const doneNanos = nowNanos + this.unbondingNanos
    this.moves.push({ delegator, from, to, height, doneNanos, initial, shares: given })
    this.#checkSelf(this.find(from)!)
  }

  setStatus(id: string, status: ModelOperator['status'], height: number): void {
    const operator = this.find(id)!
    operator.status = status
    if (status !== 'bonded') return
    operator.seen ??= []
    operator.start = height - Math.min(operator.seen.length, this.params.window)
  }

  mature(nowNanos: bigint): void {
    this.exits = this.exits.filter(({ doneNanos }) => doneNanos > nowNanos)
  }

  unjail(id: string, nowNanos: bigint): boolean {
    const operator = this.find(id)
    if (operator === undefined || !operator.jailed || operator.tombstoned) return false
    const own = operator.holdings.get(`${id}-self`) ?? 0n
    if (own === 0n || this.#selfBond(operator) < operator.minSelfBond) return false
    if (operator.seen !== null && nowNanos < operator.untilNanos) return false
    operator.jailed = false
    return true
  }

  rotate(id: string, from: string, to: string): boolean {
    const operator = this.find(id)
    const current = this.keys.find(
      ([address, owner, retired]) => address === from && owner === id && !retired
    )
    if (operator === undefined || current === undefined || operator.tombstoned) return false
    if (this.keys.some(([address]) => address === to)) return false
    current[2] = true
    this.keys.push([to, id, false])
    return true
  }

  changeParams(params: ModelParams, height: number): void {
    const changed = params.window !== this.params.window
    this.params = params
    for (const operator of this.operators) {
      if (!changed || operator.seen === null) continue
      operator.seen = []
      operator.start = height
    }
  }

  missed(operator: ModelOperator): number {
    return (operator.seen ?? []).slice(-this.params.window).filter(Boolean).length
  }

  #judgeVote({ address, power, absent }: ModelVote, height: number, nowNanos: bigint): void {
    const key = this.keys.find(each => each[0] === address)
    const operator = key && this.find(key[1])
    if (operator === undefined) {
      this.events.push(`ignored ${address} ${key === undefined ? 'unknownKey' : 'unknownValidator'}`)
      return
    }
    if (operator.jailed) return
    if (operator.seen === null) {
      operator.seen = []
      operator.start = height
    }
    operator.seen.push(absent)
    const missed = this.missed(operator)
    if (absent) this.events.push(`missed ${operator.id} ${missed}`)
    if (height <= operator.start + this.params.window) return
    if (missed <= this.params.window - this.params.minSigned) return
    this.#punish(operator, 'downtime', height - 2, power, this.params.downtime, height, nowNanos)
    operator.seen = []
    operator.untilNanos = nowNanos + this.params.jailNanos
  }

  #judgeAccusations(accusations: ModelAccusation[], height: number, nowNanos: bigint): void {
    if (accusations.length === 0) return
    const guilty: [ModelOperator, ModelAccusation][] = []
    for (const accusation of accusations) {
      const { address, power } = accusation
      const key = this.keys.find(each => each[0] === address)
      const operator = key && this.find(key[1])
      let why = ''
      if (key === undefined) why = 'unknownKey'
      else if (operator === undefined) why = 'unknownValidator'
      else if (operator.status === 'unbonded') why = 'unbonded'
      else if (operator.tombstoned || guilty.some(([each]) => each === operator)) why = 'tombstoned'
      else if (power <= 0n || accusation.height > height) why = 'invalid'
      if (why === '') guilty.push([operator!, accusation])
      else this.events.push(`ignored ${address} ${why}`)
    }
    this.offenders = this.offenders.filter(each => each.height > height - this.params.correlationWindow)
    for (const [, { power }] of guilty) this.offenders.push({ power, height })
    const k = this.offenders.reduce((sum, each) => sum + each.power, 0n)
    for (const [operator, { type, total, power, height: at }] of guilty) {
      let fraction = this.params.doubleSign
      if (this.params.correlation && total !== 0n && k !== 0n) {
        const squared = (9n * k * k * UNIT) / (total * total)
        const capped = squared > UNIT ? UNIT : squared
        if (capped > fraction) fraction = capped
      }
      this.#punish(operator, type, at - 1, power, fraction, height, nowNanos)
      if (operator.seen === null) {
        operator.seen = []
        operator.start = height
      }
      operator.untilNanos = FOR_EVER
      operator.tombstoned = true
      this.events.push(`tombstone ${operator.id}`)
    }
  }

  #punish(
    operator: ModelOperator,
    reason: string,
    since: number,
    power: bigint,
    fraction: bigint,
    height: number,
    nowNanos: bigint
  ): void {
    const before = this.burned
    const weakened = this.#slash(operator, since, power, fraction, height, nowNanos)
    this.events.push(`slash ${operator.id} ${reason} ${since} ${power} ${fraction} ${this.burned - before}`)
    for (const each of weakened) this.#checkSelf(each)
    if (operator.jailed) return
    operator.jailed = true
    this.events.push(`jail ${operator.id} ${reason}`)
  }

  #slash(
    operator: ModelOperator,
    since: number,
    power: bigint,
    fraction: bigint,
    height: number,
    nowNanos: bigint
  ): Set<ModelOperator> {
    const weakened = new Set<ModelOperator>()
    if (operator.status === 'unbonded' || fraction <= 0n || fraction > UNIT || power <= 0n || since > height)
      return weakened
    const part = (amount: bigint) => (amount * fraction) / UNIT
    const liable = (each: { height: number; doneNanos: bigint }) =>
      each.height >= since && each.doneNanos > nowNanos
    let target = part(power * this.tokensPerPower)
    if (since < height) {
      for (const exit of this.exits) {
        if (exit.from !== operator.id || !liable(exit)) continue
        target -= part(exit.initial)
        this.#burnExit(exit, part(exit.initial))
      }
      const prices = new Map(this.operators.map(each => [each.id, [each.tokens, this.shares(each)] as const]))
      for (const move of this.moves) {
        if (move.from !== operator.id || !liable(move)) continue
        const owed = part(move.initial)
        target -= owed
        let rest = owed
        for (const exit of this.exits) {
          if (exit.from === move.to && exit.delegator === move.delegator && liable(exit))
            rest -= this.#burnExit(exit, rest)
        }
        const there = this.find(move.to)
        if (rest === 0n || there === undefined) continue
        const [tokens, shares] = prices.get(move.to)!
        const held = there.holdings.get(move.delegator) ?? 0n
        const due = (part(move.shares) * rest) / owed
        const sold = due < held ? due : held
        if (sold === 0n || shares === 0n) continue
        let value = (sold * tokens) / shares
        if (value > rest) value = rest
        if (value > there.tokens) value = there.tokens
        this.#hold(there, move.delegator, -sold)
        there.tokens -= value
        this.burned += value
        if (value > 0n && move.delegator === `${there.id}-self`) weakened.add(there)
      }
    }
    const burn = target < 0n ? 0n : target > operator.tokens ? operator.tokens : target
    operator.tokens -= burn
    this.burned += burn
    return weakened
  }

  #burnExit(exit: ModelExit, amount: bigint): bigint {
    const burn = amount < exit.left ? amount : exit.left
    exit.left -= burn
    this.burned += burn
    return burn
  }

  #selfBond(operator: ModelOperator): bigint {
    const all = this.shares(operator)
    return all === 0n ? 0n : ((operator.holdings.get(`${operator.id}-self`) ?? 0n) * operator.tokens) / all
  }

  #checkSelf(operator: ModelOperator): void {
    if (operator.jailed || this.#selfBond(operator) >= operator.minSelfBond) return
    operator.jailed = true
    this.events.push(`jail ${operator.id} selfBond`)
  }

  #hold(operator: ModelOperator, delegator: string, change: bigint): void {
    const shares = (operator.holdings.get(delegator) ?? 0n) + change
    if (shares === 0n) operator.holdings.delete(delegator)
    else operator.holdings.set(delegator, shares)
  }

  #withdraw(delegator: string, id: string, shares: bigint): bigint {
    const operator = this.find(id)!
    const all = this.shares(operator)
    const amount = all === 0n ? 0n : (shares * operator.tokens) / all
    operator.tokens -= amount
    this.#hold(operator, delegator, -shares)
    return amount
  }
}
