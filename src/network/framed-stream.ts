import './polyfill.ts'
import type { Stream } from '@libp2p/interface'
import { messageStreamToDuplex } from '@libp2p/utils'
import * as lengthPrefixed from 'it-length-prefixed'
import { pipe } from 'it-pipe'
import { NetworkError } from './network-error.ts'
import type { Outbox } from './outbox.ts'

export interface FramedStreamOptions {
  readonly outbox: Outbox
  readonly maxSendBytes: number
  /** A longer frame ends the stream before its bytes are read. */
  readonly maxReceiveBytes: number
  readonly onFrame: (frame: Uint8Array) => void
}

/**
 * Runs a stream as length-prefixed frames until either side ends it: the outbox is written as fast as the stream has
 * room, `onFrame` gets what arrives. Rejects with what broke the stream; afterwards it is closed or reset.
 */
export async function runFramedStream(stream: Stream, options: FramedStreamOptions): Promise<void> {
  const { outbox, maxSendBytes, maxReceiveBytes, onFrame } = options
  try {
    // A stream that ended before anyone listened would never say so.
    if (stream.status !== 'open') throw new NetworkError('PEER_GONE', `the stream is ${stream.status}`)
    await pipe(
      outbox,
      source => lengthPrefixed.encode(source, { maxDataLength: maxSendBytes }),
      messageStreamToDuplex(stream),
      source => lengthPrefixed.decode(source, { maxDataLength: maxReceiveBytes }),
      async source => {
        for await (const frame of source) onFrame(asUint8Array(frame.subarray()))
      }
    )
    outbox.end()
    await stream.close({ signal: AbortSignal.timeout(1_000) })
  } catch (error) {
    outbox.end()
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

/** The same bytes as a plain Uint8Array: what libraries hand over may be a Buffer, whose slice() does not copy. */
export function asUint8Array(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
