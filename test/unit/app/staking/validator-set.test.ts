import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Addresses, DEFAULT_COMMISSION } from '../../../../src/app/index.ts'
import { MODULE_ACCOUNTS } from '../../../../src/app/staking/addresses.ts'
import type { Context } from '../../../../src/app/staking/context.ts'
import { newValidator } from '../../../../src/app/staking/messages/validator.ts'
import { mint } from '../../../../src/app/staking/modules/bank.ts'
import { makeSlashingState } from '../../../../src/app/staking/modules/slashing-port.ts'
import { updateValidatorSet } from '../../../../src/app/staking/modules/validator-set.ts'
import {
  type Chain,
  SLASHING_PARAMS,
  STAKING_PARAMS,
  THE
} from '../../../../src/app/staking/records/chain-config.ts'
import { SEATS, VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import { CommittedState } from '../../../../src/app/staking/state/committed-state.ts'
import { StateLayer } from '../../../../src/app/staking/state/state-layer.ts'
import { MemoryKeyValueStore } from '../../../../src/blockstore/index.ts'
import { chooseActiveSet, DEFAULT_SLASHING_PARAMS } from '../../../../src/evidence/index.ts'
import { DENOM, person } from './staking-bed.ts'

/*
 * Goal: a block looks only at those who can be in the validator set, and makes the set it would make of everybody.
 * Method: random validators, in jail and in the set or not, against the choice among all of them; and a count of the
 * records that are read where thousands have no power.
 */

interface Stake {
  readonly tokens: bigint
  readonly jailed: boolean
  readonly isIn: boolean
}

interface Plan {
  readonly stakes: readonly Stake[]
  readonly tokensPerPower: bigint
  readonly maxValidators: number
  readonly minActiveValidators: number
}

const operatorOf = (index: number) => index.toString(16).padStart(40, '0')
const nobody = await CommittedState.open(new MemoryKeyValueStore(), [])

function contextOf(
  { stakes, tokensPerPower, maxValidators, minActiveValidators }: Plan,
  state = new StateLayer(nobody)
): Context {
  const chain = { tokensPerPower, bondDenom: DENOM } as Chain
  const params = {
    unbondingTime: 1n,
    maxValidators,
    minActiveValidators,
    maxEntries: 7,
    minCommissionRate: 0n
  }
  state.set(STAKING_PARAMS, THE, params)
  state.set(SLASHING_PARAMS, THE, DEFAULT_SLASHING_PARAMS)
  for (const pool of [MODULE_ACCOUNTS.bondedPool, MODULE_ACCOUNTS.notBondedPool])
    mint(state, pool, { denom: DENOM, amount: 10n ** 30n })
  const { consensusKey } = person('val0')
  const fresh = newValidator(
    consensusKey,
    { moniker: 'one', identity: '', website: '', securityContact: '', details: '' },
    DEFAULT_COMMISSION,
    1n
  )
  for (const [index, { tokens, jailed, isIn }] of stakes.entries()) {
    const status = isIn ? 'bonded' : 'unbonded'
    state.set(VALIDATORS, operatorOf(index), { ...fresh, tokens, shares: tokens, jailed, status })
    if (isIn) state.set(SEATS, operatorOf(index), { consensusKey, power: tokens / tokensPerPower })
  }
  const slashing = makeSlashingState(state, chain)
  const time = { seconds: 1, nanos: 0 }
  return { state, slashing, chain, addresses: new Addresses('pnyx'), height: 9, time, events: [] }
}

/** The set that comes of looking at everybody. */
function chosenAmongAll({ stakes, tokensPerPower, maxValidators, minActiveValidators }: Plan) {
  const everybody = stakes.map(({ tokens, jailed }, index) => ({
    operator: operatorOf(index),
    power: tokens / tokensPerPower,
    jailed
  }))
  const seated = new Set(stakes.flatMap(({ isIn }, index) => (isIn ? [operatorOf(index)] : [])))
  const { active } = chooseActiveSet(everybody, seated, { maxValidators, minActive: minActiveValidators })
  return active.length === 0 ? [...seated] : active.map(({ operator }) => operator)
}

const around = (value: bigint) => fc.bigInt({ min: value - 3n, max: value + 3n })
const tokens = fc.oneof(
  fc.bigInt({ min: 0n, max: 40n }),
  fc.constantFrom(1, 2, 3, 5).chain(digits => around(16n ** BigInt(digits))),
  fc.bigInt({ min: 0n, max: 2n ** 60n })
)
const plan: fc.Arbitrary<Plan> = fc.record({
  stakes: fc.array(
    fc.record({
      tokens,
      jailed: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
      isIn: fc.boolean()
    }),
    { minLength: 1, maxLength: 12 }
  ),
  tokensPerPower: fc.constantFrom(1n, 3n, 16n, 17n, 1000n),
  maxValidators: fc.integer({ min: 1, max: 6 }),
  minActiveValidators: fc.integer({ min: 1, max: 3 })
})

const stakeOf = (tokens: bigint): Stake => ({ tokens, jailed: false, isIn: false })

/** Two of one power, of which the one with fewer tokens, and fewer digits, comes first by its name. */
const sizesApart: Plan = {
  stakes: [stakeOf(15n), stakeOf(16n)],
  tokensPerPower: 3n,
  maxValidators: 1,
  minActiveValidators: 1
}

it('is the one that comes of looking at everybody', () => {
  fc.assert(
    fc.property(plan, asked => {
      const ctx = contextOf(asked)
      updateValidatorSet(ctx)
      expect([...ctx.state.members('pow')].sort()).toEqual([...chosenAmongAll(asked)].sort())
    }),
    { numRuns: 400, examples: [[sizesApart]] }
  )
})

/** Notes whom it names when it is asked for members of a group. */
class WatchedLayer extends StateLayer {
  readonly listed = new Set<string>()

  override members(group: string, upTo?: string): readonly string[] {
    const ids = super.members(group, upTo)
    for (const id of ids) this.listed.add(id)
    return ids
  }
}

it('does not look at those who have too little for any power, however many', () => {
  const strong = { tokens: 100_000_000n, jailed: false, isIn: true }
  const dust = { tokens: 60_000n, jailed: false, isIn: false }
  const stakes = [strong, strong, ...Array<Stake>(3000).fill(dust)]
  const state = new WatchedLayer(nobody)
  const limits = { maxValidators: 100, minActiveValidators: 1 }
  const ctx = contextOf({ stakes, tokensPerPower: 1_000_000n, ...limits }, state)
  state.listed.clear()
  updateValidatorSet(ctx)
  expect(state.listed.size).toBe(2)
})
