import { tryDecode } from '../../../codec/index.ts'
import { SECP256K1_PUBLIC_KEY_BYTES } from '../../../crypto/index.ts'
import { type Coin, coinsProblem } from '../coins.ts'
import type { Action, MessageRules } from '../messages/handler.ts'
import { understandMessage } from '../messages/registry.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { AccountId } from '../state/table.ts'
import type { Message } from '../wire/schema.ts'
import {
  AUTH_INFO,
  SECP256K1_KEY,
  SECP256K1_KEY_URL,
  SIGN_MODE_DIRECT,
  type SignerInfo,
  TX_BODY,
  TX_RAW
} from './tx-wire.ts'

/** Who is to pay for a transaction, and at which of his transactions it stands. */
export interface TxSigner {
  readonly account: AccountId
  /** Null when the account is expected to have one already. */
  readonly publicKey: Uint8Array | null
  readonly sequence: number
  readonly signature: Uint8Array
}

/** A transaction that was understood; nothing of it has been held against the state or a signature yet. */
export interface DecodedTx {
  /** Views on the bytes it was read from. */
  readonly bodyBytes: Uint8Array
  readonly authInfoBytes: Uint8Array
  readonly sizeBytes: number
  readonly actions: readonly Action[]
  readonly memo: string
  /** Highest block it may be in; 0 for any. */
  readonly timeoutHeight: number
  readonly fee: { readonly coins: readonly Coin[]; readonly gasLimit: number; readonly payer: AccountId }
  /** The signers of the messages in their order, then the fee payer if he is none of them. */
  readonly signers: readonly TxSigner[]
}

export interface DecodeOptions {
  /** A simulated transaction is not signed, and says nothing of how it will be. */
  readonly isSimulated?: boolean
}

/** Reads cosmos.tx.v1beta1.TxRaw with one kind of signature: secp256k1, SIGN_MODE_DIRECT. */
export function decodeTx(
  tx: Uint8Array,
  rules: MessageRules,
  { isSimulated = false }: DecodeOptions = {}
): DecodedTx | Refusal {
  const raw = read(TX_RAW, tx)
  if (raw instanceof Refusal) return raw
  const body = read(TX_BODY, raw.bodyBytes)
  if (body instanceof Refusal) return body
  const authInfo = read(AUTH_INFO, raw.authInfoBytes)
  if (authInfo instanceof Refusal) return authInfo
  if (body.extensionOptions.length > 0) return new Refusal(REFUSED.unknownExtension)
  if (body.messages.length === 0) {
    return new Refusal(REFUSED.invalidRequest, 'must contain at least one message')
  }
  const actions: Action[] = []
  for (const [index, any] of body.messages.entries()) {
    const action = understandMessage(any, rules)
    if (action instanceof Refusal) {
      const { codespace, code, log } = action
      return new Refusal({ codespace, code, phrase: `message index: ${index}: ${log}` })
    }
    actions.push(action)
  }
  const accounts = [...new Set(actions.flatMap(({ signers }) => signers))]
  const fee = readFee(authInfo.fee, accounts, rules)
  if (fee instanceof Refusal) return fee
  const signers = readSigners(
    [...new Set([...accounts, fee.payer])],
    authInfo.signerInfos,
    raw.signatures,
    isSimulated
  )
  if (signers instanceof Refusal) return signers
  const { memo, timeoutHeight } = body
  return {
    bodyBytes: raw.bodyBytes,
    authInfoBytes: raw.authInfoBytes,
    sizeBytes: tx.length,
    actions,
    memo,
    timeoutHeight,
    fee,
    signers
  }
}

function read<T>(wire: Message<T>, given: Uint8Array): T | Refusal {
  const decoded = tryDecode(wire.decode, given)
  return decoded.ok ? decoded.value : new Refusal(REFUSED.txDecode, decoded.error.message)
}

interface FeeFields {
  readonly amount: readonly Coin[]
  readonly gasLimit: number
  readonly payer: string
  readonly granter: string
}

function readFee(
  { amount, gasLimit, payer, granter }: FeeFields,
  accounts: readonly AccountId[],
  { addresses, bondDenom }: MessageRules
): DecodedTx['fee'] | Refusal {
  if (granter !== '') return new Refusal(REFUSED.notSupported, 'fee grants')
  // Where gas is free, wallets offer a fee of nothing: `0upnyx`.
  const coins = amount.every(coin => coin.amount === 0n) ? [] : amount
  const isOther = coins.some(({ denom }) => denom !== bondDenom)
  const problem = isOther ? `fees are paid in ${bondDenom}` : coinsProblem(coins)
  if (problem !== null) return new Refusal(REFUSED.insufficientFee, problem)
  const named = payer === '' ? accounts[0]! : addresses.account(payer)
  if (named === null) return new Refusal(REFUSED.invalidAddress, 'fee payer')
  return { coins, gasLimit, payer: named }
}

function readSigners(
  accounts: readonly AccountId[],
  infos: readonly SignerInfo[],
  signatures: readonly Uint8Array[],
  isSimulated: boolean
): readonly TxSigner[] | Refusal {
  if (signatures.length === 0) return new Refusal(REFUSED.noSignatures)
  if (signatures.length !== accounts.length || infos.length !== accounts.length) {
    const got = Math.min(signatures.length, infos.length)
    return new Refusal(
      REFUSED.unauthorized,
      `wrong number of signers; expected ${accounts.length}, got ${got}`
    )
  }
  const signers: TxSigner[] = []
  for (const [index, account] of accounts.entries()) {
    const { publicKey, modeInfo, sequence } = infos[index]!
    if (!isSimulated && modeInfo?.single?.mode !== SIGN_MODE_DIRECT) {
      return new Refusal(REFUSED.notSupported, 'only SIGN_MODE_DIRECT with a single key is supported')
    }
    const key = publicKey === null ? null : readKey(publicKey)
    if (key instanceof Refusal) return key
    signers.push({ account, publicKey: key, sequence, signature: signatures[index]! })
  }
  return signers
}

function readKey({
  typeUrl,
  value
}: {
  readonly typeUrl: string
  readonly value: Uint8Array
}): Uint8Array | Refusal {
  if (typeUrl !== SECP256K1_KEY_URL) {
    return new Refusal(REFUSED.notSupported, `key type ${JSON.stringify(typeUrl.slice(0, 128))}`)
  }
  const decoded = read(SECP256K1_KEY, value)
  if (decoded instanceof Refusal) return decoded
  if (decoded.key.length === SECP256K1_PUBLIC_KEY_BYTES) return decoded.key
  return new Refusal(REFUSED.invalidPublicKey, `a secp256k1 key has ${SECP256K1_PUBLIC_KEY_BYTES} bytes`)
}
