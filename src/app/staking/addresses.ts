import { addressOf, decodeBech32, encodeBech32, type Hex, sha256Hex } from '../../crypto/index.ts'
import type { AccountId } from './state/table.ts'

/** Accounts of keys have 20 bytes, those of modules and contracts elsewhere may have 32. */
const ACCOUNT_BYTES = [20, 32]
const PREFIX = /^[a-z][a-z0-9]{0,19}$/
const OPERATOR = 'valoper'
const CONSENSUS = 'valcons'

/** True for what a chain may have its addresses begin with. */
export function isBech32Prefix(text: string): boolean {
  return PREFIX.test(text) && !text.endsWith(OPERATOR) && !text.endsWith(CONSENSUS)
}

/** Addresses of one chain as people write them: `pnyx1…` accounts, `pnyxvaloper1…` operators, `pnyxvalcons1…` keys. */
export class Addresses {
  readonly prefix: string

  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** The account of an address; null for anything else, an operator's address too. */
  account(text: string): AccountId | null {
    return read(text, this.prefix)
  }

  /** The operator, who is an account too, of an operator address. */
  operator(text: string): AccountId | null {
    return read(text, this.prefix + OPERATOR)
  }

  /** The address of a consensus key. */
  consensus(text: string): Hex | null {
    return read(text, this.prefix + CONSENSUS)
  }

  ofAccount(account: AccountId): string {
    return encodeBech32(this.prefix, Buffer.from(account, 'hex'))
  }

  ofOperator(operator: AccountId): string {
    return encodeBech32(this.prefix + OPERATOR, Buffer.from(operator, 'hex'))
  }

  ofConsensusKey(address: Hex): string {
    return encodeBech32(this.prefix + CONSENSUS, Buffer.from(address, 'hex'))
  }
}

function read(text: string, prefix: string): Hex | null {
  // Decoding costs a hash of its own; most wrong addresses are known by their beginning.
  if (!text.startsWith(`${prefix}1`)) return null
  const decoded = decodeBech32(text)
  if (decoded === null || decoded.prefix !== prefix || !ACCOUNT_BYTES.includes(decoded.bytes.length))
    return null
  return Buffer.from(decoded.bytes).toString('hex')
}

/** The account of a compressed secp256k1 public key. */
export function accountOfKey(publicKey: Uint8Array): AccountId {
  return addressOf({ type: 'secp256k1', bytes: publicKey })
}

/** Accounts that belong to the app itself: nobody has their key, and nobody may send to them. */
export const MODULE_ACCOUNTS = {
  bondedPool: moduleAccount('bonded_tokens_pool'),
  notBondedPool: moduleAccount('not_bonded_tokens_pool'),
  feeCollector: moduleAccount('fee_collector')
} as const

export const MODULE_NAMES: ReadonlyMap<AccountId, string> = new Map([
  [MODULE_ACCOUNTS.bondedPool, 'bonded_tokens_pool'],
  [MODULE_ACCOUNTS.notBondedPool, 'not_bonded_tokens_pool'],
  [MODULE_ACCOUNTS.feeCollector, 'fee_collector']
])

/** As Cosmos SDK's address.Module for its old modules: the start of the hash of the name. */
function moduleAccount(name: string): AccountId {
  return sha256Hex(Buffer.from(name)).slice(0, 40)
}
