import { setTimeout } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { errorMessage } from '../../src/util/index.ts'
import { percentile } from './numbers.ts'
import { LoadError, RawHttp } from './raw-http.ts'
import type { RpcMessage, RpcPlan, RpcResult } from './rpc-plan.ts'

const STATUS = '{"jsonrpc":"2.0","id":1,"method":"status","params":{}}'

/** Asks a node for its status at a steady rate, and listens to its events on many subscriptions. */
class RpcClient {
  readonly #plan: RpcPlan
  #latencies: number[] = []
  #errors = 0
  #events = 0
  #asked = 0
  #isAsking = true

  constructor(plan: RpcPlan) {
    this.#plan = plan
  }

  async run(tell: (message: RpcMessage) => void): Promise<RpcResult> {
    const { url, connections, sockets, queries, warmUpSeconds, seconds } = this.#plan
    const listening = await Promise.all(Array.from({ length: sockets }, () => this.#listen()))
    const asking = await Promise.all(Array.from({ length: connections }, () => RawHttp.open(url)))
    const startedAt = performance.now()
    const work = asking.map(connection => this.#ask(connection, startedAt))
    await Promise.race([setTimeout(warmUpSeconds * 1000), ...work])
    tell({ kind: 'measuring' })
    const from = performance.now()
    const cpuBefore = process.cpuUsage()
    this.#latencies = []
    this.#errors = 0
    this.#events = 0
    await Promise.race([setTimeout(seconds * 1000), ...work])
    const elapsed = (performance.now() - from) / 1000
    const { user, system } = process.cpuUsage(cpuBefore)
    const [events, errors] = [this.#events, this.#errors]
    tell({ kind: 'measured' })
    this.#isAsking = false
    await Promise.all(work)
    for (const connection of asking) connection.close()
    for (const socket of listening) socket.terminate()
    const latencies = this.#latencies.sort((a, b) => a - b)
    return {
      seconds: elapsed,
      requests: latencies.length,
      errors,
      latencyMs: {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        max: percentile(latencies, 1)
      },
      subscriptions: sockets * queries.length,
      events,
      clientCpuMs: (user + system) / 1000
    }
  }

  async #ask(connection: RawHttp, startedAt: number): Promise<void> {
    const { requestsPerSecond } = this.#plan
    while (this.#isAsking) {
      const due = ((performance.now() - startedAt) / 1000) * requestsPerSecond
      if (this.#asked >= due) {
        await setTimeout(1)
        continue
      }
      this.#asked += 1
      const sentAt = performance.now()
      const answer = await connection.post(STATUS)
      this.#latencies.push(performance.now() - sentAt)
      if (!answer.includes('"latest_block_height"')) this.#errors += 1
    }
  }

  /** Events are counted, not read: the client shares the machine with the validators. */
  async #listen(): Promise<WebSocket> {
    const { url, queries } = this.#plan
    const socket = new WebSocket(`${url.replace('http', 'ws')}/websocket`, { perMessageDeflate: false })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    let [confirmed, seen] = [0, 0]
    const ready = new Promise<void>((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        if (confirmed === queries.length) {
          this.#events += 1
          return
        }
        const text = data.toString()
        if (text.includes('"error"')) reject(new LoadError('BAD_ANSWER', text))
        else if (text.endsWith('"result":{}}')) confirmed += 1
        else seen += 1
        if (confirmed === queries.length) resolve()
      })
    })
    for (const [id, query] of queries.entries()) {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'subscribe', params: { query } }))
    }
    await ready
    this.#events += seen
    return socket
  }
}

process.once('message', (plan: RpcPlan) => {
  const tell = (message: RpcMessage): void => void process.send!(message)
  new RpcClient(plan)
    .run(tell)
    .then(result => tell({ kind: 'result', result }))
    .catch((error: unknown) => tell({ kind: 'failed', reason: errorMessage(error) }))
    .finally(() => process.disconnect())
})
