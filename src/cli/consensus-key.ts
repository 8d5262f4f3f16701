import { type PublicKey, publicKeyFromAminoJson } from '../types/index.ts'
import { UsageError } from './cli-error.ts'

const ED25519_TYPE = 'tendermint/PubKeyEd25519'

/** The value of `--pub-key`: base64 of an ed25519 key, or JSON with the type beside it. Throws UsageError. */
export function readConsensusKey(text: string): PublicKey {
  const json = text.trim().startsWith('{') ? parseJson(text) : { type: ED25519_TYPE, value: text.trim() }
  const key = publicKeyFromAminoJson(json)
  if (key !== null) return key
  throw new UsageError('--pub-key must be 32 bytes of base64, or the JSON that `pnyx show-validator` prints')
}

function parseJson(text: string): { readonly type?: unknown; readonly value?: unknown } {
  try {
    return JSON.parse(text) as { type?: unknown; value?: unknown }
  } catch {
    throw new UsageError('--pub-key starts like JSON and is none')
  }
}
