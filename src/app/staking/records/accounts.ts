import { amount, bytes, type MessageValue, message, text, uint } from '../wire/schema.ts'
import { tableOf } from './table-of.ts'

const account = message('Account', {
  number: uint(1),
  /** Transactions it has paid for. */
  sequence: uint(2),
  /** 33 bytes, compressed secp256k1; empty until it signs for the first time. */
  publicKey: bytes(3, 33),
  /** Name of the module that owns the account, '' for people's. */
  module: text(4, 64)
})
export type Account = MessageValue<typeof account>

/** By account id. */
export const ACCOUNTS = tableOf('acc', account)

const counter = message('Counter', { next: uint(1) })

/** Numbers given out so far, by what they number. */
export const COUNTERS = tableOf('num', counter)
export const ACCOUNT_NUMBERS = 'account'
export const SLASH_NUMBERS = 'slash'

const sum = message('Sum', { amount: amount(1) })

/** What an account has of a denomination, by {@link balanceId}; nothing is no record. */
export const BALANCES = tableOf('bal', sum)

/** How much there is of a denomination. */
export const SUPPLIES = tableOf('sup', sum)

export function balanceId(account: string, denom: string): string {
  return `${account}/${denom}`
}
