import { readFileSync } from 'node:fs'
import {
  Addresses,
  accountOfKey,
  DEFAULT_BECH32_PREFIX,
  isBech32Prefix,
  parseStakingGenesis
} from '../app/index.ts'
import type { SealedKey } from '../config/index.ts'
import { parseGenesis } from '../types/index.ts'
import { UsageError } from './cli-error.ts'

/** Addresses of the chain in a home; of a chain with default prefix where there is none, or it has none. */
export function addressesOf(genesisFile: string, prefix?: string): Addresses {
  if (prefix === undefined) return new Addresses(prefixOf(genesisFile) ?? DEFAULT_BECH32_PREFIX)
  if (isBech32Prefix(prefix)) return new Addresses(prefix)
  throw new UsageError(`--prefix ${prefix}: expected up to 20 lower-case letters and digits`)
}

function prefixOf(genesisFile: string): string | null {
  try {
    return parseStakingGenesis(parseGenesis(readFileSync(genesisFile, 'utf8')).appState).bech32Prefix
  } catch {
    // No genesis, or one of another application: addresses do not depend on it.
    return null
  }
}

/** What may be said of a key without its passphrase. */
export function describeKey({ name, publicKey }: SealedKey, addresses: Addresses) {
  const account = accountOfKey(publicKey)
  return {
    name,
    type: 'secp256k1',
    address: addresses.ofAccount(account),
    operator_address: addresses.ofOperator(account),
    public_key: Buffer.from(publicKey).toString('base64')
  }
}
