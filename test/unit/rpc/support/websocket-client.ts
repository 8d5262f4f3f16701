import { WebSocket } from 'ws'

// biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
type Answer = any

/** A websocket client that hands out what comes in order. */
export class TestWebsocket {
  readonly socket: WebSocket
  readonly #came: Answer[] = []
  readonly #waiting: ((answer: Answer) => void)[] = []
  readonly closed: Promise<number>

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/websocket`, { headers })
    this.socket.on('message', data => this.#take(JSON.parse(String(data))))
    this.socket.on('error', () => {})
    this.closed = new Promise(resolve => this.socket.on('close', resolve))
  }

  static async open(url: string): Promise<TestWebsocket> {
    const client = new TestWebsocket(url)
    await new Promise((resolve, reject) => {
      client.socket.once('open', resolve)
      client.socket.once('error', reject)
    })
    return client
  }

  send(value: unknown): void {
    this.socket.send(typeof value === 'string' ? value : JSON.stringify(value))
  }

  request(id: unknown, method: string, params: unknown = {}): void {
    this.send({ jsonrpc: '2.0', id, method, params })
  }

  /** The next message, which may already be here. */
  next(): Promise<Answer> {
    const answer = this.#came.shift()
    if (answer !== undefined) return Promise.resolve(answer)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  async call(id: unknown, method: string, params: unknown = {}): Promise<Answer> {
    this.request(id, method, params)
    return this.next()
  }

  /** Messages that came and were not asked for yet. */
  get unread(): number {
    return this.#came.length
  }

  close(): Promise<number> {
    this.socket.close()
    return this.closed
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#came.push(answer)
    else waiting(answer)
  }
}
