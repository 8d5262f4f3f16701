import type { CheckTxRequest, CheckTxResponse } from '../../../src/app/index.ts'
import {
  type BlockRoom,
  DEFAULT_TX_POOL_CONFIG,
  type TxOutcome,
  TxPool,
  type TxPoolConfig
} from '../../../src/mempool/index.ts'

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const untext = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export function answer(code = 0, gasWanted = 1n): CheckTxResponse {
  return {
    code,
    data: new Uint8Array(),
    log: '',
    info: '',
    gasWanted,
    gasUsed: 0n,
    events: [],
    codespace: ''
  }
}

/** An app that answers by a rule, or only when told to. */
export class ScriptedApp {
  readonly asked: string[] = []
  judge: (tx: string, type: 'new' | 'recheck') => CheckTxResponse = () => answer()
  isHeld = false
  readonly #held: (() => void)[] = []

  async checkTx({ tx, type }: CheckTxRequest): Promise<CheckTxResponse> {
    const name = untext(tx)
    this.asked.push(type === 'new' ? name : `${name} again`)
    if (this.isHeld) await new Promise<void>(resolve => this.#held.push(resolve))
    return this.judge(name, type)
  }

  get heldCount(): number {
    return this.#held.length
  }

  release(): void {
    this.isHeld = false
    for (const go of this.#held.splice(0)) go()
  }
}

export const ROOMY: BlockRoom = { maxDataBytes: 1_000_000, maxGas: -1 }

export function makePool(
  options: { config?: Partial<TxPoolConfig>; room?: BlockRoom; height?: number } = {}
): { pool: TxPool; app: ScriptedApp } {
  const app = new ScriptedApp()
  const pool = new TxPool({
    app,
    config: { ...DEFAULT_TX_POOL_CONFIG, ...options.config },
    room: options.room ?? ROOMY,
    height: options.height ?? 1
  })
  return { pool, app }
}

export function commit(
  pool: TxPool,
  height: number,
  txs: readonly string[],
  codes: readonly number[] = txs.map(() => 0),
  room: BlockRoom = ROOMY
): Promise<void> {
  return pool.runLocked(() =>
    pool.update({ height, txs: txs.map(text), results: codes.map(code => ({ code })), room })
  )
}

export const reaped = (pool: TxPool, maxBytes = -1, maxGas = -1): string[] =>
  pool.reap(maxBytes, maxGas).map(untext)

export function refusal(outcome: TxOutcome): string {
  return outcome.kind === 'refused' ? outcome.message : 'not refused'
}
