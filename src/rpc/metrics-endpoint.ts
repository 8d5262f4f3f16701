import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorMessage, type Logger } from '../util/index.ts'
import { parseMetricsAddress } from './http/listen-address.ts'
import { RpcServerError } from './rpc-error.ts'

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const READ_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 100

export interface MetricsEndpointParts {
  /** `host:port` or `:port` (every interface), as in CometBFT's `prometheus_listen_addr`. */
  readonly listenAddress: string
  /** Scrapes answered at the same time; further ones are told to come again. */
  readonly maxConcurrentScrapes: number
  render(): Promise<string>
  readonly logger: Logger
}

/** A small HTTP server that Prometheus scrapes at `/metrics`. */
export class MetricsEndpoint {
  readonly #parts: MetricsEndpointParts
  readonly #server: Server
  #scrapes = 0

  constructor(parts: MetricsEndpointParts) {
    this.#parts = parts
    this.#server = createServer(
      { requestTimeout: READ_TIMEOUT_MS },
      (request, response) => void this.#answer(request, response)
    )
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** @throws RpcServerError when the address is taken or cannot be read */
  async start(): Promise<void> {
    const { listenAddress } = this.#parts
    const { host, port } = parseMetricsAddress(listenAddress)
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => {
        const message = `cannot listen on ${listenAddress}: ${errorMessage(error)}`
        reject(new RpcServerError('RPC_LISTEN_FAILED', message, { cause: error }))
      }
      this.#server.once('error', fail)
      this.#server.listen(port, host, () => {
        this.#server.off('error', fail)
        resolve()
      })
    })
    this.#parts.logger.info('metrics endpoint listening', { address: this.url })
  }

  /** Where Prometheus finds it, as in `http://127.0.0.1:26660/metrics`. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0]
    if (path !== '/metrics') return end(response, 404, 'text/plain; charset=utf-8', '404 page not found\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return end(response, 405, 'text/plain; charset=utf-8', '405 method not allowed\n')
    }
    if (this.#scrapes >= this.#parts.maxConcurrentScrapes) {
      return end(response, 503, 'text/plain; charset=utf-8', 'too many scrapes at once, try again later\n')
    }
    this.#scrapes += 1
    try {
      end(response, 200, CONTENT_TYPE, await this.#parts.render())
    } catch (error) {
      this.#parts.logger.error('metrics could not be rendered', { error: errorMessage(error), cause: error })
      end(response, 500, 'text/plain; charset=utf-8', '500 metrics could not be rendered\n')
    } finally {
      this.#scrapes -= 1
    }
  }
}

function end(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
