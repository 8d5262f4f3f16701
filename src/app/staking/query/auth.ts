import { ANY, type Any } from '../messages/handler.ts'
import { ACCOUNTS, type Account } from '../records/accounts.ts'
import { THE, TX_PARAMS } from '../records/chain-config.ts'
import { Refusal } from '../refusal.ts'
import { SECP256K1_KEY, SECP256K1_KEY_URL } from '../tx/tx-wire.ts'
import { embedded, message, optional, repeated, repeatedText, text, uint } from '../wire/schema.ts'
import {
  accountAsked,
  NOTHING,
  notFound,
  pageAsked,
  pageGiven,
  pageOf,
  type QueryPlace,
  routeOf
} from './route.ts'

const SERVICE = '/cosmos.auth.v1beta1.Query'
export const ACCOUNT_PATH = `${SERVICE}/Account`

export const BASE_ACCOUNT = message('BaseAccount', {
  address: text(1),
  pubKey: optional(2, ANY),
  accountNumber: uint(3),
  sequence: uint(4)
})
const moduleAccount = message('ModuleAccount', {
  baseAccount: embedded(1, BASE_ACCOUNT),
  name: text(2),
  permissions: repeatedText(3, 16, 64)
})
export const ADDRESS_QUESTION = message('QueryAccountRequest', { address: text(1, 128) })
const authParams = message('Params', {
  maxMemoCharacters: uint(1),
  txSigLimit: uint(2),
  txSizeCostPerByte: uint(3),
  sigVerifyCostEd25519: uint(4),
  sigVerifyCostSecp256k1: uint(5)
})

export const ACCOUNT_ANSWER = message('QueryAccountResponse', { account: embedded(1, ANY) })

export const AUTH_ROUTES = [
  routeOf(ACCOUNT_PATH, ADDRESS_QUESTION, ACCOUNT_ANSWER, (place, { address }) => {
    const found = findAccount(place, address)
    return found instanceof Refusal ? found : { account: accountAsAny(place, found.id, found.account) }
  }),
  routeOf(
    `${SERVICE}/AccountInfo`,
    ADDRESS_QUESTION,
    message('QueryAccountInfoResponse', { info: embedded(1, BASE_ACCOUNT) }),
    (place, { address }) => {
      const found = findAccount(place, address)
      return found instanceof Refusal ? found : { info: baseAccount(place, found.id, found.account) }
    }
  ),
  routeOf(
    `${SERVICE}/Accounts`,
    message('QueryAccountsRequest', { pagination: pageAsked(1) }),
    message('QueryAccountsResponse', { accounts: repeated(1, ANY), pagination: pageGiven(2) }),
    async (place, { pagination: asked }) => {
      const page = await pageOf(from => place.state.idsFrom(ACCOUNTS, '', from), asked)
      if (page instanceof Refusal) return page
      const accounts = page.ids.map(id => accountAsAny(place, id, place.state.get(ACCOUNTS, id)!))
      return { accounts, pagination: page.pagination }
    }
  ),
  routeOf(
    `${SERVICE}/Bech32Prefix`,
    NOTHING,
    message('Bech32PrefixResponse', { bech32Prefix: text(1) }),
    ({ addresses }) => ({ bech32Prefix: addresses.prefix })
  ),
  routeOf(
    `${SERVICE}/Params`,
    NOTHING,
    message('QueryParamsResponse', { params: embedded(1, authParams) }),
    ({ state }) => {
      const params = state.get(TX_PARAMS, THE)!
      const { maxMemoCharacters, maxSignatures: txSigLimit } = params
      const costs = { txSizeCostPerByte: 10, sigVerifyCostEd25519: 0, sigVerifyCostSecp256k1: 1000 }
      return { params: { maxMemoCharacters, txSigLimit, ...costs } }
    }
  )
]

function findAccount(place: QueryPlace, address: string): { id: string; account: Account } | Refusal {
  const id = accountAsked(place, address)
  if (id instanceof Refusal) return id
  const account = place.state.get(ACCOUNTS, id)
  return account === null ? notFound(`account ${address}`) : { id, account }
}

function accountAsAny(place: QueryPlace, id: string, account: Account): Any {
  const base = baseAccount(place, id, account)
  if (account.module === '') {
    return { typeUrl: '/cosmos.auth.v1beta1.BaseAccount', value: BASE_ACCOUNT.encode(base) }
  }
  const permissions = account.module.includes('pool') ? ['burner', 'staking'] : []
  const value = moduleAccount.encode({ baseAccount: base, name: account.module, permissions })
  return { typeUrl: '/cosmos.auth.v1beta1.ModuleAccount', value }
}

function baseAccount({ addresses }: QueryPlace, id: string, { publicKey, number, sequence }: Account) {
  const pubKey =
    publicKey.length === 0
      ? null
      : { typeUrl: SECP256K1_KEY_URL, value: SECP256K1_KEY.encode({ key: publicKey }) }
  return { address: addresses.ofAccount(id), pubKey, accountNumber: number, sequence }
}
