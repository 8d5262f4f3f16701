import './polyfill.ts'
import type { Stream } from '@libp2p/interface'
import { type Clock, errorMessage, type Logger, type Timer } from '../util/index.ts'
import { runFramedStream } from './framed-stream.ts'
import type { NetworkMeter, RequestOutcome } from './meter.ts'
import type { PeerId, Protocol } from './network.ts'
import { NetworkError } from './network-error.ts'
import { Outbox } from './outbox.ts'
import {
  ANSWER_HEADER_BYTES,
  decodeAnswer,
  encodeRequest,
  MAX_IN_FLIGHT,
  REQUEST_HEADER_BYTES
} from './request-frames.ts'
import { isOversized } from './request-server.ts'

/** Requests to one peer on one protocol that may wait for one under way to finish. */
const MAX_WAITING = 16

export interface RequestClientDependencies {
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: NetworkMeter
  /** Opens a stream of the protocol; rejects when the peer is gone or does not speak it. */
  readonly openStream: (peer: PeerId, protocol: Protocol, signal: AbortSignal) => Promise<Stream>
  readonly isConnected: (peer: PeerId) => boolean
  readonly onOffence: (peer: PeerId, reason: string) => void
}

interface Request {
  readonly payload: Uint8Array
  readonly timer: Timer
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: NetworkError) => void
}

/** The requests to one peer on one protocol and the stream they share. */
interface Channel {
  readonly peer: PeerId
  readonly protocol: Protocol
  /** Null while none is open. */
  stream: { readonly raw: Stream; readonly outbox: Outbox } | null
  opening: AbortController | null
  nextId: number
  readonly underWay: Map<number, Request>
  readonly waiting: Set<Request>
}

/** Makes requests: few at a time, each with a deadline, all of them over as soon as the peer is gone. */
export class RequestClient {
  readonly #deps: RequestClientDependencies
  readonly #channels = new Map<string, Channel>()

  constructor(deps: RequestClientDependencies) {
    this.#deps = deps
  }

  async request(
    peer: PeerId,
    protocol: Protocol,
    payload: Uint8Array,
    timeoutMs: number
  ): Promise<Uint8Array> {
    const { meter, maxRequestBytes, isConnected } = this.#deps
    try {
      if (payload.length > maxRequestBytes) {
        throw new NetworkError(
          'TOO_LARGE',
          `a ${protocol} request of ${payload.length} bytes is over the limit`
        )
      }
      if (!isConnected(peer)) throw new NetworkError('PEER_GONE', `not connected to ${peer}`)
      const answer = await this.#enqueue(this.#channel(peer, protocol), payload, timeoutMs)
      meter.requested(protocol, 'ok')
      meter.sent(protocol, payload.length, [peer])
      meter.received(protocol, answer.length, peer)
      return answer
    } catch (error) {
      if (error instanceof NetworkError) meter.requested(protocol, outcomeOf(error))
      throw error
    }
  }

  /** The peer is gone: every request to it fails now. */
  drop(peer: PeerId): void {
    for (const [key, channel] of this.#channels) {
      if (channel.peer !== peer) continue
      this.#channels.delete(key)
      this.#failAll(channel, new NetworkError('PEER_GONE', `the connection to ${peer} was lost`))
    }
  }

  stop(): void {
    for (const channel of this.#channels.values()) {
      this.#failAll(channel, new NetworkError('STOPPED', 'the network is stopping'))
    }
    this.#channels.clear()
  }

