import { randomBytes } from 'node:crypto'
import { accountOfKey } from '../app/index.ts'
import {
  createFile,
  createKey,
  hasKey,
  keysDirectory,
  LIGHT_SCRYPT_COST,
  loadKey,
  passphraseFileOf,
  SECRET_FILE_MODE
} from '../config/index.ts'
import { generateSecp256k1PrivateKey, type Hex } from '../crypto/index.ts'

/** Name of the key a home's validator is run with. */
export const OPERATOR_KEY = 'operator'
const PASSPHRASE_BYTES = 16

/**
 * The account that operates the validator of a home: its key `operator`, made when there is none, with a passphrase made
 * by chance that stands in a file beside it. Whoever can read the home can use it, as he can the validator's own key.
 */
export function operatorOf(home: string): { readonly account: Hex; readonly made: readonly string[] } {
  const directory = keysDirectory(home)
  if (hasKey(directory, OPERATOR_KEY)) {
    return { account: accountOfKey(loadKey(directory, OPERATOR_KEY).publicKey), made: [] }
  }
  const passphrase = randomBytes(PASSPHRASE_BYTES).toString('hex')
  createFile(passphraseFileOf(directory, OPERATOR_KEY), `${passphrase}\n`, SECRET_FILE_MODE)
  const key = { name: OPERATOR_KEY, privateKey: generateSecp256k1PrivateKey() }
  const { publicKey } = createKey(directory, key, passphrase, LIGHT_SCRYPT_COST)
  return {
    account: accountOfKey(publicKey),
    made: [`keys/${OPERATOR_KEY}.json`, `keys/${OPERATOR_KEY}.passphrase`]
  }
}
