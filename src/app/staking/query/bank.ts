import { COIN, isDenom } from '../coins.ts'
import { balanceOf, supplyOf } from '../modules/bank.ts'
import { BALANCES, SUPPLIES } from '../records/accounts.ts'
import { Refusal } from '../refusal.ts'
import { bool, embedded, int, message, optional, repeated, repeatedText, text } from '../wire/schema.ts'
import {
  accountAsked,
  badArgument,
  fromList,
  NOTHING,
  notFound,
  pageAsked,
  pageGiven,
  pageOf,
  type QueryPlace,
  routeOf
} from './route.ts'

const SERVICE = '/cosmos.bank.v1beta1.Query'
/** Digits between the unit of account and the one people speak of: the `u` of `upnyx`. */
const MICRO_EXPONENT = 6

const balanceQuestion = message('QueryBalanceRequest', { address: text(1, 128), denom: text(2, 128) })
const balanceAnswer = message('QueryBalanceResponse', { balance: optional(1, COIN) })
const balancesQuestion = message('QueryAllBalancesRequest', {
  address: text(1, 128),
  pagination: pageAsked(2),
  resolveDenom: bool(3)
})
const balancesAnswer = message('QueryAllBalancesResponse', {
  balances: repeated(1, COIN),
  pagination: pageGiven(2)
})
const denomUnit = message('DenomUnit', {
  denom: text(1),
  exponent: int(2),
  aliases: repeatedText(3, 16, 128)
})
const metadata = message('Metadata', {
  description: text(1),
  denomUnits: repeated(2, denomUnit),
  base: text(3),
  display: text(4),
  name: text(5),
  symbol: text(6)
})

export const BANK_ROUTES = [
  routeOf(`${SERVICE}/Balance`, balanceQuestion, balanceAnswer, findBalance),
  routeOf(`${SERVICE}/SpendableBalanceByDenom`, balanceQuestion, balanceAnswer, findBalance),
  routeOf(`${SERVICE}/AllBalances`, balancesQuestion, balancesAnswer, findBalances),
  routeOf(`${SERVICE}/SpendableBalances`, balancesQuestion, balancesAnswer, findBalances),
  routeOf(
    `${SERVICE}/TotalSupply`,
    message('QueryTotalSupplyRequest', { pagination: pageAsked(1) }),
    message('QueryTotalSupplyResponse', { supply: repeated(1, COIN), pagination: pageGiven(2) }),
    async ({ state }, { pagination: asked }) => {
      const page = await pageOf(from => state.idsFrom(SUPPLIES, '', from), asked)
      if (page instanceof Refusal) return page
      const supply = page.ids.map(denom => ({ denom, amount: supplyOf(state, denom) }))
      return { supply, pagination: page.pagination }
    }
  ),
  routeOf(
    `${SERVICE}/SupplyOf`,
    message('QuerySupplyOfRequest', { denom: text(1, 128) }),
    message('QuerySupplyOfResponse', { amount: embedded(1, COIN) }),
    ({ state }, { denom }) =>
      isDenom(denom) ? { amount: { denom, amount: supplyOf(state, denom) } } : badDenom(denom)
  ),
  routeOf(
    `${SERVICE}/DenomMetadata`,
    message('QueryDenomMetadataRequest', { denom: text(1, 128) }),
    message('QueryDenomMetadataResponse', { metadata: embedded(1, metadata) }),
    (place, { denom }) => {
      const known = metadataOf(place)
      return known?.base === denom ? { metadata: known } : notFound(`client metadata for denom ${denom}`)
    }
  ),
  routeOf(
    `${SERVICE}/DenomsMetadata`,
    message('QueryDenomsMetadataRequest', { pagination: pageAsked(1) }),
    message('QueryDenomsMetadataResponse', { metadatas: repeated(1, metadata), pagination: pageGiven(2) }),
    async (place, { pagination: asked }) => {
      const known = metadataOf(place)
      const page = await pageOf(fromList(known === null ? [] : [known.base]), asked)
      if (page instanceof Refusal) return page
      return { metadatas: page.ids.length > 0 ? [known!] : [], pagination: page.pagination }
    }
  ),
  routeOf(
    `${SERVICE}/Params`,
    NOTHING,
    message('QueryParamsResponse', {
      params: embedded(1, message('Params', { defaultSendEnabled: bool(2) }))
    }),
    () => ({ params: { defaultSendEnabled: true } })
  )
]

function findBalance(place: QueryPlace, { address, denom }: { address: string; denom: string }) {
  const account = accountAsked(place, address)
  if (account instanceof Refusal) return account
  if (!isDenom(denom)) return badDenom(denom)
  return { balance: { denom, amount: balanceOf(place.state, account, denom) } }
}

async function findBalances(
  place: QueryPlace,
  { address, pagination: asked }: { address: string; pagination: Parameters<typeof pageOf>[1] }
) {
  const account = accountAsked(place, address)
  if (account instanceof Refusal) return account
  const head = `${account}/`
  const page = await pageOf(from => place.state.idsFrom(BALANCES, head, from), asked)
  if (page instanceof Refusal) return page
  const balances = page.ids.map(id => {
    const denom = id.slice(head.length)
    return { denom, amount: balanceOf(place.state, account, denom) }
  })
  return { balances, pagination: page.pagination }
}

function badDenom(denom: string): Refusal {
  return badArgument(`invalid denom: ${JSON.stringify(denom)}`)
}

/** What `u` begins is a millionth: all that is known of a denomination without being told. */
function metadataOf({ chain }: QueryPlace) {
  const { bondDenom: base } = chain
  if (!/^u[a-z]{2,}$/.test(base)) return null
  const display = base.slice(1)
  return {
    description: 'The staking token of the chain.',
    denomUnits: [
      { denom: base, exponent: 0, aliases: [] },
      { denom: display, exponent: MICRO_EXPONENT, aliases: [] }
    ],
    base,
    display,
    name: display,
    symbol: display.toUpperCase()
  }
}
