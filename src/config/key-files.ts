import * as z from 'zod'
import { addressOf, generatePrivateKey, publicKeyOf } from '../crypto/index.ts'
import { type Hex, type PublicKey, publicKeyToAminoJson } from '../types/index.ts'
import { checkSecretFile, readRequiredFile } from './files.ts'
import { base64Bytes, damaged, parseJsonFile } from './json-file.ts'

const PUBLIC_KEY_TYPE = 'tendermint/PubKeyEd25519'
const PRIVATE_KEY_TYPE = 'tendermint/PrivKeyEd25519'

/** An ed25519 key pair from a file. `seed` is the secret: 32 bytes, never to be logged. */
export interface KeyPair {
  readonly seed: Uint8Array
  readonly publicKey: PublicKey
  /** First 20 bytes of sha256 of the public key: a validator's address, or a node's CometBFT id. */
  readonly address: Hex
}

const typed = (type: string, length: number) =>
  z.strictObject({
    type: z.literal(type, `expected "${type}": only ed25519 keys can be used`),
    value: base64Bytes(length)
  })

const nodeKeySchema = z.strictObject({ priv_key: typed(PRIVATE_KEY_TYPE, 64) })
const validatorKeySchema = z.strictObject({
  address: z.string().regex(/^[0-9A-Fa-f]{40}$/, 'expected 40 hex digits'),
  pub_key: typed(PUBLIC_KEY_TYPE, 32),
  priv_key: typed(PRIVATE_KEY_TYPE, 64)
})

/** A fresh key pair from the system's randomness. */
export function generateKeyPair(): KeyPair {
  return keyPairFromSeed(generatePrivateKey())
}

export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  const publicKey: PublicKey = { type: 'ed25519', bytes: publicKeyOf(seed) }
  return { seed, publicKey, address: addressOf(publicKey) }
}

/**
 * Reads a priv_validator_key.json (CometBFT privval/file.go). Address and both public keys must agree with the
 * private key. `path` is for messages. Throws ConfigError (FILE_INVALID).
 */
export function parseValidatorKey(text: string, path: string): KeyPair {
  const what = 'validator key file'
  const json = parseJsonFile(text, what, path, validatorKeySchema)
  const pair = pairFromPrivateKey(json.priv_key.value, what, path)
  if (!sameBytes(json.pub_key.value, pair.publicKey.bytes)) {
    throw damaged(what, path, 'pub_key does not belong to priv_key')
  }
  if (json.address.toLowerCase() !== pair.address) {
    throw damaged(what, path, 'address does not belong to pub_key')
  }
  return pair
}

/** Reads a node_key.json (CometBFT p2p/key.go). Throws ConfigError (FILE_INVALID). */
export function parseNodeKey(text: string, path: string): KeyPair {
  const what = 'node key file'
  const json = parseJsonFile(text, what, path, nodeKeySchema)
  return pairFromPrivateKey(json.priv_key.value, what, path)
}

/** Go's ed25519 private key: the seed, then the public key once more. */
function pairFromPrivateKey(bytes: Uint8Array, what: string, path: string): KeyPair {
  const pair = keyPairFromSeed(bytes.slice(0, 32))
  if (!sameBytes(bytes.subarray(32), pair.publicKey.bytes)) {
    throw damaged(what, path, 'the two halves of priv_key do not belong together')
  }
  return pair
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** The text of a priv_validator_key.json, as CometBFT writes it. */
export function formatValidatorKey(pair: KeyPair): string {
  const file = {
    address: pair.address.toUpperCase(),
    pub_key: publicKeyToAminoJson(pair.publicKey),
    priv_key: privateKeyToJson(pair)
  }
  return JSON.stringify(file, null, 2)
}

/** The text of a node_key.json, as CometBFT writes it. */
export function formatNodeKey(pair: KeyPair): string {
  return JSON.stringify({ priv_key: privateKeyToJson(pair) })
}

function privateKeyToJson(pair: KeyPair): { readonly type: string; readonly value: string } {
  return {
    type: PRIVATE_KEY_TYPE,
    value: Buffer.concat([pair.seed, pair.publicKey.bytes]).toString('base64')
  }
}

/**
 * Loads the validator's key; a file open to others is refused. Throws ConfigError (FILE_MISSING, FILE_UNREADABLE,
 * FILE_MODE, FILE_INVALID).
 */
export function loadValidatorKey(path: string): KeyPair {
  const text = readRequiredFile(path, 'validator key file', '`pnyx init` makes one')
  checkSecretFile(path, 'validator key file')
  return parseValidatorKey(text, path)
}

/** Loads the node's network key, as {@link loadValidatorKey} does. */
export function loadNodeKey(path: string): KeyPair {
  const text = readRequiredFile(path, 'node key file', '`pnyx gen-node-key` makes one')
  checkSecretFile(path, 'node key file')
  return parseNodeKey(text, path)
}
