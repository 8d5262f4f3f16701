import { tokensOfShares } from '../modules/delegations.ts'
import {
  DELEGATIONS,
  delegationId,
  REDELEGATIONS,
  redelegationsFrom,
  redelegationsOf,
  UNBONDINGS,
  unbondingId,
  unbondingsFrom,
  unbondingsOf
} from '../records/delegations.ts'
import { VALIDATORS } from '../records/validators.ts'
import { Refusal } from '../refusal.ts'
import { embedded, message, repeated, text } from '../wire/schema.ts'
import {
  accountAsked,
  badArgument,
  fromList,
  type IdPage,
  notFound,
  operatorAsked,
  pageAsked,
  pageGiven,
  pageOf,
  type QueryPlace,
  routeOf
} from './route.ts'
import { DELEGATION_RESPONSE, REDELEGATION_RESPONSE, UNBONDING } from './staking-wire.ts'

const SERVICE = '/cosmos.staking.v1beta1.Query'

const byValidator = message('ByValidator', { validatorAddr: text(1, 128), pagination: pageAsked(2) })
const byDelegator = message('ByDelegator', { delegatorAddr: text(1, 128), pagination: pageAsked(2) })
const byPair = message('ByPair', { delegatorAddr: text(1, 128), validatorAddr: text(2, 128) })
const delegationsAnswer = message('DelegationResponses', {
  delegationResponses: repeated(1, DELEGATION_RESPONSE),
  pagination: pageGiven(2)
})
const unbondingsAnswer = message('UnbondingResponses', {
  unbondingResponses: repeated(1, UNBONDING),
  pagination: pageGiven(2)
})

export const DELEGATION_ROUTES = [
  routeOf(
    `${SERVICE}/Delegation`,
    byPair,
    message('QueryDelegationResponse', { delegationResponse: embedded(1, DELEGATION_RESPONSE) }),
    (place, asked) => {
      const pair = pairAsked(place, asked)
      if (pair instanceof Refusal) return pair
      const [found] = delegationAnswers(place, [delegationId(pair.delegator, pair.operator)])
      if (found !== undefined) return { delegationResponse: found }
      return notFound(
        `delegation with delegator ${asked.delegatorAddr} not found for validator ${asked.validatorAddr}: key`
      )
    }
  ),
  routeOf(`${SERVICE}/DelegatorDelegations`, byDelegator, delegationsAnswer, async (place, asked) => {
    const delegator = accountAsked(place, asked.delegatorAddr)
    if (delegator instanceof Refusal) return delegator
    const page = await pageOf(
      from => place.state.idsFrom(DELEGATIONS, `${delegator}/`, from),
      asked.pagination
    )
    return withPage(page, ids => ({ delegationResponses: delegationAnswers(place, ids) }))
  }),
  routeOf(`${SERVICE}/ValidatorDelegations`, byValidator, delegationsAnswer, async (place, asked) => {
    const operator = operatorAsked(place, asked.validatorAddr)
    if (operator instanceof Refusal) return operator
    const source = (from?: string) => place.state.otherIdsFrom(DELEGATIONS, `${operator}/`, from)
    const page = await pageOf(source, asked.pagination)
    return withPage(page, ids => ({ delegationResponses: delegationAnswers(place, ids.map(swapped)) }))
  }),
  routeOf(
    `${SERVICE}/UnbondingDelegation`,
    byPair,
    message('QueryUnbondingDelegationResponse', { unbond: embedded(1, UNBONDING) }),
    (place, asked) => {
      const pair = pairAsked(place, asked)
      if (pair instanceof Refusal) return pair
      const [unbond] = unbondingAnswers(place, [unbondingId(pair.operator, pair.delegator)])
      if (unbond !== undefined) return { unbond }
      return notFound(
        `unbonding delegation with delegator ${asked.delegatorAddr} not found for validator ${asked.validatorAddr}: key`
      )
    }
  ),
  routeOf(`${SERVICE}/DelegatorUnbondingDelegations`, byDelegator, unbondingsAnswer, async (place, asked) => {
    const delegator = accountAsked(place, asked.delegatorAddr)
    if (delegator instanceof Refusal) return delegator
    const page = await pageOf(fromList(place.state.members(unbondingsOf(delegator))), asked.pagination)
    return withPage(page, ids => ({ unbondingResponses: unbondingAnswers(place, ids) }))
  }),
  routeOf(`${SERVICE}/ValidatorUnbondingDelegations`, byValidator, unbondingsAnswer, async (place, asked) => {
    const operator = operatorAsked(place, asked.validatorAddr)
    if (operator instanceof Refusal) return operator
    const page = await pageOf(fromList(place.state.members(unbondingsFrom(operator))), asked.pagination)
    return withPage(page, ids => ({ unbondingResponses: unbondingAnswers(place, ids) }))
  }),
  routeOf(
    `${SERVICE}/Redelegations`,
    message('QueryRedelegationsRequest', {
      delegatorAddr: text(1, 128),
      srcValidatorAddr: text(2, 128),
      dstValidatorAddr: text(3, 128),
      pagination: pageAsked(4)
    }),
    message('QueryRedelegationsResponse', {
      redelegationResponses: repeated(1, REDELEGATION_RESPONSE),
      pagination: pageGiven(2)
    }),
    async (place, asked) => {
      const ids = redelegationIds(place, asked)
      if (ids instanceof Refusal) return ids
      const page = await pageOf(fromList(ids), asked.pagination)
      return withPage(page, found => ({ redelegationResponses: redelegationAnswers(place, found) }))
    }
  )
]

