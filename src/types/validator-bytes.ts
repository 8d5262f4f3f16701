import { type ProtoReader, ProtoWriter } from '../codec/index.ts'
import { ADDRESS_BYTES, addressOf, publicKeyLength } from '../crypto/index.ts'
import type { Hex } from './primitives.ts'
import { type KeyType, MAX_TOTAL_POWER, type PublicKey, type Validator } from './validator-set.ts'

const KEY_FIELDS: Readonly<Record<KeyType, number>> = { ed25519: 1, secp256k1: 2 }

/** Writes tendermint.crypto.PublicKey as the embedded message `field`. */
export function writePublicKey(writer: ProtoWriter, field: number, key: PublicKey): void {
  const mark = writer.begin(field)
  writer.repeatedBytes(KEY_FIELDS[key.type], key.bytes)
  writer.end(mark)
}

/** Reads tendermint.crypto.PublicKey: exactly one key of a known type and of that type's length. */
export function readPublicKey(reader: ProtoReader): PublicKey {
  let key: PublicKey | null = null
  while (reader.next()) {
    if (key !== null) reader.fail('more than one key')
    if (reader.field === KEY_FIELDS.ed25519) key = readKeyBytes(reader, 'ed25519')
    else if (reader.field === KEY_FIELDS.secp256k1) key = readKeyBytes(reader, 'secp256k1')
    else reader.unknown()
  }
  reader.require(key, 'key')
  return key
}

function readKeyBytes(reader: ProtoReader, type: KeyType): PublicKey {
  const length = publicKeyLength(type)
  // A copy: a key outlives the message it came in, and is held by every set after it.
  const bytes = Uint8Array.from(reader.bytes(length))
  if (bytes.length !== length) reader.fail(`${type} key has ${bytes.length} bytes, not ${length}`)
  return { type, bytes }
}

/** Writes the fields of tendermint.types.Validator. */
export function writeValidator(writer: ProtoWriter, validator: Validator): void {
  writer.hex(1, validator.address)
  writePublicKey(writer, 2, validator.publicKey)
  writer.bigint64(3, validator.power)
  writer.bigint64(4, validator.proposerPriority)
}

/** Reads tendermint.types.Validator; the address must be that of the key, the power at most {@link MAX_TOTAL_POWER}. */
export function readValidator(reader: ProtoReader): Validator {
  let address: Hex = ''
  let publicKey: PublicKey | null = null
  let power = 0n
  let proposerPriority = 0n
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        address = reader.hex(ADDRESS_BYTES)
        break
      case 2:
        publicKey = readPublicKey(reader.message('PublicKey'))
        break
      case 3:
        power = reader.bigint64()
        break
      case 4:
        proposerPriority = reader.bigint64()
        break
      default:
        reader.unknown()
    }
  }
  reader.require(publicKey, 'pub_key')
  if (power < 0n || power > MAX_TOTAL_POWER) reader.fail('voting_power is out of range')
  if (address !== addressOf(publicKey)) reader.fail('address is not that of the key')
  return { address, publicKey, power, proposerPriority }
}

/** tendermint.types.SimpleValidator: what of a validator enters the hash of its set. */
export function encodeSimpleValidator(validator: Pick<Validator, 'publicKey' | 'power'>): Uint8Array {
  const writer = new ProtoWriter(64)
  writePublicKey(writer, 1, validator.publicKey)
  writer.bigint64(2, validator.power)
  return writer.finish()
}
