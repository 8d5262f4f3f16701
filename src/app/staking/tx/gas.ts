import type { DecodedTx } from './decode-tx.ts'

/**
 * Gas is a price list, not a measurement: the same on every machine and known before anything runs. It is of the size
 * Cosmos SDK's is, so that the limits wallets put in fit.
 */
const GAS_PER_TX = 20_000
const GAS_PER_BYTE = 10
const GAS_PER_SIGNATURE = 1000

/** What a transaction takes. */
export function gasOf({ sizeBytes, signers, actions }: DecodedTx): number {
  const own = GAS_PER_TX + GAS_PER_BYTE * sizeBytes + GAS_PER_SIGNATURE * signers.length
  return actions.reduce((sum, { gas }) => sum + gas, own)
}
