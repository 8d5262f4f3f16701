import { randomBytes, scryptSync } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import * as z from 'zod'
import { ConfigError } from './config-error.ts'
import { damaged, parseJsonFile } from './json-file.ts'

const WHAT = 'key file'
const KEY_BYTES = 32
const SALT_BYTES = 32
const NONCE_BYTES = 24
const TAG_BYTES = 16
/** What scrypt may take, so that a file from elsewhere cannot make us use all memory: 1 GiB. */
const MAX_SCRYPT_BYTES = 1 << 30

/** How dear a guess at the passphrase is: memory is 128 * n * r bytes. */
export interface ScryptCost {
  /** A power of two. */
  readonly n: number
  readonly r: number
  readonly p: number
}

/** For passphrases of people: 128 MiB and about half a second. */
export const SCRYPT_COST: ScryptCost = { n: 131_072, r: 8, p: 1 }
/** For passphrases nobody can guess, such as those a machine made. */
export const LIGHT_SCRYPT_COST: ScryptCost = { n: 4096, r: 8, p: 1 }

/** A key as its file has it: who it is can be read by everybody, the secret only with the passphrase. */
export interface SealedKey {
  readonly name: string
  /** 33 bytes, compressed secp256k1. */
  readonly publicKey: Uint8Array
  readonly cost: ScryptCost
  readonly salt: Uint8Array
  readonly nonce: Uint8Array
  /** Of the private key, with the authentication tag at the end. */
  readonly ciphertext: Uint8Array
}

const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^(?:[0-9a-f]{2}){${bytes}}$`), `expected ${bytes} bytes in hex`)
    .transform(text => new Uint8Array(Buffer.from(text, 'hex')))

const cost = z
  .strictObject({
    name: z.literal('scrypt'),
    n: z
      .int()
      .min(1024)
      .max(1 << 20),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
    salt: hex(SALT_BYTES)
  })
  .refine(({ n }) => (n & (n - 1)) === 0, 'n must be a power of two')
  .refine(({ n, r }) => 128 * n * r < MAX_SCRYPT_BYTES, 'n and r ask for too much memory')

const schema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(64),
  type: z.literal('secp256k1'),
  public_key: hex(33),
  kdf: cost,
  cipher: z.strictObject({
    name: z.literal('xchacha20-poly1305'),
    nonce: hex(NONCE_BYTES),
    ciphertext: hex(KEY_BYTES + TAG_BYTES)
  })
})

/** Encrypts a private key of 32 bytes. */
export function sealKey(
  {
    name,
    publicKey,
    privateKey
  }: Pick<SealedKey, 'name' | 'publicKey'> & { readonly privateKey: Uint8Array },
  passphrase: string,
  scryptCost: ScryptCost = SCRYPT_COST
): SealedKey {
  const salt = new Uint8Array(randomBytes(SALT_BYTES))
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES))
  const head = { name, publicKey, cost: scryptCost, salt, nonce }
  return { ...head, ciphertext: cipherOf(head, passphrase).encrypt(privateKey) }
}

/** The private key. Throws ConfigError (WRONG_PASSPHRASE), also when the file was tampered with: that looks the same. */
export function openKey(sealed: SealedKey, passphrase: string): Uint8Array {
  try {
    return cipherOf(sealed, passphrase).decrypt(sealed.ciphertext)
  } catch (cause) {
    throw new ConfigError('WRONG_PASSPHRASE', `wrong passphrase for key ${sealed.name}`, { cause })
  }
}

function cipherOf(head: Omit<SealedKey, 'ciphertext'>, passphrase: string) {
  const { n, r, p } = head.cost
  const options = { N: n, r, p, maxmem: MAX_SCRYPT_BYTES }
  const key = scryptSync(passphrase.normalize('NFKC'), head.salt, KEY_BYTES, options)
  // What is readable is bound to the secret: a file with another public key does not open.
  const readable = Buffer.concat([Buffer.from(`pnyx key 1\0secp256k1\0`), head.publicKey])
  return xchacha20poly1305(key, head.nonce, readable)
}

export function formatSealedKey({
  name,
  publicKey,
  cost: { n, r, p },
  salt,
  nonce,
  ciphertext
}: SealedKey): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const file = {
    version: 1,
    name,
    type: 'secp256k1',
    public_key: text(publicKey),
    kdf: { name: 'scrypt', n, r, p, salt: text(salt) },
    cipher: { name: 'xchacha20-poly1305', nonce: text(nonce), ciphertext: text(ciphertext) }
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Reads {@link formatSealedKey}; `path` is for messages. Throws ConfigError (FILE_INVALID). */
export function parseSealedKey(text: string, path: string): SealedKey {
  const { name, public_key: publicKey, kdf, cipher } = parseJsonFile(text, WHAT, path, schema)
  if (!isKeyName(name)) throw damaged(WHAT, path, 'name: expected letters, digits, "-" and "_"')
  const { n, r, p, salt } = kdf
  return { name, publicKey, cost: { n, r, p }, salt, nonce: cipher.nonce, ciphertext: cipher.ciphertext }
}

/** True for up to 64 letters, digits, `-` and `_`, which every file system takes. */
export function isKeyName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text)
}
