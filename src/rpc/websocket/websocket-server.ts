import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { isAllowedHost, isAllowedOrigin } from '../http/host-rules.ts'
import { clientOf } from '../http/reply-writer.ts'
import { WebsocketConnection, type WebsocketParts } from './websocket-connection.ts'

const PATH = '/websocket'
const GOING_AWAY = 1001

/** Takes websocket connections on `/websocket` of the HTTP server. */
export class WebsocketServer {
  readonly #parts: WebsocketParts
  readonly #server: WebSocketServer

  constructor(parts: WebsocketParts) {
    this.#parts = parts
    this.#server = new WebSocketServer({
      noServer: true,
      // Compression would let a small message unfold into a large one, and costs more than it saves.
      perMessageDeflate: false,
      maxPayload: parts.config.maxBodyBytes
    })
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      const refusal = this.#refusal(request)
      if (refusal === null) this.#accept(request, socket, head)
      else socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    })
  }

  /** Says good-bye to every client. */
  close(): void {
    for (const websocket of this.#server.clients) websocket.close(GOING_AWAY, 'node is stopping')
    this.#server.close()
  }

  /** Cuts off whoever has not answered the good-bye. */
  terminate(): void {
    for (const websocket of this.#server.clients) websocket.terminate()
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, websocket => {
      new WebsocketConnection(this.#parts, websocket, socket, clientOf(request))
    })
  }

  /** The status to refuse with, null to accept. Browsers do not hold websockets to CORS, so the origin is judged here. */
  #refusal({ url, headers }: IncomingMessage): string | null {
    if (url?.split('?')[0] !== PATH) return '404 Not Found'
    const { allowedHosts } = this.#parts.config
    if (allowedHosts.length > 0 && !isAllowedHost(headers.host, allowedHosts)) return '403 Forbidden'
    return isAllowedOrigin(headers, this.#parts.config.corsAllowedOrigins) ? null : '403 Forbidden'
  }
}
