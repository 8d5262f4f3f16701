import './polyfill.ts'
import type { Stream } from '@libp2p/interface'
import { errorMessage, type Logger } from '../util/index.ts'
import { runFramedStream } from './framed-stream.ts'
import type { NetworkMeter } from './meter.ts'
import type { PeerId, Protocol } from './network.ts'
import { Outbox } from './outbox.ts'
import {
  ANSWER_HEADER_BYTES,
  decodeRequest,
  encodeAnswer,
  MAX_SERVED,
  REQUEST_HEADER_BYTES
} from './request-frames.ts'

/** Answers and refusals that may wait for a peer that does not read them; more is an offence. */
const MAX_QUEUED_ANSWERS = 64

export interface RequestServerDependencies {
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
  readonly logger: Logger
  readonly meter: NetworkMeter
  readonly onRequest: (protocol: Protocol, data: Uint8Array, from: PeerId) => Promise<Uint8Array | null>
  readonly onOffence: (peer: PeerId, reason: string) => void
}

/** Answers requests that peers make; whatever a handler does, the node and other streams go on. */
export class RequestServer {
  readonly #deps: RequestServerDependencies

  constructor(deps: RequestServerDependencies) {
    this.#deps = deps
  }

  /** Serves one stream until the peer ends it. Never throws. */
  async serve(protocol: Protocol, stream: Stream, from: PeerId): Promise<void> {
    const { logger, maxRequestBytes, maxResponseBytes } = this.#deps
    const outbox = new Outbox(MAX_QUEUED_ANSWERS)
    const serving = new Set<number>()
    try {
      await runFramedStream(stream, {
        outbox,
        maxSendBytes: maxResponseBytes + ANSWER_HEADER_BYTES,
        maxReceiveBytes: maxRequestBytes + REQUEST_HEADER_BYTES,
        onFrame: frame => this.#onFrame(frame, { protocol, stream, from, outbox, serving })
      })
    } catch (error) {
      logger.debug('request stream ended', { protocol, peer: from, reason: errorMessage(error) })
      if (isOversized(error)) this.#deps.onOffence(from, `oversized request on ${protocol}`)
    }
  }

  #onFrame(frame: Uint8Array, served: ServedStream): void {
    const { protocol, from, outbox, serving, stream } = served
    const request = decodeRequest(frame)
    if (request === null || serving.has(request.id)) {
      this.#deps.onOffence(from, `malformed request on ${protocol}`)
      stream.abort(new Error('malformed request'))
      return
    }
    if (serving.size >= MAX_SERVED) {
      this.#deps.meter.answered(protocol, 'busy')
      if (!outbox.push(encodeAnswer(request.id, 'busy'))) {
        this.#deps.onOffence(from, `request flood on ${protocol}`)
        stream.abort(new Error('request flood'))
      }
      return
    }
    // The place is free again only when the stream has taken the answer, which bounds what waits for a slow reader.
    serving.add(request.id)
    const free = () => serving.delete(request.id)
    void this.#answer(request.payload, served).then(answerFor => {
      if (!outbox.push(answerFor(request.id), free)) free()
    })
  }

  async #answer(payload: Uint8Array, { protocol, from }: ServedStream): Promise<(id: number) => Uint8Array> {
    const { meter, logger, maxResponseBytes } = this.#deps
    try {
      const answer = await this.#deps.onRequest(protocol, payload, from)
      if (answer === null) {
        meter.answered(protocol, 'refused')
        return id => encodeAnswer(id, 'refused')
      }
      if (answer.length > maxResponseBytes) {
        meter.answered(protocol, 'too_large')
        logger.error('own answer is over the size limit', {
          protocol,
          bytes: answer.length,
          maxResponseBytes
        })
        return id => encodeAnswer(id, 'tooLarge')
      }
      meter.answered(protocol, 'ok')
      meter.received(protocol, payload.length, from)
      meter.sent(protocol, answer.length, [from])
      return id => encodeAnswer(id, 'ok', answer)
    } catch (error) {
      meter.answered(protocol, 'failed')
      logger.error('request handler failed', { protocol, error: errorMessage(error) })
      return id => encodeAnswer(id, 'refused')
    }
  }
}

interface ServedStream {
  readonly protocol: Protocol
  readonly stream: Stream
  readonly from: PeerId
  readonly outbox: Outbox
  readonly serving: Set<number>
}

/** Whether it-length-prefixed refused a frame for its length. */
export function isOversized(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('InvalidDataLength')
}
