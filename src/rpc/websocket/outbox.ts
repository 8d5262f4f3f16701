import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Larger messages go out in pieces, so that what many clients get is held once. */
const LARGE_BYTES = 65_536
/** A client with more than this waiting for it is sent no more events. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** A client with more than this waiting for it is not read from. */
const PAUSE_BYTES = 1024 * 1024

/** What goes out on one websocket: writes of one turn leave together, and what waits is counted. */
export class Outbox {
  readonly #websocket: WebSocket
  readonly #socket: Duplex
  #corked = false
  #waiting = 0

  constructor(websocket: WebSocket, socket: Duplex) {
    this.#websocket = websocket
    this.#socket = socket
  }

  /** Messages not yet handed to the kernel. */
  get waiting(): number {
    return this.#waiting
  }

  get isFull(): boolean {
    return this.#websocket.bufferedAmount > MAX_WAITING_BYTES
  }

  get shouldPause(): boolean {
    return this.#websocket.bufferedAmount > PAUSE_BYTES
  }

  /** Sends a text; `onSent` is called once it has left, or cannot. */
  send(text: string, onSent?: () => void): void {
    this.#cork()
    this.#websocket.send(text, this.#countWaiting(onSent))
  }

  /** Sends `head`, `body` and `tail` as one text, of which a large body is not copied. */
  sendAround(head: string, body: { readonly text: string; readonly bytes: Buffer }, tail: string): void {
    if (body.text.length < LARGE_BYTES) {
      this.send(`${head}${body.text}${tail}`)
      return
    }
    this.#cork()
    this.#websocket.send(head, { fin: false, binary: false })
    this.#websocket.send(body.bytes, { fin: false, binary: false })
    this.#websocket.send(tail, { fin: true, binary: false }, this.#countWaiting())
  }

  #countWaiting(onSent?: () => void): () => void {
    this.#waiting += 1
    return () => {
      this.#waiting -= 1
      onSent?.()
    }
  }

  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    setImmediate(() => {
      this.#corked = false
      this.#socket.uncork()
    })
  }
}
