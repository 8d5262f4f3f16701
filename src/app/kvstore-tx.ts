import { publicKeyLength } from '../crypto/index.ts'
import { type KeyType, MAX_TOTAL_POWER, type ValidatorUpdate } from '../types/index.ts'
import { bytesAsBuffer } from './kvstore-bytes.ts'

/** Response codes of CometBFT's example apps, and `refusedUpdate`, ours. */
export const KVSTORE_CODE = { ok: 0, invalidTxFormat: 2, refusedUpdate: 4 } as const

const COLON = 0x3a
const EQUALS = 0x3d

export type KvTx =
  | { readonly kind: 'pair'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'validator'; readonly update: ValidatorUpdate }
  | { readonly kind: 'invalid'; readonly reason: string }

const NOT_A_PAIR: KvTx = {
  kind: 'invalid',
  reason: 'expected key=value or key:value with one separator, not at an end'
}

/**
 * Reads a transaction: `key=value` or `key:value`, or a validator update `val=TYPE!BASE64KEY!POWER` (`val:` does as
 * well; without TYPE it is ed25519). Power 0 removes. Both separators lead to the same pair: a block may hold either.
 */
export function parseKvTx(tx: Uint8Array): KvTx {
  if (isValidatorTx(tx)) return parseValidatorTx(bytesAsBuffer(tx).toString('latin1', 4))
  const separator = separatorIndex(tx)
  if (separator === -1) return NOT_A_PAIR
  return { kind: 'pair', key: tx.subarray(0, separator), value: tx.subarray(separator + 1) }
}

/** Whether the transaction may go into a block, without building anything for the common pair. */
export function isValidKvTx(tx: Uint8Array): boolean {
  return isValidatorTx(tx) ? parseKvTx(tx).kind === 'validator' : separatorIndex(tx) !== -1
}

function isValidatorTx(tx: Uint8Array): boolean {
  if (tx.length < 4 || (tx[3] !== EQUALS && tx[3] !== COLON)) return false
  return tx[0] === 0x76 && tx[1] === 0x61 && tx[2] === 0x6c
}

/** Index of the one separator, or -1 when there is none, more than one, or it stands at an end. */
function separatorIndex(tx: Uint8Array): number {
  let found = -1
  for (let index = 0; index < tx.length; index++) {
    const byte = tx[index]
    if (byte !== EQUALS && byte !== COLON) continue
    if (found !== -1) return -1
    found = index
  }
  return found === 0 || found === tx.length - 1 ? -1 : found
}

function parseValidatorTx(text: string): KvTx {
  const words = text.split('!')
  if (words.length !== 2 && words.length !== 3) return invalid('expected val=type!key!power')
  const [type, key, powerText] = words.length === 3 ? words : ['ed25519', ...words]
  if (type !== 'ed25519' && type !== 'secp256k1') return invalid('key type is neither ed25519 nor secp256k1')
  const bytes = keyBytes(type, key!)
  if (bytes === null) return invalid(`key is not ${publicKeyLength(type)} bytes in base64`)
  if (!/^\d{1,19}$/.test(powerText!)) return invalid('power is not a number from 0 up')
  const power = BigInt(powerText!)
  if (power > MAX_TOTAL_POWER) return invalid(`power is above ${MAX_TOTAL_POWER}`)
  return { kind: 'validator', update: { publicKey: { type, bytes }, power } }
}

function keyBytes(type: KeyType, base64: string): Uint8Array | null {
  const decoded = Buffer.from(base64, 'base64')
  // Node skips what is not base64; only text that is printed back the same was base64.
  if (decoded.length !== publicKeyLength(type) || decoded.toString('base64') !== base64) return null
  return new Uint8Array(decoded)
}

function invalid(reason: string): KvTx {
  return { kind: 'invalid', reason }
}
