import type { BondStatus } from '../../../evidence/index.ts'
import { MODULE_ACCOUNTS } from '../addresses.ts'
import { keyToAny } from '../messages/validator.ts'
import { balanceOf } from '../modules/bank.ts'
import { STAKING_PARAMS, THE } from '../records/chain-config.ts'
import { DELEGATIONS, delegationId } from '../records/delegations.ts'
import { ALL_VALIDATORS, VALIDATORS, type ValidatorRecord, validatorsWith } from '../records/validators.ts'
import { Refusal } from '../refusal.ts'
import { embedded, int, message, repeated, text } from '../wire/schema.ts'
import {
  accountAsked,
  badArgument,
  fromList,
  NOTHING,
  notFound,
  operatorAsked,
  pageAsked,
  pageGiven,
  pageOf,
  type QueryPlace,
  routeOf
} from './route.ts'
import { POOL, STAKING_PARAMS_ANSWER, VALIDATOR, type ValidatorAnswer } from './staking-wire.ts'

const SERVICE = '/cosmos.staking.v1beta1.Query'
const STATUS_NAMES: ReadonlyMap<string, BondStatus> = new Map([
  ['BOND_STATUS_BONDED', 'bonded'],
  ['BOND_STATUS_UNBONDING', 'unbonding'],
  ['BOND_STATUS_UNBONDED', 'unbonded']
])

const validatorAnswer = message('QueryValidatorResponse', { validator: embedded(1, VALIDATOR) })
const validatorsAnswer = message('QueryValidatorsResponse', {
  validators: repeated(1, VALIDATOR),
  pagination: pageGiven(2)
})

export const VALIDATOR_ROUTES = [
  routeOf(
    `${SERVICE}/Validators`,
    message('QueryValidatorsRequest', { status: text(1, 64), pagination: pageAsked(2) }),
    validatorsAnswer,
    async (place, { status, pagination: asked }) => {
      const wanted = STATUS_NAMES.get(status)
      if (status !== '' && wanted === undefined)
        return badArgument(`invalid validator status ${JSON.stringify(status)}`)
      const group = wanted === undefined ? ALL_VALIDATORS : validatorsWith(wanted)
      const page = await pageOf(fromList(place.state.members(group)), asked)
      if (page instanceof Refusal) return page
      const validators = page.ids.map(id => answerOf(place, id, place.state.get(VALIDATORS, id)!))
      return { validators, pagination: page.pagination }
    }
  ),
  routeOf(
    `${SERVICE}/Validator`,
    message('QueryValidatorRequest', { validatorAddr: text(1, 128) }),
    validatorAnswer,
    (place, { validatorAddr }) => {
      const operator = operatorAsked(place, validatorAddr)
      return operator instanceof Refusal ? operator : findValidator(place, operator, validatorAddr)
    }
  ),
  routeOf(
    `${SERVICE}/DelegatorValidators`,
    message('QueryDelegatorValidatorsRequest', { delegatorAddr: text(1, 128), pagination: pageAsked(2) }),
    validatorsAnswer,
    async (place, { delegatorAddr, pagination: asked }) => {
      const delegator = accountAsked(place, delegatorAddr)
      if (delegator instanceof Refusal) return delegator
      const head = `${delegator}/`
      const page = await pageOf(from => place.state.idsFrom(DELEGATIONS, head, from), asked)
      if (page instanceof Refusal) return page
      const validators = page.ids.flatMap(id => {
        const operator = id.slice(head.length)
        const record = place.state.get(VALIDATORS, operator)
        return record === null ? [] : [answerOf(place, operator, record)]
      })
      return { validators, pagination: page.pagination }
    }
  ),
  routeOf(
    `${SERVICE}/DelegatorValidator`,
    message('QueryDelegatorValidatorRequest', { delegatorAddr: text(1, 128), validatorAddr: text(2, 128) }),
    validatorAnswer,
    (place, { delegatorAddr, validatorAddr }) => {
      const delegator = accountAsked(place, delegatorAddr)
      if (delegator instanceof Refusal) return delegator
      const operator = operatorAsked(place, validatorAddr)
      if (operator instanceof Refusal) return operator
      const held = place.state.get(DELEGATIONS, delegationId(delegator, operator))
      if (held === null) return notFound(`delegation of ${delegatorAddr} to ${validatorAddr}`)
      return findValidator(place, operator, validatorAddr)
    }
  ),
  routeOf(
    `${SERVICE}/HistoricalInfo`,
    message('QueryHistoricalInfoRequest', { height: int(1) }),
    NOTHING,
    // None are kept (`historicalEntries` of the params): the headers and validators of the past are the node's.
    (_, { height }) => notFound(`historical info for height ${height}`)
  ),
  routeOf(
    `${SERVICE}/Pool`,
    NOTHING,
    message('QueryPoolResponse', { pool: embedded(1, POOL) }),
    ({ state, chain }) => {
      const { bondedPool, notBondedPool } = MODULE_ACCOUNTS
      const bondedTokens = balanceOf(state, bondedPool, chain.bondDenom)
      return { pool: { bondedTokens, notBondedTokens: balanceOf(state, notBondedPool, chain.bondDenom) } }
    }
  ),
  routeOf(
    `${SERVICE}/Params`,
    NOTHING,
    message('QueryParamsResponse', { params: embedded(1, STAKING_PARAMS_ANSWER) }),
    ({ state, chain }) => {
      const { unbondingTime, maxValidators, maxEntries, minCommissionRate } = state.get(STAKING_PARAMS, THE)!
      const { bondDenom } = chain
      return {
        params: {
          unbondingTime,
          maxValidators,
          maxEntries,
          historicalEntries: 0,
          bondDenom,
          minCommissionRate
        }
      }
    }
  )
]

function findValidator(place: QueryPlace, operator: string, address: string) {
  const record = place.state.get(VALIDATORS, operator)
  return record === null ? notFound(`validator ${address}`) : { validator: answerOf(place, operator, record) }
}

function answerOf({ addresses }: QueryPlace, operator: string, record: ValidatorRecord): ValidatorAnswer {
  return {
    operatorAddress: addresses.ofOperator(operator),
    consensusPubkey: keyToAny(record.consensusKey),
    jailed: record.jailed,
    status: record.status,
    tokens: record.tokens,
    delegatorShares: record.shares,
    description: record.description,
    unbondingHeight: record.unbondingHeight,
    unbondingTime: record.unbondingTime,
    commission: { commissionRates: record.commission, updateTime: record.commissionChangedAt },
    minSelfDelegation: record.minSelfBond
  }
}
