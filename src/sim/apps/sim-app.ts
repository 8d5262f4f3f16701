import type { Application, AppStore, FinalizeBlockRequest, FinalizeBlockResponse } from '../../app/index.ts'
import type { GenesisValidator, Hex } from '../../types/index.ts'
import type { SigningKey } from '../../validator/index.ts'
import type { Prng } from '../prng.ts'

/** What simulated clients and checkers know of an application. */
export interface SimApp {
  /** app_state of the genesis. */
  genesisState(seed: string, validators: readonly GenesisValidator[]): string
  /** Makes transactions of one run. */
  makeTxs(context: TxContext): TxMaker
  /**
   * What is wrong with the app's state after a block that it executed, or null. Asked of the ledger's own copy of the
   * app, for an outsider's judgement.
   */
  whyStateIsWrong(store: AppStore): Promise<string | null>
  /** What is wrong with the punishments in a block: of somebody honest, or missing for an offence it carries. */
  whySlashingIsWrong(
    request: FinalizeBlockRequest,
    response: FinalizeBlockResponse,
    isHonest: (address: Hex) => boolean
  ): string | null
}

export interface TxContext {
  readonly seed: string
  readonly chainId: string
  /** Validators and spares; accounts have the same numbers. */
  readonly keys: readonly SigningKey[]
  readonly prng: Prng
  /** An app that has executed every decided block. */
  readonly app: Application
}

export interface TxMaker {
  /** The next transaction of some client. */
  next(): Promise<Uint8Array | null>
  /** A transaction that moves the power of a key from about `before` to `after`. */
  setPower(key: number, before: number, after: number): Promise<Uint8Array | null>
}
