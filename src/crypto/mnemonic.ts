import { generateMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'

/** Bits of entropy of a mnemonic of 24 words. */
const ENTROPY_BITS = 256

/** 24 fresh English words (BIP-39). */
export function newMnemonic(): string {
  return generateMnemonic(wordlist, ENTROPY_BITS)
}

/** Words in lower case with one space between them, or null when they are no mnemonic with a right checksum. */
export function normalizeMnemonic(text: string): string | null {
  const words = text.normalize('NFKD').trim().toLowerCase().split(/\s+/).join(' ')
  return validateMnemonic(words, wordlist) ? words : null
}

/** The 64-byte seed of a normalized mnemonic, without a BIP-39 passphrase. */
export function seedOfMnemonic(mnemonic: string): Uint8Array {
  return mnemonicToSeedSync(mnemonic)
}
