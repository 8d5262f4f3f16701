import type { BlockRules } from '../execute-block.ts'
import { Refusal } from '../refusal.ts'
import { gasRefusal, runAnte } from './ante.ts'
import { decodeTx } from './decode-tx.ts'
import { contextOn, type TxPlace } from './run-tx.ts'

/** Room there is in a block. */
class GasMeter {
  #left: number

  constructor(maxGas: number) {
    this.#left = maxGas < 0 ? Number.MAX_SAFE_INTEGER : maxGas
  }

  /** False, and nothing is taken, when there is not so much left. */
  take(gas: number): boolean {
    if (gas > this.#left) return false
    this.#left -= gas
    return true
  }
}

/** Transactions in their order that fit and may be in a block on `place`; what may not is left out. */
export function fillProposal(
  place: TxPlace,
  rules: BlockRules,
  txs: readonly Uint8Array[],
  maxBytes: number,
  sizeInBlock: (tx: Uint8Array) => number
): readonly Uint8Array[] {
  const gas = new GasMeter(rules.chain.maxGas)
  const chosen: Uint8Array[] = []
  let bytes = 0
  for (const tx of txs) {
    bytes += sizeInBlock(tx)
    if (bytes > maxBytes) break
    if (isFit(place, rules, tx, gas)) chosen.push(tx)
    else bytes -= sizeInBlock(tx)
  }
  return chosen
}

/** True when all may be in one block on `place`, in this order. */
export function isProposalFit(place: TxPlace, rules: BlockRules, txs: readonly Uint8Array[]): boolean {
  const gas = new GasMeter(rules.chain.maxGas)
  return txs.every(tx => isFit(place, rules, tx, gas))
}

function isFit(
  place: TxPlace,
  { chain, addresses, verifier }: BlockRules,
  tx: Uint8Array,
  gas: GasMeter
): boolean {
  const decoded = decodeTx(tx, { addresses, bondDenom: chain.bondDenom })
  if (decoded instanceof Refusal || gasRefusal(decoded) !== null) return false
  const ctx = contextOn(place)
  if (runAnte(ctx, decoded, verifier, 'full') !== null || !gas.take(decoded.fee.gasLimit)) return false
  ctx.state.mergeInto(place.state)
  return true
}