function withPage<A>(page: IdPage | Refusal, answer: (ids: readonly string[]) => A) {
  return page instanceof Refusal ? page : { ...answer(page.ids), pagination: page.pagination }
}

function swapped(id: string): string {
  return id.split('/').reverse().join('/')
}

function pairAsked(place: QueryPlace, asked: { delegatorAddr: string; validatorAddr: string }) {
  const delegator = accountAsked(place, asked.delegatorAddr)
  if (delegator instanceof Refusal) return delegator
  const operator = operatorAsked(place, asked.validatorAddr)
  return operator instanceof Refusal ? operator : { delegator, operator }
}

function delegationAnswers({ state, addresses, chain }: QueryPlace, ids: readonly string[]) {
  return ids.flatMap(id => {
    const [delegator, operator] = id.split('/') as [string, string]
    const record = state.get(DELEGATIONS, id)
    const validator = state.get(VALIDATORS, operator)
    if (record === null || validator === null) return []
    const delegation = {
      delegatorAddress: addresses.ofAccount(delegator),
      validatorAddress: addresses.ofOperator(operator),
      shares: record.shares
    }
    const balance = { denom: chain.bondDenom, amount: tokensOfShares(validator, record.shares) }
    return [{ delegation, balance }]
  })
}

function unbondingAnswers({ state, addresses }: QueryPlace, ids: readonly string[]) {
  return ids.flatMap(id => {
    const [operator, delegator] = id.split('/') as [string, string]
    const record = state.get(UNBONDINGS, id)
    if (record === null) return []
    return [
      {
        delegatorAddress: addresses.ofAccount(delegator),
        validatorAddress: addresses.ofOperator(operator),
        entries: record.entries
      }
    ]
  })
}

interface RedelegationsAsked {
  readonly delegatorAddr: string
  readonly srcValidatorAddr: string
  readonly dstValidatorAddr: string
}

/** By delegator, by source, or both, and with a destination only those to it; '' leaves out. */
function redelegationIds(place: QueryPlace, asked: RedelegationsAsked): readonly string[] | Refusal {
  const { delegatorAddr, srcValidatorAddr, dstValidatorAddr } = asked
  const delegator = delegatorAddr === '' ? null : accountAsked(place, delegatorAddr)
  if (delegator instanceof Refusal) return delegator
  const source = srcValidatorAddr === '' ? null : operatorAsked(place, srcValidatorAddr)
  if (source instanceof Refusal) return source
  const destination = dstValidatorAddr === '' ? null : operatorAsked(place, dstValidatorAddr)
  if (destination instanceof Refusal) return destination
  if (delegator === null && source === null) return badArgument('a delegator or a source validator is needed')
  const ids = place.state.members(
    delegator === null ? redelegationsFrom(source!) : redelegationsOf(delegator)
  )
  return ids.filter(
    id =>
      (source === null || id.startsWith(`${source}/`)) &&
      (destination === null || id.endsWith(`/${destination}`))
  )
}

function redelegationAnswers({ state, addresses }: QueryPlace, ids: readonly string[]) {
  return ids.flatMap(id => {
    const [source, delegator, destination] = id.split('/') as [string, string, string]
    const record = state.get(REDELEGATIONS, id)
    const validator = state.get(VALIDATORS, destination)
    if (record === null) return []
    const redelegation = {
      delegatorAddress: addresses.ofAccount(delegator),
      validatorSrcAddress: addresses.ofOperator(source),
      validatorDstAddress: addresses.ofOperator(destination)
    }
    const entries = record.entries.map(redelegationEntry => ({
      redelegationEntry,
      balance: validator === null ? 0n : tokensOfShares(validator, redelegationEntry.sharesDst)
    }))
    return [{ redelegation, entries }]
  })
}
