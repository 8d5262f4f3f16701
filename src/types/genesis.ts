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
