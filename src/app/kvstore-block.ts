import { type Hex, MAX_TOTAL_POWER, type ValidatorUpdate } from '../types/index.ts'
import type {
  AppEvent,
  EventAttribute,
  ExecTxResult,
  FinalizeBlockRequest,
  Misbehavior
} from './application.ts'
import { OK_RESULT } from './base-app.ts'
import { bytesAsBuffer, bytesToText } from './kvstore-bytes.ts'
import { findValidator, type KvState, publicKeyHex } from './kvstore-state.ts'
import { KVSTORE_CODE, parseKvTx } from './kvstore-tx.ts'

/** The most validators this app lets in. */
const MAX_VALIDATORS = 200

/** A block's effects, kept apart until commit. */
export interface StagedBlock {
  readonly state: KvState
  readonly updates: readonly ValidatorUpdate[]
  /** The last value of each key written, by latin1 text of the key. */
  readonly pairs: ReadonlyMap<string, readonly [key: Uint8Array, value: Uint8Array]>
  readonly txResults: readonly ExecTxResult[]
}

/**
 * Executes a block on a committed state without touching it. A transaction that cannot be executed gets a result
 * with a code and changes nothing: no block makes this fail, and no block empties or overfills the validator set.
 */
export function executeKvBlock(state: KvState, request: FinalizeBlockRequest): StagedBlock {
  const set = new StagedValidators(state)
  for (const misbehavior of request.misbehavior) punish(set, misbehavior)
  const pairs = new Map<string, readonly [Uint8Array, Uint8Array]>()
  let executed = 0
  const txResults = request.txs.map(tx => {
    const parsed = parseKvTx(tx)
    if (parsed.kind === 'invalid') return failure(KVSTORE_CODE.invalidTxFormat, parsed.reason)
    if (parsed.kind === 'validator') {
      const refusal = set.refusal(parsed.update)
      if (refusal !== null) return failure(KVSTORE_CODE.refusedUpdate, refusal)
      set.apply(parsed.update)
      executed += 1
      return success(...validatorTxWords(tx))
    }
    pairs.set(bytesAsBuffer(parsed.key).toString('latin1'), [parsed.key, parsed.value])
    executed += 1
    return success(bytesToText(parsed.key), bytesToText(parsed.value))
  })
  return {
    state: { ...state, size: state.size + executed, height: request.height, validators: set.validators },
    updates: [...set.updates.values()],
    pairs,
    txResults
  }
}

/** Equivocation costs one unit of the power the validator has now; one that has left keeps nothing to take. */
function punish(set: StagedValidators, misbehavior: Misbehavior): void {
  if (misbehavior.type === 'lightClientAttack') return
  const validator = findValidator(set.validators, misbehavior.validator.address)
  if (validator === null) return
  const lowered = { publicKey: validator.publicKey, power: validator.power - 1n }
  if (set.refusal(lowered) === null) set.apply(lowered)
}

/** The validator set while a block executes, copied from the committed one at the first change. */
class StagedValidators {
  validators: ReadonlyMap<Hex, ValidatorUpdate>
  /** The last update of each validator, by hex of the public key. */
  readonly updates = new Map<Hex, ValidatorUpdate>()
  readonly #state: KvState

  constructor(state: KvState) {
    this.#state = state
    this.validators = state.validators
  }

  /** Why the node could not follow this update, or null. */
  refusal(update: ValidatorUpdate): string | null {
    const current = this.validators.get(publicKeyHex(update))
    if (!this.#state.keyTypes.includes(update.publicKey.type)) return 'the chain does not allow this key type'
    if (update.power === 0n) {
      if (current === undefined) return 'no such validator'
      return this.validators.size === 1 ? 'the last validator stays' : null
    }
    if (current === undefined && this.validators.size >= MAX_VALIDATORS) {
      return `there are ${MAX_VALIDATORS} validators already`
    }
    let total = update.power - (current?.power ?? 0n)
    for (const validator of this.validators.values()) total += validator.power
    return total > MAX_TOTAL_POWER ? `total power would be above ${MAX_TOTAL_POWER}` : null
  }

  apply(update: ValidatorUpdate): void {
    const key = publicKeyHex(update)
    const next = new Map(this.validators)
    if (update.power === 0n) next.delete(key)
    else next.set(key, update)
    this.validators = next
    // A validator that came and went within the block is none of the node's business.
    if (update.power === 0n && !this.#state.validators.has(key)) this.updates.delete(key)
    else this.updates.set(key, update)
  }
}

const CREATORS = ['Cosmoshi Netowoko', 'Cosmoshi'].map(
  (value): EventAttribute => ({ key: 'creator', value, index: true })
)
const INDEXED: EventAttribute = { key: 'index_key', value: 'index is working', index: true }
const NOT_INDEXED: EventAttribute = { key: 'noindex_key', value: 'index is working', index: false }

/** The two events of CometBFT's kvstore, one for the key and one for the value. */
function success(key: string, value: string): ExecTxResult {
  return { ...OK_RESULT, events: [appEvent(CREATORS[0]!, key), appEvent(CREATORS[1]!, value)] }
}

function appEvent(creator: EventAttribute, key: string): AppEvent {
  return { type: 'app', attributes: [creator, { key: 'key', value: key, index: true }, INDEXED, NOT_INDEXED] }
}

/** As CometBFT's kvstore names a validator update: split at its only `=`, or the whole transaction twice. */
function validatorTxWords(tx: Uint8Array): [string, string] {
  const text = bytesToText(tx)
  const words = text.split('=')
  return words.length === 2 ? [words[0]!, words[1]!] : [text, text]
}

function failure(code: number, log: string): ExecTxResult {
  return { ...OK_RESULT, code, log }
}
