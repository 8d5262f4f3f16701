import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import type { Clock, Logger, Timer } from '../../util/index.ts'
import type { ClientEvent } from '../events/client-event.ts'
import type { EventHub } from '../events/event-hub.ts'
import { type Subscription, Subscriptions } from '../events/subscriptions.ts'
import type { Answer, Dispatcher } from '../jsonrpc/dispatcher.ts'
import { type Message, parseSingleMessage } from '../jsonrpc/request.ts'
import { errorText } from '../jsonrpc/response.ts'
import type { RpcConfig } from '../rpc-config.ts'
import { RpcError } from '../rpc-error.ts'
import { Outbox } from './outbox.ts'

/** A connection that sends nothing at all for this long, not even pongs, is closed. */
const READ_WAIT_MS = 30_000
const PING_PERIOD_MS = 27_000
/** Calls of one connection that may wait at the same time; the next are not read until one is answered. */
const MAX_CALLS_UNDER_WAY = 64
const SLOW_CLIENT = 'subscription was canceled (reason: slow client)'
const TOO_MANY_WAIT = 'subscription was canceled (reason: client is not pulling messages fast enough)'

export interface WebsocketParts {
  readonly dispatcher: Dispatcher
  readonly events: EventHub
  readonly config: RpcConfig
  readonly clock: Clock
  readonly logger: Logger
}

/** One client on the websocket: its calls, its subscriptions, and the watch over whether it is still there. */
export class WebsocketConnection {
  readonly #parts: WebsocketParts
  readonly #websocket: WebSocket
  readonly #client: string
  readonly #outbox: Outbox
  readonly #subscriptions: Subscriptions
  #stopListening: (() => void) | null = null
  #callsUnderWay = 0
  #readTimer: Timer
  #pingTimer: Timer

  constructor(parts: WebsocketParts, websocket: WebSocket, socket: Duplex, client: string) {
    this.#parts = parts
    this.#websocket = websocket
    this.#client = client
    this.#outbox = new Outbox(websocket, socket)
    this.#subscriptions = new Subscriptions(client, parts.events.limits)
    this.#readTimer = this.#startReadTimer()
    this.#pingTimer = this.#startPingTimer()
    websocket.on('message', data => this.#receive(data))
    websocket.on('pong', () => this.#heard())
    websocket.on('ping', () => this.#heard())
    websocket.on('error', error => parts.logger.debug('websocket failed', { client, error: error.message }))
    websocket.on('close', () => this.#end())
  }

  #receive(data: RawData): void {
    this.#heard()
    let message: Message
    try {
      message = parseSingleMessage(data as Buffer)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.#reply(errorText(null, error.kind, error.message))
      return
    }
    const answer = this.#parts.dispatcher.answer(message, this.#contextOf(message))
    if (answer instanceof Promise) this.#replyLater(answer)
    else if (answer !== null) this.#reply(answer.text)
    this.#listenIfSubscribed()
  }

  #contextOf(message: Message) {
    const id = message.kind === 'request' ? message.id : ''
    return { client: this.#client, subscriber: { id, subscriptions: this.#subscriptions } }
  }

  /** Answers may overtake each other, as JSON-RPC allows; too many at once hold up the reading. */
  #replyLater(answer: Promise<Answer>): void {
    this.#callsUnderWay += 1
    this.#flow()
    answer.then(({ text }) => {
      this.#callsUnderWay -= 1
      this.#reply(text)
      this.#flow()
    })
  }

  #reply(text: string): void {
    if (this.#websocket.readyState !== this.#websocket.OPEN) return
    this.#outbox.send(text, () => this.#flow())
    this.#flow()
  }

  /** Reads from the client only while it takes its answers and waits for no more than it may. */
  #flow(): void {
    const isBusy = this.#callsUnderWay >= MAX_CALLS_UNDER_WAY || this.#outbox.shouldPause
    if (isBusy && !this.#websocket.isPaused) this.#websocket.pause()
    else if (!isBusy && this.#websocket.isPaused) this.#websocket.resume()
  }

  #listenIfSubscribed(): void {
    if (this.#subscriptions.size === 0) {
      this.#stopListening?.()
      this.#stopListening = null
    } else {
      this.#stopListening ??= this.#parts.events.listen(events => this.#deliver(events))
    }
  }

  /** What one event of the node brings goes out together. A client that is behind with earlier ones gets no more. */
  #deliver(events: readonly ClientEvent[]): void {
    const isBehind = this.#outbox.waiting > this.#parts.config.subscriptionBufferSize
    for (const event of events) {
      for (const subscription of this.#subscriptions.matching(event)) {
        if (isBehind || this.#outbox.isFull) {
          this.#notKeepingUp(subscription)
          continue
        }
        this.#sendEvent(subscription, event)
      }
    }
  }

  #sendEvent({ id, text }: Subscription, event: ClientEvent): void {
    const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"query":${JSON.stringify(text)},`
    this.#outbox.sendAround(head, event, '}}')
  }

  /** A gap nobody is told of would be worse than an end. */
  #notKeepingUp(subscription: Subscription): void {
    const { config, logger } = this.#parts
    logger.debug('websocket client does not keep up', { client: this.#client, query: subscription.text })
    if (!config.closeOnSlowClient) {
      this.#subscriptions.cancel(subscription)
      this.#outbox.send(errorText(subscription.id, 'server', TOO_MANY_WAIT))
      this.#listenIfSubscribed()
      return
    }
    this.#outbox.send(errorText(subscription.id, 'server', SLOW_CLIENT))
    this.#websocket.close(1008, 'slow client')
    // The client takes nothing, so the closing handshake may never end.
    this.#end()
    this.#parts.clock.setTimer(READ_WAIT_MS, () => this.#websocket.terminate())
  }

  #heard(): void {
    this.#readTimer.cancel()
    this.#readTimer = this.#startReadTimer()
  }

  #startReadTimer(): Timer {
    return this.#parts.clock.setTimer(READ_WAIT_MS, () => this.#websocket.terminate())
  }

  #startPingTimer(): Timer {
    return this.#parts.clock.setTimer(PING_PERIOD_MS, () => {
      if (this.#websocket.readyState === this.#websocket.OPEN) this.#websocket.ping()
      this.#pingTimer = this.#startPingTimer()
    })
  }

  #end(): void {
    this.#readTimer.cancel()
    this.#pingTimer.cancel()
    this.#stopListening?.()
    this.#stopListening = null
    this.#subscriptions.clear()
  }
}
