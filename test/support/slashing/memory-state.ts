import {
  type BlockPlace,
  CHUNK_BITS,
  checkSelfBond,
  DEFAULT_SLASHING_PARAMS,
  type DelegatorId,
  type KeyOwner,
  noteBonded,
  type OperatorId,
  type RecentOffender,
  type Redelegation,
  type SigningInfo,
  type SlashingEvent,
  type SlashingParams,
  type SlashingState,
  type StakedValidator,
  type Unbonding
} from '../../../src/evidence/index.ts'
import { addNanos, compareTimestamps, type Hex } from '../../../src/types/index.ts'

export const UNBONDING_NANOS = 100_000_000_000n

/** The state port in memory, with as much of a staking app around it as slashing needs to be seen at work. */
export class MemorySlashingState implements SlashingState {
  readonly tokensPerPower: bigint
  readonly infos = new Map<OperatorId, SigningInfo>()
  readonly chunks = new Map<string, Uint8Array>()
  readonly owners = new Map<Hex, KeyOwner>()
  readonly validators = new Map<OperatorId, StakedValidator>()
  readonly delegations = new Map<string, bigint>()
  readonly unbondings = new Map<string, Unbonding>()
  readonly redelegations: Redelegation[] = []
  readonly burned = { bonded: 0n, notBonded: 0n }
  /** Paid in and out by delegators; what is in minus out minus burned must be staked. */
  paidIn = 0n
  paidOut = 0n
  #params: SlashingParams
  #recent: readonly RecentOffender[] = []

  constructor(params: SlashingParams = DEFAULT_SLASHING_PARAMS, tokensPerPower = 10n) {
    this.#params = params
    this.tokensPerPower = tokensPerPower
  }

  params = (): SlashingParams => this.#params
  setParams(params: SlashingParams): void {
    this.#params = params
  }
  signers = (): Iterable<OperatorId> => this.infos.keys()
  signingInfo = (operator: OperatorId) => this.infos.get(operator) ?? null
  setSigningInfo(operator: OperatorId, info: SigningInfo): void {
    this.infos.set(operator, info)
  }
  missedChunk = (operator: OperatorId, chunk: number) => this.chunks.get(`${operator}/${chunk}`) ?? null
  setMissedChunk(operator: OperatorId, chunk: number, bits: Uint8Array | null): void {
    if (bits === null) this.chunks.delete(`${operator}/${chunk}`)
    else this.chunks.set(`${operator}/${chunk}`, bits)
  }
  keyOwner = (address: Hex) => this.owners.get(address) ?? null
  setKeyOwner(address: Hex, owner: KeyOwner): void {
    this.owners.set(address, owner)
  }
  validator = (operator: OperatorId) => this.validators.get(operator) ?? null
  setValidator(validator: StakedValidator): void {
    this.validators.set(validator.operator, validator)
  }
  delegationShares = (delegator: DelegatorId, operator: OperatorId) =>
    this.delegations.get(`${delegator}/${operator}`) ?? 0n
  setDelegationShares(delegator: DelegatorId, operator: OperatorId, shares: bigint): void {
    if (shares === 0n) this.delegations.delete(`${delegator}/${operator}`)
    else this.delegations.set(`${delegator}/${operator}`, shares)
  }
  unbondingsFrom = (operator: OperatorId) =>
    [...this.unbondings.values()].filter(each => each.operator === operator)
  unbonding = (delegator: DelegatorId, operator: OperatorId) =>
    this.unbondings.get(`${delegator}/${operator}`) ?? null
  setUnbonding(unbonding: Unbonding): void {
    this.unbondings.set(`${unbonding.delegator}/${unbonding.operator}`, unbonding)
  }
  redelegationsFrom = (operator: OperatorId) => this.redelegations.filter(each => each.source === operator)
  recentOffenders = () => this.#recent
  setRecentOffenders(offenders: readonly RecentOffender[]): void {
    this.#recent = offenders
  }
  burn(pool: 'bonded' | 'notBonded', amount: bigint): void {
    this.burned[pool] += amount
  }

  // What a staking app does around it.

