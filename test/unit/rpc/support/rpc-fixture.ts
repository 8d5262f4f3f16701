import { DEFAULT_RPC_CONFIG, type RpcConfig, RpcServer } from '../../../../src/rpc/index.ts'
import { type Clock, type Logger, silentLogger } from '../../../../src/util/index.ts'
import { FakeNodeView } from './fake-node-view.ts'

/** Time that moves only when told. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ at: number; action: () => void }>()
  /** Timers set so far. */
  timersSet = 0

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  setTimer(delayMs: number, action: () => void) {
    const timer = { at: this.#now + delayMs, action }
    this.#timers.add(timer)
    this.timersSet += 1
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Timers that have been set and neither fired nor cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  advance(ms: number): void {
    this.#now += ms
    const due = [...this.#timers].filter(timer => timer.at <= this.#now).sort((a, b) => a.at - b.at)
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.action()
    }
  }
}

export interface RpcFixture {
  readonly view: FakeNodeView
  readonly clock: ManualClock
  readonly server: RpcServer
  readonly url: string
  /** What the server logged as errors. */
  readonly errors: string[]
  stop(): Promise<void>
}

/** A server on a free port of the loopback interface over a fake node. */
export async function startRpc(
  config: Partial<RpcConfig> = {},
  view = new FakeNodeView()
): Promise<RpcFixture> {
  const clock = new ManualClock()
  const errors: string[] = []
  const logger: Logger = { ...silentLogger, error: message => void errors.push(message), child: () => logger }
  const server = new RpcServer({
    view,
    clock,
    logger,
    config: { ...DEFAULT_RPC_CONFIG, listenAddress: 'tcp://127.0.0.1:0', ...config }
  })
  await server.start()
  return { view, clock, server, url: server.url, errors, stop: () => server.stop() }
}

export interface HttpResult {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any
}

async function read(response: Response): Promise<HttpResult> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== ''
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null }
}

/** Posts a body as it is. */
export async function post(url: string, body: string | Uint8Array): Promise<HttpResult> {
  return read(await fetch(url, { method: 'POST', body }))
}

/** Calls a method; the answer as it came. */
export function call(url: string, method: string, params: unknown = {}): Promise<HttpResult> {
  return post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
}

export async function get(url: string): Promise<HttpResult> {
  return read(await fetch(url))
}
