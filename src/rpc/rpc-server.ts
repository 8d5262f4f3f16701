import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type Clock, errorMessage, type Logger } from '../util/index.ts'
import { EventHub } from './events/event-hub.ts'
import { makeHttpApp } from './http/http-app.ts'
import { parseListenAddress } from './http/listen-address.ts'
import { ReplyWriter } from './http/reply-writer.ts'
import { Dispatcher } from './jsonrpc/dispatcher.ts'
import { methodTable } from './methods/table.ts'
import { NodeHealth } from './node-health.ts'
import type { NodeView } from './node-view.ts'
import type { RpcConfig } from './rpc-config.ts'
import { RpcServerError } from './rpc-error.ts'
import { WebsocketServer } from './websocket/websocket-server.ts'

/** Answers under way get this long when the server stops. */
const STOP_GRACE_MS = 2000

export interface RpcServerParts {
  readonly view: NodeView
  readonly config: RpcConfig
  readonly clock: Clock
  readonly logger: Logger
}

/** The JSON-RPC server of a node: HTTP POST, URIs and websocket on one address. */
export class RpcServer {
  readonly #config: RpcConfig
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #events: EventHub
  readonly #app: FastifyInstance
  readonly #websockets: WebsocketServer

  constructor({ view, config, clock, logger }: RpcServerParts) {
    this.#config = config
    this.#clock = clock
    this.#logger = logger.child('rpc')
    this.#events = new EventHub(view.events, config, clock, this.#logger)
    const methods = methodTable(config)
    const health = new NodeHealth(view, clock, config.maxBlockSilenceMs)
    const env = { view, config, health, events: this.#events, clock, logger: this.#logger }
    const dispatcher = new Dispatcher(methods, env)
    const writer = new ReplyWriter(clock, config.writeTimeoutMs)
    this.#app = makeHttpApp({ config, methods, dispatcher, writer, health, logger: this.#logger })
    this.#websockets = new WebsocketServer({ dispatcher, ...env })
    this.#websockets.attach(this.#app.server)
  }

  /** Begins to listen. @throws RpcServerError when the address is taken or cannot be read */
  async start(): Promise<void> {
    const options = parseListenAddress(this.#config.listenAddress)
    try {
      await this.#app.listen(options)
    } catch (error) {
      const message = `cannot listen on ${this.#config.listenAddress}: ${errorMessage(error)}`
      throw new RpcServerError('RPC_LISTEN_FAILED', message, { cause: error })
    }
    this.#logger.info('RPC server listening', { address: this.url })
  }

  /** Where the server is reached, as in `http://127.0.0.1:26657`; the path of a Unix socket as it is. */
  get url(): string {
    const address = this.#app.server.address() as AddressInfo | string | null
    if (address === null) return ''
    if (typeof address === 'string') return address
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
    return `${this.#config.tls === null ? 'http' : 'https'}://${host}:${address.port}`
  }

  /** Stops taking requests, lets answers under way go out, then closes every connection. */
  async stop(): Promise<void> {
    this.#events.close()
    this.#websockets.close()
    const closed = this.#app.close()
    const timer = this.#clock.setTimer(STOP_GRACE_MS, () => {
      this.#app.server.closeAllConnections()
      this.#websockets.terminate()
    })
    await closed
    timer.cancel()
  }
}
