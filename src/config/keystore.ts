import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSecp256k1PrivateKey, secp256k1PublicKeyOf } from '../crypto/index.ts'
import { ConfigError } from './config-error.ts'
import {
  checkSecretFile,
  createFile,
  readRequiredFile,
  readTextFile,
  SECRET_FILE_MODE,
  syncDirectory
} from './files.ts'
import { damaged } from './json-file.ts'
import {
  formatSealedKey,
  isKeyName,
  openKey,
  parseSealedKey,
  type ScryptCost,
  type SealedKey,
  sealKey
} from './keystore-file.ts'

const WHAT = 'key file'
const SUFFIX = '.json'

/** Where a home keeps the keys of accounts. */
export function keysDirectory(home: string): string {
  return join(home, 'keys')
}

/** The file a machine-made passphrase of a key is kept in, beside it: for test networks. */
export function passphraseFileOf(directory: string, name: string): string {
  return join(directory, `${name}.passphrase`)
}

/** Keeps a new key, encrypted. Throws ConfigError (FILE_EXISTS) rather than replace one. */
export function createKey(
  directory: string,
  key: { readonly name: string; readonly privateKey: Uint8Array },
  passphrase: string,
  cost?: ScryptCost
): SealedKey {
  refuseExisting(directory, key.name)
  const publicKey = secp256k1PublicKeyOf(key.privateKey)
  const sealed = sealKey({ ...key, publicKey }, passphrase, cost)
  saveKey(directory, sealed)
  return sealed
}

/** Keeps a sealed key from elsewhere under its name. Throws ConfigError (FILE_EXISTS). */
export function saveKey(directory: string, sealed: SealedKey): void {
  const made = createFile(fileOf(directory, sealed.name), formatSealedKey(sealed), SECRET_FILE_MODE)
  if (!made) throw exists(directory, sealed.name)
}

export function hasKey(directory: string, name: string): boolean {
  return existsSync(fileOf(directory, name))
}

export function refuseExisting(directory: string, name: string): void {
  if (hasKey(directory, name)) throw exists(directory, name)
}

/** Throws ConfigError (FILE_MISSING, FILE_MODE, FILE_INVALID). */
export function loadKey(directory: string, name: string): SealedKey {
  const path = fileOf(directory, name)
  const text = readRequiredFile(path, WHAT, '`pnyx keys list` shows those there are')
  checkSecretFile(path, WHAT)
  const sealed = parseSealedKey(text, path)
  if (sealed.name !== name) throw damaged(WHAT, path, `it is of the key ${sealed.name}`)
  return sealed
}

/** All keys, by name. */
export function listKeys(directory: string): readonly SealedKey[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter(file => file.endsWith(SUFFIX) && isKeyName(file.slice(0, -SUFFIX.length)))
    .sort()
    .map(file => loadKey(directory, file.slice(0, -SUFFIX.length)))
}

/** The private key. Throws ConfigError (WRONG_PASSPHRASE, FILE_INVALID). */
export function unlockKey(sealed: SealedKey, passphrase: string): Uint8Array {
  const privateKey = openKey(sealed, passphrase)
  const isRight =
    isSecp256k1PrivateKey(privateKey) &&
    Buffer.compare(secp256k1PublicKeyOf(privateKey), sealed.publicKey) === 0
  if (isRight) return privateKey
  throw damaged(WHAT, sealed.name, 'public_key does not belong to the secret')
}

/** Removes a key for good. Throws ConfigError (FILE_MISSING). */
export function deleteKey(directory: string, name: string): void {
  const path = fileOf(directory, name)
  readRequiredFile(path, WHAT, '`pnyx keys list` shows those there are')
  rmSync(path)
  rmSync(passphraseFileOf(directory, name), { force: true })
  syncDirectory(dirname(path))
}

/**
 * Reads a passphrase from a file only its owner may read; a line break at the end is no part of it. Throws ConfigError
 * (FILE_MISSING, FILE_MODE, FILE_INVALID).
 */
export function readPassphraseFile(path: string): string {
  const what = 'passphrase file'
  const text = readRequiredFile(path, what, 'its only line is the passphrase')
  checkSecretFile(path, what)
  return firstLine(text, path)
}

/** The passphrase beside a key that a machine made for a test network; null when there is none. */
export function passphraseBeside(directory: string, name: string): string | null {
  const path = passphraseFileOf(directory, name)
  return readTextFile(path, 'passphrase file') === null ? null : readPassphraseFile(path)
}

/** The only line of a text. Throws ConfigError (FILE_INVALID). */
export function firstLine(text: string, path: string): string {
  const line = text.replace(/\r?\n$/, '')
  if (line !== '' && !/[\r\n]/.test(line)) return line
  throw damaged('passphrase file', path, line === '' ? 'it is empty' : 'it has more than one line')
}

function fileOf(directory: string, name: string): string {
  if (!isKeyName(name)) {
    throw new ConfigError('BAD_VALUE', 'a key is named by up to 64 letters, digits, "-" and "_"')
  }
  return join(directory, `${name}${SUFFIX}`)
}

function exists(directory: string, name: string): ConfigError {
  return new ConfigError('FILE_EXISTS', `there is a key ${name} already: ${fileOf(directory, name)}`)
}
