import { addressOf } from '../../../crypto/index.ts'
import { DEFAULT_SLASHING_PARAMS } from '../../../evidence/index.ts'
import type { ValidatorUpdate } from '../../../types/index.ts'
import { MAX_TOTAL_POWER } from '../../../types/index.ts'
import { assert } from '../../../util/index.ts'
import type { InitChainRequest } from '../../application.ts'
import { Addresses, MODULE_ACCOUNTS, MODULE_NAMES } from '../addresses.ts'
import type { Context } from '../context.ts'
import { newValidator } from '../messages/validator.ts'
import { ensureAccount, mint } from '../modules/bank.ts'
import { delegate } from '../modules/delegations.ts'
import { makeSlashingState } from '../modules/slashing-port.ts'
import { updateValidatorSet } from '../modules/validator-set.ts'
import {
  CHAIN,
  type Chain,
  SLASHING_PARAMS,
  STAKING_PARAMS,
  THE,
  TX_PARAMS
} from '../records/chain-config.ts'
import { VALIDATORS } from '../records/validators.ts'
import { StateLayer } from '../state/state-layer.ts'
import type { StateReader } from '../state/table.ts'
import {
  DEFAULT_COMMISSION,
  DEFAULT_MIN_BLOCK_TIME,
  DEFAULT_STAKING_PARAMS,
  DEFAULT_TOKENS_PER_POWER,
  DEFAULT_TX_PARAMS,
  type GenesisStake,
  type StakingGenesis
} from './genesis-shape.ts'
import { chainTimesProblem, invalid, parseStakingGenesis, unbondingTimeOf } from './parse-genesis.ts'

export const DEFAULT_BECH32_PREFIX = 'pnyx'
export const DEFAULT_BOND_DENOM = 'upnyx'

export interface GenesisState {
  readonly state: StateLayer
  readonly chain: Chain
  /** What consensus must be told: the genesis names no validators of its own. */
  readonly validators: readonly ValidatorUpdate[]
}

/**
 * The state a chain begins with, on an empty one. Throws AppError (GENESIS_INVALID), also when app_state and the
 * genesis itself name different validators.
 */
export function applyGenesis(empty: StateReader, request: InitChainRequest): GenesisState {
  const genesis =
    request.appState === '' ? genesisWithoutState(request) : parseStakingGenesis(request.appState)
  const problem = chainTimesProblem(genesis, request.consensusParams)
  if (problem !== null) throw invalid(problem)
  const chain = chainOf(genesis, request)
  const addresses = new Addresses(chain.bech32Prefix)
  const state = new StateLayer(empty)
  const ctx: Context = {
    state,
    slashing: makeSlashingState(state, chain),
    chain,
    addresses,
    height: request.initialHeight,
    time: request.time,
    events: []
  }
  state.set(CHAIN, THE, chain)
  state.set(TX_PARAMS, THE, genesis.tx)
  const unbondingTime = unbondingTimeOf(genesis, request.consensusParams)
  state.set(STAKING_PARAMS, THE, { ...genesis.staking, unbondingTime })
  state.set(SLASHING_PARAMS, THE, genesis.slashing)
  for (const { address, coins } of genesis.accounts) {
    const account = addresses.account(address)!
    ensureAccount(state, account)
    for (const coin of coins) mint(state, account, coin)
  }
  for (const account of MODULE_NAMES.keys()) ensureAccount(state, account)
  for (const validator of genesis.validators) addValidator(ctx, validator)
  const updates = updateValidatorSet(ctx)
  requireSame(updates, request.validators)
  return { state, chain, validators: request.validators.length === 0 ? updates : [] }
}

function chainOf(genesis: StakingGenesis, { chainId, consensusParams }: InitChainRequest): Chain {
  return {
    chainId,
    bech32Prefix: genesis.bech32Prefix,
    bondDenom: genesis.bondDenom,
    testNetwork: genesis.testNetwork,
    tokensPerPower: genesis.tokensPerPower,
    minBlockTime: genesis.minBlockTime,
    maxGas: consensusParams.block.maxGas,
    keyTypes: consensusParams.validator.pubKeyTypes
  }
}

