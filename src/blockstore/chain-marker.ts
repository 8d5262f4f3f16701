import { genesisHash } from '../types/index.ts'
import { BlockStoreError } from './block-store-error.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { BUCKET, textKey } from './keys.ts'

/** The form of the database this release writes. A higher number in the database means a newer release wrote it. */
export const SCHEMA_VERSION = 1

const SCHEMA_KEY = textKey(BUCKET.chain, 'schema')
const CHAIN_ID_KEY = textKey(BUCKET.chain, 'chainId')
const GENESIS_HASH_KEY = textKey(BUCKET.chain, 'genesisHash')
const GENESIS_KEY = textKey(BUCKET.chain, 'genesis')

export interface ChainIdentity {
  readonly genesis: { readonly chainId: string }
  /** The genesis file, byte for byte. */
  readonly genesisBytes: Uint8Array
}

/**
 * Marks a new database as this chain's, or checks that it is. Errors: GENESIS_MISMATCH when it is another chain's,
 * SCHEMA_TOO_NEW when a newer release wrote it.
 */
export async function claimDatabase(store: KeyValueStore, identity: ChainIdentity): Promise<void> {
  const schema = store.get(SCHEMA_KEY)
  const hash = genesisHash(identity.genesisBytes)
  const { chainId } = identity.genesis
  if (schema === undefined) {
    const put = (key: Uint8Array, value: Uint8Array) => ({ type: 'put', key, value }) as const
    const ops = [
      put(SCHEMA_KEY, Buffer.from(String(SCHEMA_VERSION))),
      put(CHAIN_ID_KEY, Buffer.from(chainId)),
      put(GENESIS_HASH_KEY, Buffer.from(hash, 'hex')),
      put(GENESIS_KEY, identity.genesisBytes)
    ]
    await store.batch(ops, { sync: true })
    return
  }
  const version = Number(textOf(schema))
  if (version > SCHEMA_VERSION) {
    throw new BlockStoreError(
      'SCHEMA_TOO_NEW',
      `the data directory has form ${version}, this release knows up to ${SCHEMA_VERSION}: start the newer release that wrote it`
    )
  }
  const storedChainId = textOf(store.get(CHAIN_ID_KEY))
  const storedHash = Buffer.from(store.get(GENESIS_HASH_KEY) ?? []).toString('hex')
  if (storedChainId === chainId && storedHash === hash) return
  const problem =
    storedChainId === chainId
      ? `a chain with another genesis file (sha256 ${storedHash}, not ${hash})`
      : `chain '${storedChainId}', not '${chainId}'`
  throw new BlockStoreError(
    'GENESIS_MISMATCH',
    `the data directory belongs to ${problem}: use that genesis file or another home directory`
  )
}

/** The genesis file this database was made for; null in a new one. */
export function storedGenesis(store: KeyValueStore): Uint8Array | null {
  return store.get(GENESIS_KEY) ?? null
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString()
}
