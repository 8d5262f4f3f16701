import type {
  ConnectionEncrypter,
  MessageStream,
  SecureConnectionOptions,
  StreamMuxer,
  StreamMuxerFactory
} from '@libp2p/interface'

/** Beyond this nothing is gathered further: the socket shall say when it is full. */
const MAX_GATHERED_BYTES = 65536
/** How long grants of window may wait for something to travel with. */
const GRANT_DELAY_MS = 100
/** Grants of this many bytes together do not wait; what waits is far below a stream's window of 256 KiB. */
const PROMPT_GRANT_BYTES = 32768
/** A yamux header: version, type, flags, stream, length (hashicorp/yamux spec.md). */
const YAMUX_HEADER_BYTES = 12
const WINDOW_UPDATE = 1
const LENGTH_OFFSET = 8

type Bytes = Parameters<MessageStream['send']>[0]

/**
 * An encrypter whose output reaches the socket in one write a message. Noise hands over a length of two bytes and a
 * ciphertext, and each would be a system call: half of all a validator makes for the network (measured).
 */
export function inWholeWrites<Components>(
  make: (components: Components) => ConnectionEncrypter
): (components: Components) => ConnectionEncrypter {
  return components => {
    const encrypter = make(components)
    return {
      protocol: encrypter.protocol,
      secureInbound: (connection: MessageStream, options?: SecureConnectionOptions) =>
        encrypter.secureInbound(joining(connection), options),
      secureOutbound: (connection: MessageStream, options?: SecureConnectionOptions) =>
        encrypter.secureOutbound(joining(connection), options)
    }
  }
}

/**
 * A muxer that sends what one turn of the event loop brings as one message, and lets small grants of window wait for
 * it: yamux answers every message it reads with a grant of its own, which costs as much as a vote.
 */
export function inGatheredWrites<Components>(
  make: (components: Components) => StreamMuxerFactory
): (components: Components) => StreamMuxerFactory {
  return components => {
    const factory = make(components)
    return {
      protocol: factory.protocol,
      createStreamMuxer: (connection: MessageStream): StreamMuxer =>
        factory.createStreamMuxer(gathering(connection))
    }
  }
}

/** Makes the connection send lists as one piece. */
export function joining<T extends Pick<MessageStream, 'send'>>(connection: T): T {
  const send = connection.send.bind(connection)
  connection.send = data => send(inOnePiece(data))
  return connection
}

type Gathered = Pick<MessageStream, 'send' | 'close' | 'status' | 'writableNeedsDrain'>

/** Makes the connection gather what it is given to send; order stays as it is. */
export function gathering<T extends Gathered>(connection: T): T {
  const send = connection.send.bind(connection)
  const close = connection.close.bind(connection)
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let grantedBytes = 0
  let soon: NodeJS.Immediate | null = null
  let later: NodeJS.Timeout | null = null

  const flush = (): void => {
    if (soon !== null) clearImmediate(soon)
    if (later !== null) clearTimeout(later)
    soon = null
    later = null
    const data = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting)
    waiting = []
    waitingBytes = 0
    grantedBytes = 0
    if (data.length > 0 && connection.status === 'open') send(data)
  }
  /** Nobody is there to be told when the connection broke: whoever sends next learns it. */
  const flushQuietly = (): void => {
    try {
      flush()
    } catch {}
  }

  connection.send = data => {
    if (connection.status !== 'open') return send(data)
    const frame = inOnePiece(data)
    waiting.push(frame)
    waitingBytes += frame.length
    grantedBytes += grantOf(frame) ?? PROMPT_GRANT_BYTES
    if (waitingBytes >= MAX_GATHERED_BYTES) flush()
    else if (grantedBytes >= PROMPT_GRANT_BYTES) soon ??= setImmediate(flushQuietly)
    else later ??= setTimeout(flushQuietly, GRANT_DELAY_MS).unref()
    return !connection.writableNeedsDrain
  }
  connection.close = options => {
    flushQuietly()
    return close(options)
  }
  return connection
}

function inOnePiece(data: Bytes): Uint8Array {
  return data instanceof Uint8Array ? data : data.subarray()
}

/** The bytes of window that a frame grants and nothing else; null for any other frame. */
function grantOf(frame: Uint8Array): number | null {
  if (frame.length !== YAMUX_HEADER_BYTES) return null
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const isPlainGrant = view.getUint8(1) === WINDOW_UPDATE && view.getUint16(2) === 0
  return isPlainGrant ? view.getUint32(LENGTH_OFFSET) : null
}
