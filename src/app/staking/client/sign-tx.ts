import { secp256k1PublicKeyOf, signSecp256k1 } from '../../../crypto/index.ts'
import type { Coin } from '../coins.ts'
import type { Any } from '../messages/handler.ts'
import {
  AUTH_INFO,
  SECP256K1_KEY,
  SECP256K1_KEY_URL,
  SIGN_DOC,
  SIGN_MODE_DIRECT,
  TX_BODY,
  TX_RAW
} from '../tx/tx-wire.ts'

/** A transaction as somebody wants it. */
export interface TxPlan {
  readonly messages: readonly Any[]
  readonly memo: string
  /** Highest block it may be in; 0 for any. */
  readonly timeoutHeight: number
  readonly fee: { readonly coins: readonly Coin[]; readonly gasLimit: number }
  /** Of the account that signs. */
  readonly sequence: number
}

export interface SigningPlan extends TxPlan {
  readonly chainId: string
  readonly accountNumber: number
}

/** The transaction signed with one key (SIGN_MODE_DIRECT): bytes of cosmos.tx.v1beta1.TxRaw. */
export function signTx(plan: SigningPlan, privateKey: Uint8Array): Uint8Array {
  const { chainId, accountNumber } = plan
  const parts = partsOf(plan, secp256k1PublicKeyOf(privateKey))
  const signBytes = SIGN_DOC.encode({ ...parts, chainId, accountNumber })
  return TX_RAW.encode({ ...parts, signatures: [signSecp256k1(privateKey, signBytes)] })
}

/** The transaction with an empty signature, to be simulated. */
export function unsignedTx(plan: TxPlan, publicKey: Uint8Array): Uint8Array {
  return TX_RAW.encode({ ...partsOf(plan, publicKey), signatures: [new Uint8Array(0)] })
}

function partsOf(plan: TxPlan, publicKey: Uint8Array) {
  const { messages, memo, timeoutHeight, fee, sequence } = plan
  const bodyBytes = TX_BODY.encode({
    messages,
    memo,
    timeoutHeight,
    extensionOptions: [],
    nonCriticalExtensionOptions: []
  })
  const authInfoBytes = AUTH_INFO.encode({
    signerInfos: [
      {
        publicKey: { typeUrl: SECP256K1_KEY_URL, value: SECP256K1_KEY.encode({ key: publicKey }) },
        modeInfo: { single: { mode: SIGN_MODE_DIRECT } },
        sequence
      }
    ],
    fee: { amount: fee.coins, gasLimit: fee.gasLimit, payer: '', granter: '' }
  })
  return { bodyBytes, authInfoBytes }
}