  create(operator: OperatorId, address: Hex, stake: bigint, place: BlockPlace, minSelfBond = 1n): void {
    this.setKeyOwner(address, { operator, fromHeight: place.height, toHeight: null })
    const selfDelegator = `${operator}-self`
    this.setValidator({
      operator,
      status: 'unbonded',
      jailed: false,
      tokens: 0n,
      shares: 0n,
      selfDelegator,
      minSelfBond
    })
    this.delegate(selfDelegator, operator, stake)
    this.setStatus(operator, 'bonded', place)
  }

  delegate(delegator: DelegatorId, operator: OperatorId, amount: bigint): void {
    this.paidIn += amount
    this.#give(delegator, operator, amount)
  }

  undelegate(
    delegator: DelegatorId,
    operator: OperatorId,
    shares: bigint,
    place: BlockPlace
  ): SlashingEvent[] {
    const tokens = this.#take(delegator, operator, shares)
    const unbonding = this.unbonding(delegator, operator)
    const entry = {
      creationHeight: place.height,
      completionTime: addNanos(place.time, UNBONDING_NANOS),
      initialBalance: tokens,
      balance: tokens
    }
    this.setUnbonding({ delegator, operator, entries: [...(unbonding?.entries ?? []), entry] })
    return [...checkSelfBond(this, operator)]
  }

  redelegate(
    delegator: DelegatorId,
    source: OperatorId,
    destination: OperatorId,
    shares: bigint,
    place: BlockPlace
  ): SlashingEvent[] {
    const initialBalance = this.#take(delegator, source, shares)
    const sharesDst = this.#give(delegator, destination, initialBalance)
    const completionTime = addNanos(place.time, UNBONDING_NANOS)
    const entry = { creationHeight: place.height, completionTime, initialBalance, sharesDst }
    this.redelegations.push({ delegator, source, destination, entries: [entry] })
    return [...checkSelfBond(this, source)]
  }

  setStatus(operator: OperatorId, status: StakedValidator['status'], { height }: BlockPlace): void {
    this.setValidator({ ...this.validators.get(operator)!, status })
    if (status === 'bonded') noteBonded(this, operator, height)
  }

  /** Pays out what has been unbonding long enough. */
  mature({ time }: BlockPlace): void {
    for (const unbonding of [...this.unbondings.values()]) {
      const due = unbonding.entries.filter(
        ({ completionTime }) => compareTimestamps(completionTime, time) <= 0
      )
      this.paidOut += due.reduce((sum, { balance }) => sum + balance, 0n)
      const entries = unbonding.entries.filter(entry => !due.includes(entry))
      if (entries.length > 0) this.setUnbonding({ ...unbonding, entries })
      else this.unbondings.delete(`${unbonding.delegator}/${unbonding.operator}`)
    }
  }

  /** Tokens behind validators and leaving them. */
  staked(): bigint {
    let sum = 0n
    for (const { tokens } of this.validators.values()) sum += tokens
    for (const { entries } of this.unbondings.values()) for (const { balance } of entries) sum += balance
    return sum
  }

  bitsSet(operator: OperatorId): number {
    let count = 0
    for (let chunk = 0; chunk * CHUNK_BITS < this.#params.signedBlocksWindow; chunk++) {
      for (const byte of this.missedChunk(operator, chunk) ?? [])
        count += byte.toString(2).replaceAll('0', '').length
    }
    return count
  }

  #give(delegator: DelegatorId, operator: OperatorId, amount: bigint): bigint {
    const validator = this.validators.get(operator)!
    const { tokens, shares } = validator
    const given = shares === 0n || tokens === 0n ? amount : (amount * shares) / tokens
    this.setValidator({ ...validator, tokens: tokens + amount, shares: shares + given })
    this.setDelegationShares(delegator, operator, this.delegationShares(delegator, operator) + given)
    return given
  }

  #take(delegator: DelegatorId, operator: OperatorId, shares: bigint): bigint {
    const validator = this.validators.get(operator)!
    const amount = validator.shares === 0n ? 0n : (shares * validator.tokens) / validator.shares
    this.setValidator({ ...validator, tokens: validator.tokens - amount, shares: validator.shares - shares })
    this.setDelegationShares(delegator, operator, this.delegationShares(delegator, operator) - shares)
    return amount
  }
}
