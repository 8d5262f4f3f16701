import './polyfill.ts'
import type { Stream } from '@libp2p/interface'
import { errorMessage, type Logger } from '../util/index.ts'
import { runFramedStream } from './framed-stream.ts'
import { MAX_NEIGHBOUR_LIST_BYTES } from './neighbours.ts'
import { type PeerId, TOPICS, type Topic } from './network.ts'
import { Outbox } from './outbox.ts'

/** First byte of a frame: the topic's place in TOPICS, or this for a list of neighbours. Others are left unread. */
const NEIGHBOURS_KIND = 0x80
const KIND_BYTES = 1
/** What may wait on the stream of a peer that reads too slowly; more is dropped, and pulled by the peer later. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024

export interface DirectStreamsDependencies {
  /** The longest message with its attempt byte. */
  readonly maxFrameBytes: number
  readonly logger: Logger
  readonly openStream: (peer: PeerId) => Promise<Stream>
  readonly onMessage: (topic: Topic, frame: Uint8Array, from: PeerId) => void
  readonly onNeighbours: (list: Uint8Array, from: PeerId) => void
  readonly onOffence: (peer: PeerId, reason: string) => void
}

type Outgoing =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly stream: Stream }
  /** The peer does not speak the protocol: nothing is tried again on this connection. */
  | { readonly kind: 'unsupported' }

/**
 * One long-lived stream to each peer, written by us, and one from each, read by us. They carry messages of the topics
 * that travel directly, at a fraction of gossipsub's cost, and each side's list of neighbours.
 */
export class DirectStreams {
  readonly #deps: DirectStreamsDependencies
  readonly #outgoing = new Map<PeerId, Outgoing>()

  constructor(deps: DirectStreamsDependencies) {
    this.#deps = deps
  }

  /** Opens the stream to a peer unless there is one; `onOpen` runs when it stands. Never throws. */
  async open(peer: PeerId, onOpen: () => void): Promise<void> {
    if (this.#outgoing.has(peer)) return
    const opening: Outgoing = { kind: 'opening' }
    this.#outgoing.set(peer, opening)
    try {
      const stream = await this.#deps.openStream(peer)
      if (this.#outgoing.get(peer) !== opening) {
        stream.abort(new Error('no longer wanted'))
        return
      }
      this.#outgoing.set(peer, { kind: 'open', stream })
      stream.addEventListener('close', () => this.#closed(peer, stream), { once: true })
      if (stream.status === 'open') onOpen()
      else this.#closed(peer, stream)
    } catch (error) {
      if (this.#outgoing.get(peer) !== opening) return
      const unsupported = error instanceof Error && error.name === 'UnsupportedProtocolError'
      if (unsupported) this.#outgoing.set(peer, { kind: 'unsupported' })
      else this.#outgoing.delete(peer)
      this.#deps.logger.debug('cannot open a direct stream', { peer, reason: errorMessage(error) })
    }
  }

  /** The connection to this peer is gone. */
  drop(peer: PeerId): void {
    this.#outgoing.delete(peer)
  }

  isOpen(peer: PeerId): boolean {
    return this.#outgoing.get(peer)?.kind === 'open'
  }

  /** A message as it travels; the same bytes serve every peer. */
  static message(topic: Topic, frame: Uint8Array): Uint8Array {
    return lengthPrefixed(TOPICS.indexOf(topic), frame)
  }

  static neighbours(list: Uint8Array): Uint8Array {
    return lengthPrefixed(NEIGHBOURS_KIND, list)
  }

  /** Hands bytes to a peer's stream. 'full': the peer reads too slowly; 'none': there is no stream. */
  send(peer: PeerId, bytes: Uint8Array): 'sent' | 'full' | 'none' {
    const outgoing = this.#outgoing.get(peer)
    if (outgoing?.kind !== 'open') return 'none'
    if (outgoing.stream.writeBufferLength > MAX_QUEUED_BYTES) return 'full'
    try {
      outgoing.stream.send(bytes)
      return 'sent'
    } catch (error) {
      this.#deps.logger.debug('a direct stream broke', { peer, reason: errorMessage(error) })
      this.#closed(peer, outgoing.stream)
      return 'none'
    }
  }

  /** Reads the stream a peer opened until it ends. Never throws. */
  async serve(stream: Stream, from: PeerId): Promise<void> {
    const { maxFrameBytes, onOffence, logger } = this.#deps
    try {
      await runFramedStream(stream, {
        outbox: new Outbox(0),
        maxSendBytes: 0,
        maxReceiveBytes: KIND_BYTES + Math.max(maxFrameBytes, MAX_NEIGHBOUR_LIST_BYTES),
        onFrame: frame => this.#onFrame(frame, from)
      })
    } catch (error) {
      logger.debug('direct stream ended', { peer: from, reason: errorMessage(error) })
      if (error instanceof Error && error.name.startsWith('InvalidDataLength')) {
        onOffence(from, 'oversized message on a direct stream')
      }
    }
  }

  #onFrame(frame: Uint8Array, from: PeerId): void {
    const kind = frame[0]
    if (kind === undefined) {
      this.#deps.onOffence(from, 'empty frame on a direct stream')
      return
    }
    const body = frame.subarray(KIND_BYTES)
    const topic = TOPICS[kind]
    if (topic !== undefined) this.#deps.onMessage(topic, body, from)
    else if (kind === NEIGHBOURS_KIND) this.#deps.onNeighbours(body, from)
  }

  #closed(peer: PeerId, stream: Stream): void {
    const outgoing = this.#outgoing.get(peer)
    if (outgoing?.kind === 'open' && outgoing.stream === stream) this.#outgoing.delete(peer)
  }
}

/** A frame as it-length-prefixed reads it: the length as an unsigned varint, then kind and body. */
function lengthPrefixed(kind: number, body: Uint8Array): Uint8Array {
  const length = KIND_BYTES + body.length
  const prefix: number[] = []
  for (let rest = length; ; rest >>>= 7) {
    prefix.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 0x7f) break
  }
  const bytes = new Uint8Array(prefix.length + length)
  bytes.set(prefix)
  bytes[prefix.length] = kind
  bytes.set(body, prefix.length + KIND_BYTES)
  return bytes
}
