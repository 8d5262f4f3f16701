import { sha256Hex } from '../crypto/index.ts'
import { PnyxError } from '../util/index.ts'
import type { ConsensusParams } from './params.ts'
import type { Height, Hex, Power, Timestamp } from './primitives.ts'
import type { PublicKey } from './validator-set.ts'

export interface GenesisValidator {
  readonly address: Hex
  readonly publicKey: PublicKey
  readonly power: Power
  readonly name: string
}

/** A parsed and validated genesis.json (CometBFT types/genesis.go). */
export interface Genesis {
  readonly genesisTime: Timestamp
  readonly chainId: string
  readonly initialHeight: Height
  readonly consensusParams: ConsensusParams
  readonly validators: readonly GenesisValidator[]
  readonly appHash: Hex
  /** The JSON under app_state, as text, exactly as given; '' when absent. */
  readonly appState: string
}

/** A genesis no chain can start from. The message is one line: the field, what it is, what it should be. */
export class GenesisError extends PnyxError<'INVALID_GENESIS'> {
  constructor(problem: string, options?: ErrorOptions) {
    super('INVALID_GENESIS', problem, options)
  }
}

/** What nodes compare to know that they are on one chain: sha256 of the file, byte for byte. */
export function genesisHash(file: Uint8Array): Hex {
  return sha256Hex(file)
}
