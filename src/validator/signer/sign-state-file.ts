import { PnyxError } from '../../util/index.ts'
import { EMPTY_SIGN_STATE, type LastSignState, SIGN_STEP, type SignStep } from './last-sign-state.ts'

export class SignerError extends PnyxError<'SIGN_STATE_MISSING' | 'SIGN_STATE_DAMAGED'> {}

/** Only its owner may read what a key signed. */
export const SIGN_STATE_MODE = 0o600

/**
 * The bytes of priv_validator_state.json as CometBFT writes it: height as text, signature and signbytes only if there;
 * compact on one line.
 */
export function formatSignState(state: LastSignState, form: 'indented' | 'compact' = 'indented'): Uint8Array {
  const json = {
    height: String(state.height),
    round: state.round,
    step: state.step,
    ...(state.signature && { signature: Buffer.from(state.signature).toString('base64') }),
    ...(state.signBytes && { signbytes: Buffer.from(state.signBytes).toString('hex').toUpperCase() })
  }
  return Buffer.from(JSON.stringify(json, null, form === 'indented' ? 2 : undefined))
}

/** Reads what {@link formatSignState} or CometBFT wrote; throws SignerError naming the file and what to do. */
export function parseSignState(bytes: Uint8Array | null, path: string): LastSignState {
  if (bytes === null) {
    throw new SignerError(
      'SIGN_STATE_MISSING',
      `${path} is missing: restore it from the machine that signed last; only for a key that never signed, run 'pnyx unsafe-reset-priv-validator'`
    )
  }
  const state = readSignState(bytes)
  if (state !== null) return state
  throw new SignerError(
    'SIGN_STATE_DAMAGED',
    `${path} is damaged: restore it from a backup at least as new as the last signature; signing without it could sign twice`
  )
}

/** Null when the bytes are no such state. */
export function readSignState(bytes: Uint8Array): LastSignState | null {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  const { height, round, step, signature, signbytes } = json as Record<string, unknown>
  if (typeof height !== 'string' || !/^\d{1,16}$/.test(height) || !Number.isSafeInteger(Number(height)))
    return null
  if (typeof round !== 'number' || !Number.isInteger(round) || round < 0 || round > 2147483647) return null
  if (typeof step !== 'number' || !Object.values(SIGN_STEP).includes(step as SignStep)) return null
  const signatureBytes = optionalBytes(signature, 'base64', /^[A-Za-z0-9+/]{86}==$/)
  const signBytes = optionalBytes(signbytes, 'hex', /^(?:[0-9A-Fa-f]{2})+$/)
  if (signatureBytes === undefined || signBytes === undefined) return null
  return {
    ...EMPTY_SIGN_STATE,
    height: Number(height),
    round,
    step: step as SignStep,
    signature: signatureBytes,
    signBytes
  }
}

/** Null when absent, undefined when it is there but unreadable. */
function optionalBytes(
  value: unknown,
  encoding: 'base64' | 'hex',
  form: RegExp
): Uint8Array | null | undefined {
  if (value === undefined || value === null || value === '') return null
  return typeof value === 'string' && form.test(value) ? Buffer.from(value, encoding) : undefined
}