  #channel(peer: PeerId, protocol: Protocol): Channel {
    const key = `${protocol} ${peer}`
    const known = this.#channels.get(key)
    if (known !== undefined) return known
    const channel: Channel = {
      peer,
      protocol,
      stream: null,
      opening: null,
      nextId: 0,
      underWay: new Map(),
      waiting: new Set()
    }
    this.#channels.set(key, channel)
    return channel
  }

  #enqueue(channel: Channel, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (channel.waiting.size >= MAX_WAITING) {
      throw new NetworkError('REFUSED', `too many ${channel.protocol} requests to ${channel.peer} at once`)
    }
    return new Promise((resolve, reject) => {
      const request: Request = {
        payload,
        timer: this.#deps.clock.setTimer(timeoutMs, () => this.#expire(channel, request, timeoutMs)),
        resolve,
        reject
      }
      channel.waiting.add(request)
      this.#pump(channel)
    })
  }

  /** Moves waiting requests to the stream while there are places; opens the stream when there is none. */
  #pump(channel: Channel): void {
    if (channel.waiting.size === 0) return
    if (channel.stream === null) {
      if (channel.opening === null) void this.#open(channel)
      return
    }
    for (const request of channel.waiting) {
      if (channel.underWay.size >= MAX_IN_FLIGHT) return
      const id = channel.nextId
      channel.nextId = (id + 1) >>> 0
      channel.waiting.delete(request)
      channel.underWay.set(id, request)
      channel.stream.outbox.push(encodeRequest({ id, payload: request.payload }))
    }
  }

  async #open(channel: Channel): Promise<void> {
    const opening = new AbortController()
    channel.opening = opening
    try {
      const raw = await this.#deps.openStream(channel.peer, channel.protocol, opening.signal)
      channel.opening = null
      if (opening.signal.aborted) {
        raw.abort(new Error('no longer wanted'))
        return
      }
      this.#run(channel, raw)
      this.#pump(channel)
    } catch (error) {
      channel.opening = null
      this.#failAll(channel, openError(channel, error))
    }
  }

  #run(channel: Channel, raw: Stream): void {
    const outbox = new Outbox(MAX_WAITING + MAX_IN_FLIGHT)
    const stream = { raw, outbox }
    channel.stream = stream
    runFramedStream(raw, {
      outbox,
      maxSendBytes: this.#deps.maxRequestBytes + REQUEST_HEADER_BYTES,
      maxReceiveBytes: this.#deps.maxResponseBytes + ANSWER_HEADER_BYTES,
      onFrame: frame => this.#onAnswer(channel, raw, frame)
    }).then(
      () => this.#ended(channel, stream, new NetworkError('PEER_GONE', `${channel.peer} ended the stream`)),
      (error: unknown) => this.#ended(channel, stream, this.#streamError(channel, error))
    )
  }

  #onAnswer(channel: Channel, raw: Stream, frame: Uint8Array): void {
    const answer = decodeAnswer(frame)
    if (answer === null) {
      this.#deps.onOffence(channel.peer, `malformed answer on ${channel.protocol}`)
      raw.abort(new Error('malformed answer'))
      return
    }
    const request = channel.underWay.get(answer.id)
    // An answer to a request that timed out meanwhile.
    if (request === undefined) return
    channel.underWay.delete(answer.id)
    request.timer.cancel()
    if (answer.status === 'ok') request.resolve(answer.payload)
    else if (answer.status === 'tooLarge') {
      request.reject(new NetworkError('TOO_LARGE', `${channel.peer} has an answer over its size limit`))
    } else {
      request.reject(
        new NetworkError('REFUSED', `${channel.peer} ${answer.status} a ${channel.protocol} request`)
      )
    }
    this.#pump(channel)
  }

  #expire(channel: Channel, request: Request, timeoutMs: number): void {
    channel.waiting.delete(request)
    for (const [id, other] of channel.underWay) {
      if (other !== request) continue
      channel.underWay.delete(id)
      if (channel.underWay.size > 0 || channel.stream === null) continue
      // Nobody waits for this stream any more: a reset tells the peer to stop sending the late answer.
      const { raw } = channel.stream
      channel.stream = null
      raw.abort(new Error('request timed out'))
    }
    if (channel.waiting.size === 0) channel.opening?.abort()
    request.reject(
      new NetworkError(
        'TIMEOUT',
        `no answer to a ${channel.protocol} request from ${channel.peer} in ${timeoutMs} ms`
      )
    )
    this.#pump(channel)
  }

  /** The stream is over: what was under way on it fails, what waits gets a new stream. */
  #ended(channel: Channel, stream: Channel['stream'], error: NetworkError): void {
    if (channel.stream !== stream) return
    channel.stream = null
    for (const request of channel.underWay.values()) {
      request.timer.cancel()
      request.reject(error)
    }
    channel.underWay.clear()
    this.#pump(channel)
  }

  #failAll(channel: Channel, error: NetworkError): void {
    channel.opening?.abort()
    const requests = [...channel.underWay.values(), ...channel.waiting]
    channel.underWay.clear()
    channel.waiting.clear()
    for (const request of requests) {
      request.timer.cancel()
      request.reject(error)
    }
    channel.stream?.outbox.end()
    channel.stream = null
  }

  #streamError(channel: Channel, error: unknown): NetworkError {
    const { peer, protocol } = channel
    if (isOversized(error)) {
      this.#deps.onOffence(peer, `oversized answer on ${protocol}`)
      return new NetworkError('TOO_LARGE', `${peer} sent a ${protocol} answer over the size limit`, {
        cause: error
      })
    }
    this.#deps.logger.debug('request stream broke', { protocol, peer, reason: errorMessage(error) })
    return new NetworkError('PEER_GONE', `the ${protocol} stream to ${peer} broke`, { cause: error })
  }
}

function openError({ peer, protocol }: Channel, error: unknown): NetworkError {
  const unsupported = error instanceof Error && error.name === 'UnsupportedProtocolError'
  return unsupported
    ? new NetworkError('REFUSED', `${peer} does not speak ${protocol}`, { cause: error })
    : new NetworkError('PEER_GONE', `cannot open a ${protocol} stream to ${peer}`, { cause: error })
}

function outcomeOf(error: NetworkError): RequestOutcome {
  if (error.code === 'TIMEOUT') return 'timeout'
  if (error.code === 'TOO_LARGE') return 'too_large'
  return error.code === 'REFUSED' ? 'refused' : 'gone'
}
