import { ProtoReader, ProtoWriter, tryDecode } from '../codec/index.ts'
import { addressOf } from '../crypto/index.ts'
import type { Height, Hex, KeyType, ValidatorUpdate } from '../types/index.ts'
import { AppError } from './app-error.ts'
import type { AppStore, AppStoreOp } from './app-store.ts'
import { bytesAsBuffer, bytesToText, concatBytes, textToBytes } from './kvstore-bytes.ts'

const STATE_KEY = textToBytes('stateKey')
const PAIR_PREFIX = textToBytes('kvPairKey:')
const VALIDATOR_PREFIX = textToBytes('val=')
const VALIDATOR_PREFIX_END = textToBytes('val>')
const MAX_KEY_BYTES = 64

/** What the app knows after a commit, apart from the pairs, which stay in the store. */
export interface KvState {
  /** Transactions executed so far; the app hash is made of it. */
  readonly size: number
  /** 0 before the first block. */
  readonly height: Height
  /** Key types the chain lets validators have. */
  readonly keyTypes: readonly KeyType[]
  /** The set as this app left it, by hex of the public key. */
  readonly validators: ReadonlyMap<Hex, ValidatorUpdate>
}

export const EMPTY_KV_STATE: KvState = { size: 0, height: 0, keyTypes: ['ed25519'], validators: new Map() }

/** Eight bytes that begin with the size as a zigzag varint, as Go's binary.PutVarint leaves them. */
export function kvAppHash(size: number): Uint8Array {
  const hash = new Uint8Array(8)
  let rest = 2 * size
  let at = 0
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) hash[at++] = (rest % 0x80) | 0x80
  hash[at] = rest
  return hash
}

export function pairKey(key: Uint8Array): Uint8Array {
  return concatBytes(PAIR_PREFIX, key)
}

/** Reads what the last commit left; the empty state from an empty store. */
export async function loadKvState(store: AppStore): Promise<KvState> {
  const bytes = store.get(STATE_KEY)
  if (bytes === undefined) return EMPTY_KV_STATE
  const validators = new Map<Hex, ValidatorUpdate>()
  for await (const [, value] of store.entries({ gte: VALIDATOR_PREFIX, lt: VALIDATOR_PREFIX_END })) {
    const decoded = tryDecode(decodeValidatorUpdate, value)
    if (!decoded.ok) throw damaged('a validator', decoded.error)
    validators.set(publicKeyHex(decoded.value), decoded.value)
  }
  return { ...parseStateRecord(bytesToText(bytes)), validators }
}

/** The writes that take the store to `state`; every key of `pairs` comes once. */
export function kvStateOps(
  state: KvState,
  updates: readonly ValidatorUpdate[],
  pairs: Iterable<readonly [key: Uint8Array, value: Uint8Array]>
): readonly AppStoreOp[] {
  const ops: AppStoreOp[] = []
  for (const [key, value] of pairs) ops.push({ type: 'put', key: pairKey(key), value })
  for (const update of updates) {
    const key = concatBytes(VALIDATOR_PREFIX, update.publicKey.bytes)
    if (update.power === 0n) ops.push({ type: 'del', key })
    else ops.push({ type: 'put', key, value: writeValidatorUpdate(update).finish() })
  }
  const record = JSON.stringify({ size: state.size, height: state.height, key_types: state.keyTypes })
  ops.push({ type: 'put', key: STATE_KEY, value: textToBytes(record) })
  return ops
}

/** tendermint.abci.ValidatorUpdate behind its length, the value CometBFT's kvstore answers under /val. */
export function encodeValidatorUpdateDelimited(update: ValidatorUpdate): Uint8Array {
  return writeValidatorUpdate(update).finishDelimited()
}

export function publicKeyHex(update: ValidatorUpdate): Hex {
  return bytesAsBuffer(update.publicKey.bytes).toString('hex')
}

/** The validator of the set with this address, or null. */
export function findValidator(
  validators: ReadonlyMap<Hex, ValidatorUpdate>,
  address: Hex
): ValidatorUpdate | null {
  for (const update of validators.values()) if (addressOf(update.publicKey) === address) return update
  return null
}

function writeValidatorUpdate(update: ValidatorUpdate): ProtoWriter {
  const writer = new ProtoWriter(64)
  const key = writer.begin(1)
  writer.bytes(update.publicKey.type === 'ed25519' ? 1 : 2, update.publicKey.bytes)
  writer.end(key)
  writer.bigint64(2, update.power)
  return writer
}

function decodeValidatorUpdate(bytes: Uint8Array): ValidatorUpdate {
  const reader: ProtoReader = new ProtoReader(bytes, 'ValidatorUpdate')
  let publicKey: ValidatorUpdate['publicKey'] | null = null
  let power = 0n
  while (reader.next()) {
    if (reader.field === 1) publicKey = decodePublicKey(reader.message('PublicKey'))
    else if (reader.field === 2) power = reader.bigint64()
    else reader.unknown()
  }
  reader.require(publicKey, 'pub_key')
  return { publicKey, power }
}

function decodePublicKey(reader: ProtoReader): ValidatorUpdate['publicKey'] {
  reader.require(reader.next(), 'key')
  const type: KeyType = reader.field === 1 ? 'ed25519' : 'secp256k1'
  return { type, bytes: reader.bytes(MAX_KEY_BYTES).slice() }
}

function parseStateRecord(text: string): Omit<KvState, 'validators'> {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch (cause) {
    throw damaged('the state record', cause)
  }
  const { size, height, key_types: keyTypes } = (record ?? {}) as Record<string, unknown>
  if (!isCount(size) || !isCount(height) || !Array.isArray(keyTypes) || !keyTypes.every(isKeyType)) {
    throw damaged('the state record')
  }
  return { size, height, keyTypes }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isKeyType(value: unknown): value is KeyType {
  return value === 'ed25519' || value === 'secp256k1'
}

function damaged(what: string, cause?: unknown): AppError {
  return new AppError(
    'STATE_DAMAGED',
    `kvstore: ${what} in the store is damaged; resync the app from the blocks`,
    {
      cause
    }
  )
}
