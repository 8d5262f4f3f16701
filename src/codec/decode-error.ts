import { PnyxError } from '../util/index.ts'

/** Bytes from outside that are not the canonical encoding of what they should be. */
export class DecodeError extends PnyxError<'DECODE_FAILED'> {
  /** The protobuf message in which reading stopped, such as 'Vote'. */
  readonly messageName: string
  /** Offset in the whole input. */
  readonly offset: number

  constructor(messageName: string, offset: number, reason: string, options?: ErrorOptions) {
    super('DECODE_FAILED', `${messageName}: ${reason} (byte ${offset})`, options)
    this.messageName = messageName
    this.offset = offset
  }
}

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DecodeError }

/** Runs a decoder and gives its refusal as a value; any other exception is a bug and goes through. */
export function tryDecode<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): Decoded<T> {
  try {
    return { ok: true, value: decode(bytes) }
  } catch (thrown) {
    if (thrown instanceof DecodeError) return { ok: false, error: thrown }
    throw thrown
  }
}
