import type { PublicKey, Validator, ValidatorSet } from '../../types/index.ts'
import { base64Json, hexJson, int64Json, type JsonObject } from './json.ts'

const AMINO_NAME = { ed25519: 'tendermint/PubKeyEd25519', secp256k1: 'tendermint/PubKeySecp256k1' } as const

/** A key under the Amino name that CometBFT's JSON keeps. */
export function publicKeyToJson(key: PublicKey): JsonObject {
  return { type: AMINO_NAME[key.type], value: base64Json(key.bytes) }
}

export function validatorToJson(validator: Validator): JsonObject {
  return {
    address: hexJson(validator.address),
    pub_key: publicKeyToJson(validator.publicKey),
    voting_power: int64Json(validator.power),
    proposer_priority: int64Json(validator.proposerPriority)
  }
}

export function validatorSetToJson(set: ValidatorSet): JsonObject {
  return { validators: set.validators.map(validatorToJson), proposer: validatorToJson(set.proposer) }
}
