import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import type { Clock } from '../../util/index.ts'

const ONE_DAY = 'public, max-age=86400'
/** Answers beyond this may wait for a slow reader; smaller ones fit into the buffers of the kernel. */
const LARGE_TEXT = 65_536

export interface HttpAnswer {
  readonly status: number
  /** JSON, or '' for an empty body. */
  readonly text: string
  /** True when caches on the way may keep it. */
  readonly cacheable: boolean
}

const localClients = new WeakMap<Socket, string>()
let localClientsSeen = 0

/** `ip:port` of the one who asks; on a Unix socket, where there is none, a number of its own for each connection. */
export function clientOf({ socket }: IncomingMessage): string {
  if (socket.remoteAddress !== undefined) return `${socket.remoteAddress}:${socket.remotePort}`
  const known = localClients.get(socket) ?? `local:${++localClientsSeen}`
  localClients.set(socket, known)
  return known
}

/** Writes answers, and gives up on clients that do not take them. */
export class ReplyWriter {
  readonly #clock: Clock
  readonly #writeTimeoutMs: number

  constructor(clock: Clock, writeTimeoutMs: number) {
    this.#clock = clock
    this.#writeTimeoutMs = writeTimeoutMs
  }

  send(reply: FastifyReply, { status, text, cacheable }: HttpAnswer): void {
    reply.statusCode = status
    reply.header('content-type', 'application/json; charset=utf-8')
    if (cacheable) reply.header('cache-control', ONE_DAY)
    if (text.length > LARGE_TEXT) this.#limitWriting(reply)
    reply.send(text)
  }

  /** Sends what `answer` gives; a failure goes to the error handler of the app. */
  sendWhenReady(reply: FastifyReply, answer: Promise<HttpAnswer>): void {
    answer.then(ready => this.send(reply, ready)).catch(error => reply.send(error))
  }

  sendPage(reply: FastifyReply, page: string): void {
    reply.type('text/html; charset=utf-8').send(page)
  }

  #limitWriting(reply: FastifyReply): void {
    const timer = this.#clock.setTimer(this.#writeTimeoutMs, () => reply.raw.destroy())
    reply.raw.once('close', () => timer.cancel())
  }
}