function addValidator(ctx: Context, validator: GenesisStake): void {
  const { publicKey, moniker, stake, minSelfBond, commission } = validator
  const operator = ctx.addresses.operator(validator.operator)!
  const description = { moniker, identity: '', website: '', securityContact: '', details: '' }
  ctx.state.set(VALIDATORS, operator, {
    ...newValidator(publicKey, description, commission, minSelfBond),
    commissionChangedAt: ctx.time
  })
  ctx.slashing.setKeyOwner(addressOf(publicKey), { operator, fromHeight: ctx.height, toHeight: null })
  ensureAccount(ctx.state, operator)
  const from = MODULE_ACCOUNTS.notBondedPool
  mint(ctx.state, from, { denom: ctx.chain.bondDenom, amount: stake })
  const shares = delegate(ctx, { delegator: operator, operator, amount: stake, from })
  assert(typeof shares === 'bigint', 'the first stake of a validator has a price')
}

/** What a chain is whose genesis names validators and nothing else: they have stake, and nobody has coins. */
function genesisWithoutState({ validators, consensusParams }: InitChainRequest): StakingGenesis {
  const addresses = new Addresses(DEFAULT_BECH32_PREFIX)
  const total = validators.reduce((sum, { power }) => sum + power, 0n)
  if (total > MAX_TOTAL_POWER) throw invalid(`the validators have more power than ${MAX_TOTAL_POWER}`)
  const { maxAgeDuration, maxAgeNumBlocks } = consensusParams.evidence
  const fitting = maxAgeDuration / BigInt(maxAgeNumBlocks)
  const base = newStakingGenesis({ testNetwork: false })
  return {
    ...base,
    minBlockTime: fitting < base.minBlockTime ? fitting : base.minBlockTime,
    staking: { ...base.staking, maxValidators: Math.max(base.staking.maxValidators, validators.length) },
    validators: validators.map(({ publicKey, power }) => ({
      operator: addresses.ofOperator(addressOf(publicKey)),
      publicKey,
      moniker: '',
      stake: power * DEFAULT_TOKENS_PER_POWER,
      minSelfBond: 1n,
      commission: DEFAULT_COMMISSION
    }))
  }
}

/** A chain with default params and nobody on it. */
export function newStakingGenesis(
  given: Pick<StakingGenesis, 'testNetwork'> & Partial<StakingGenesis>
): StakingGenesis {
  return {
    bech32Prefix: DEFAULT_BECH32_PREFIX,
    bondDenom: DEFAULT_BOND_DENOM,
    tokensPerPower: DEFAULT_TOKENS_PER_POWER,
    minBlockTime: DEFAULT_MIN_BLOCK_TIME,
    tx: DEFAULT_TX_PARAMS,
    staking: DEFAULT_STAKING_PARAMS,
    slashing: DEFAULT_SLASHING_PARAMS,
    accounts: [],
    validators: [],
    ...given
  }
}

function requireSame(own: readonly ValidatorUpdate[], named: readonly ValidatorUpdate[]): void {
  if (named.length === 0) return
  const textOf = ({ publicKey, power }: ValidatorUpdate) =>
    `${publicKey.type} ${Buffer.from(publicKey.bytes).toString('base64')} ${power}`
  const ownTexts = new Set(own.map(textOf))
  const stranger = named.find(update => !ownTexts.has(textOf(update)))
  if (stranger === undefined && named.length === own.length) return
  const which = stranger === undefined ? `${own.length} against ${named.length}` : textOf(stranger)
  throw invalid(
    `its stakes and the validators of the genesis must be the same (power = stake / tokens_per_power): ${which}`
  )
}
