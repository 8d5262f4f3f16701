import type { SignatureVerifier } from '../../../crypto/index.ts'
import { ONE } from '../../../evidence/index.ts'
import { assert } from '../../../util/index.ts'
import { accountOfKey, MODULE_ACCOUNTS } from '../addresses.ts'
import { coinsToText } from '../coins.ts'
import { type Context, emit } from '../context.ts'
import { send } from '../modules/bank.ts'
import { ACCOUNTS, type Account } from '../records/accounts.ts'
import { THE, TX_PARAMS, type TxParams } from '../records/chain-config.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { DecodedTx, TxSigner } from './decode-tx.ts'
import { gasOf } from './gas.ts'
import { SIGN_DOC } from './tx-wire.ts'

/**
 * How far a transaction is looked at. `full` checks everything; `simulate` leaves out what needs a signature and a fee;
 * `recheck` leaves out what cannot have changed since a full check.
 */
export type AnteMode = 'full' | 'recheck' | 'simulate'

/**
 * What is done for every transaction before its messages: limits, fee, keys, sequences, signatures (Cosmos SDK's ante
 * handler). On a refusal the caller drops all changes.
 */
export function runAnte(
  ctx: Context,
  tx: DecodedTx,
  verifier: SignatureVerifier,
  mode: AnteMode
): Refusal | null {
  const params = ctx.state.get(TX_PARAMS, THE)
  assert(params !== null, 'transactions have their params')
  return (
    limitsRefusal(ctx, tx, params, mode) ??
    feeRefusal(ctx, tx, params, mode) ??
    signersRefusal(ctx, tx, verifier, mode)
  )
}

function limitsRefusal(ctx: Context, tx: DecodedTx, params: TxParams, mode: AnteMode): Refusal | null {
  const { memo, timeoutHeight, signers, actions, fee } = tx
  if (timeoutHeight > 0 && ctx.height > timeoutHeight) {
    const heights = `block height: ${ctx.height}, timeout height: ${timeoutHeight}`
    return new Refusal(REFUSED.timeoutHeight, heights)
  }
  const memoLength = Buffer.byteLength(memo)
  if (memoLength > params.maxMemoCharacters) {
    const lengths = `maximum number of characters is ${params.maxMemoCharacters} but received ${memoLength}`
    return new Refusal(REFUSED.memoTooLarge, lengths)
  }
  if (signers.length > params.maxSignatures) {
    return new Refusal(
      REFUSED.tooManySignatures,
      `signatures: ${signers.length}, limit: ${params.maxSignatures}`
    )
  }
  if (actions.length > params.maxMessages) {
    return new Refusal(
      REFUSED.invalidRequest,
      `${actions.length} messages, at most ${params.maxMessages} are allowed`
    )
  }
  if (mode === 'simulate') return null
  const { maxGas } = ctx.chain
  if (maxGas >= 0 && fee.gasLimit > maxGas) {
    return new Refusal(
      REFUSED.invalidGasLimit,
      `tx gas limit ${fee.gasLimit} exceeds block max gas ${maxGas}`
    )
  }
  return null
}

function feeRefusal(ctx: Context, { fee }: DecodedTx, params: TxParams, mode: AnteMode): Refusal | null {
  if (mode !== 'simulate') {
    const required = (BigInt(fee.gasLimit) * params.minGasPrice + ONE - 1n) / ONE
    const offered = fee.coins.find(({ denom }) => denom === ctx.chain.bondDenom)?.amount ?? 0n
    if (offered < required) {
      const amounts = `got: ${coinsToText(fee.coins)} required: ${required}${ctx.chain.bondDenom}`
      return new Refusal(REFUSED.insufficientFee, `insufficient fees; ${amounts}`)
    }
  }
  if (ctx.state.get(ACCOUNTS, fee.payer) === null) return noAccount(ctx, fee.payer)
  const payer = ctx.addresses.ofAccount(fee.payer)
  if (fee.coins.length > 0) {
    const refusal = send(ctx, fee.payer, MODULE_ACCOUNTS.feeCollector, fee.coins)
    if (refusal !== null) return refusal
  }
  emit(ctx, 'tx', { fee: coinsToText(fee.coins), fee_payer: payer })
  return null
}

function signersRefusal(
  ctx: Context,
  tx: DecodedTx,
  verifier: SignatureVerifier,
  mode: AnteMode
): Refusal | null {
  for (const signer of tx.signers) {
    const account = ctx.state.get(ACCOUNTS, signer.account)
    if (account === null) return noAccount(ctx, signer.account)
    const publicKey = keyOf(account, signer)
    if (publicKey instanceof Refusal) return publicKey
    if (mode !== 'simulate') {
      const refusal =
        sequenceRefusal(account, signer) ??
        (mode === 'full' ? signatureRefusal(ctx, tx, verifier, account, publicKey, signer) : null)
      if (refusal !== null) return refusal
    }
    const sequence = account.sequence + 1
    ctx.state.set(ACCOUNTS, signer.account, { ...account, publicKey, sequence })
    emit(ctx, 'tx', { acc_seq: `${ctx.addresses.ofAccount(signer.account)}/${account.sequence}` })
    emit(ctx, 'tx', { signature: Buffer.from(signer.signature).toString('base64') })
  }
  return null
}

/**
 * The key an account has, or the one it shows with its first transaction, which must be the one its address is made of.
 * Whether it is a point of the curve the signature shows.
 */
function keyOf(account: Account, { account: id, publicKey }: TxSigner): Uint8Array | Refusal {
  if (account.publicKey.length > 0) {
    const isSame = publicKey === null || Buffer.compare(publicKey, account.publicKey) === 0
    return isSame ? account.publicKey : new Refusal(REFUSED.invalidPublicKey, 'not the key of the account')
  }
  if (publicKey === null) return new Refusal(REFUSED.invalidPublicKey, 'the account has no key on chain yet')
  if (accountOfKey(publicKey) === id) return publicKey.slice()
  return new Refusal(REFUSED.invalidPublicKey, 'pubKey does not match signer address')
}

function sequenceRefusal(account: Account, { sequence }: TxSigner): Refusal | null {
  if (sequence === account.sequence) return null
  const numbers = `account sequence mismatch, expected ${account.sequence}, got ${sequence}`
  return new Refusal(REFUSED.wrongSequence, numbers)
}

function signatureRefusal(
  ctx: Context,
  { bodyBytes, authInfoBytes }: DecodedTx,
  verifier: SignatureVerifier,
  account: Account,
  publicKey: Uint8Array,
  { sequence, signature }: TxSigner
): Refusal | null {
  const { chainId } = ctx.chain
  const signBytes = SIGN_DOC.encode({ bodyBytes, authInfoBytes, chainId, accountNumber: account.number })
  if (verifier.verify({ type: 'secp256k1', bytes: publicKey }, signBytes, signature)) return null
  const facts = `account number (${account.number}), sequence (${sequence}) and chain-id (${chainId})`
  return new Refusal(REFUSED.unauthorized, `signature verification failed; please verify ${facts}`)
}

function noAccount(ctx: Context, account: string): Refusal {
  return new Refusal(REFUSED.unknownAddress, `account ${ctx.addresses.ofAccount(account)} does not exist`)
}

/** Null when the transaction allows for the gas it takes. */
export function gasRefusal(tx: DecodedTx): Refusal | null {
  const needed = gasOf(tx)
  if (needed <= tx.fee.gasLimit) return null
  return new Refusal(REFUSED.outOfGas, `gasWanted: ${tx.fee.gasLimit}, gasUsed: ${needed}`)
}
