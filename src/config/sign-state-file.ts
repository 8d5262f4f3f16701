import * as z from 'zod'
import type { Height, Round } from '../types/index.ts'
import { base64Bytes, damaged, parseJsonFile } from './json-file.ts'

/** What a validator signed last, as priv_validator_state.json keeps it (CometBFT privval/file.go). */
export interface SignState {
  readonly height: Height
  readonly round: Round
  /** 0 nothing yet, 1 proposal, 2 prevote, 3 precommit. */
  readonly step: number
  /** 64 bytes; null before the first signature. */
  readonly signature: Uint8Array | null
  /** The bytes that were signed; null exactly when `signature` is. */
  readonly signBytes: Uint8Array | null
}

/** The state of a validator that has never signed. */
export const ZERO_SIGN_STATE: SignState = { height: 0, round: 0, step: 0, signature: null, signBytes: null }

const MAX_INT32 = 2_147_483_647
const WHAT = 'validator state file'

const schema = z.strictObject({
  height: z
    .string('expected a string of digits')
    .regex(/^(0|[1-9]\d{0,15})$/, 'expected a string of digits')
    .transform(Number)
    .refine(Number.isSafeInteger, 'is out of range'),
  round: z.int().min(0).max(MAX_INT32),
  step: z.int().min(0).max(3),
  signature: base64Bytes(64).optional(),
  signbytes: z
    .string()
    .regex(/^([0-9A-Fa-f]{2})+$/, 'expected hex')
    .transform(text => new Uint8Array(Buffer.from(text, 'hex')))
    .optional()
})

/**
 * Reads a priv_validator_state.json strictly: a file that cannot be understood must stop the validator, since it is
 * what keeps it from signing twice. Throws ConfigError (FILE_INVALID).
 */
export function parseSignState(text: string, path: string): SignState {
  const json = parseJsonFile(text, WHAT, path, schema)
  if ((json.signature === undefined) !== (json.signbytes === undefined)) {
    throw damaged(WHAT, path, 'signature and signbytes go together')
  }
  return {
    height: json.height,
    round: json.round,
    step: json.step,
    signature: json.signature ?? null,
    signBytes: json.signbytes ?? null
  }
}

/** The text of a priv_validator_state.json, as CometBFT writes it. */
export function formatSignState(state: SignState): string {
  const { height, round, step, signature, signBytes } = state
  const file = {
    height: String(height),
    round,
    step,
    ...(signature && { signature: Buffer.from(signature).toString('base64') }),
    ...(signBytes && { signbytes: Buffer.from(signBytes).toString('hex').toUpperCase() })
  }
  return JSON.stringify(file, null, 2)
}
