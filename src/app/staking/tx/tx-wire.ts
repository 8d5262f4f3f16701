import { COIN } from '../coins.ts'
import { ANY } from '../messages/handler.ts'
import {
  bytes,
  embedded,
  int,
  type MessageValue,
  message,
  optional,
  repeated,
  repeatedBytes,
  text,
  uint
} from '../wire/schema.ts'

/** Messages of cosmos.tx.v1beta1. */

const MAX_PARTS = 1024
const MAX_SIGNATURE_BYTES = 1024

export const SIGN_MODE_DIRECT = 1

export const TX_RAW = message('TxRaw', {
  bodyBytes: bytes(1),
  authInfoBytes: bytes(2),
  signatures: repeatedBytes(3, MAX_PARTS, MAX_SIGNATURE_BYTES)
})

export const TX_BODY = message('TxBody', {
  messages: repeated(1, ANY, MAX_PARTS),
  memo: text(2, 65_536),
  timeoutHeight: uint(3),
  extensionOptions: repeated(1023, ANY, MAX_PARTS),
  nonCriticalExtensionOptions: repeated(2047, ANY, MAX_PARTS)
})

const single = message('ModeInfo.Single', { mode: int(1) })
const modeInfo = message('ModeInfo', { single: optional(1, single) })

export const SIGNER_INFO = message('SignerInfo', {
  publicKey: optional(1, ANY),
  modeInfo: optional(2, modeInfo),
  sequence: uint(3)
})
export type SignerInfo = MessageValue<typeof SIGNER_INFO>

const fee = message('Fee', {
  amount: repeated(1, COIN, 64),
  gasLimit: uint(2),
  payer: text(3, 128),
  granter: text(4, 128)
})

export const AUTH_INFO = message('AuthInfo', {
  signerInfos: repeated(1, SIGNER_INFO, MAX_PARTS),
  fee: embedded(2, fee)
})

/** What a signature is over. */
export const SIGN_DOC = message('SignDoc', {
  bodyBytes: bytes(1),
  authInfoBytes: bytes(2),
  chainId: text(3),
  accountNumber: uint(4)
})

export const SECP256K1_KEY_URL = '/cosmos.crypto.secp256k1.PubKey'
export const SECP256K1_KEY = message('PubKey', { key: bytes(1, 64) })
