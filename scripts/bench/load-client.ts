import { setTimeout } from 'node:timers/promises'
import { errorMessage } from '../../src/util/index.ts'
import { type BlockSummary, NodeRpc } from '../cluster/node-rpc.ts'
import { waitFor } from '../cluster/wait.ts'
import type { LoadMessage, LoadPlan, LoadResult } from './load-plan.ts'
import { percentile } from './numbers.ts'
import { RawHttp } from './raw-http.ts'

const OBSERVE_MS = 15
const BACK_OFF_MS = 10
const DRAIN_MS = 30_000
/** Digits of a transaction's number in its key. */
const NUMBER_DIGITS = 8
const ACCEPTED = '"code":0'

interface SeenBlock extends BlockSummary {
  readonly seenAtMs: number
}

/** Sends transactions as a client of its own process would, and finds them again in the blocks of another node. */
class LoadClient {
  readonly #plan: LoadPlan
  readonly #observer: NodeRpc
  readonly #padding: string
  readonly #sentAtMs: number[] = []
  readonly #blocks: SeenBlock[] = []
  #accepted = 0
  #refused = 0
  #committed = 0
  #nextHeight = 0
  #isSending = true
  #isObserving = true

  constructor(plan: LoadPlan) {
    this.#plan = plan
    this.#observer = new NodeRpc(plan.observerUrl)
    this.#padding = 'x'.repeat(Math.max(0, plan.txBytes - plan.label.length - NUMBER_DIGITS - 1))
  }

  async run(tell: (message: LoadMessage) => void): Promise<LoadResult> {
    const { urls, connectionsPerNode, warmUpSeconds, seconds } = this.#plan
    this.#nextHeight = (await this.#observer.status()).height + 1
    const connections = await Promise.all(
      Array.from({ length: connectionsPerNode * urls.length }, (_, index) =>
        RawHttp.open(urls[index % urls.length]!)
      )
    )
    const startedAt = performance.now()
    const observing = this.#observe()
    const sending = connections.map(connection => this.#send(connection, startedAt))
    await Promise.race([setTimeout(warmUpSeconds * 1000), ...sending])
    tell({ kind: 'measuring' })
    const from = performance.now()
    const cpuBefore = process.cpuUsage()
    await Promise.race([setTimeout(seconds * 1000), ...sending])
    const to = performance.now()
    const cpu = process.cpuUsage(cpuBefore)
    tell({ kind: 'measured' })
    this.#isSending = false
    await Promise.all(sending)
    await waitFor('the last transactions', DRAIN_MS, () => this.#committed >= this.#accepted).catch(() => {})
    this.#isObserving = false
    await observing
    for (const connection of connections) connection.close()
    return { ...(await this.#count(from, to)), clientCpuMs: (cpu.user + cpu.system) / 1000 }
  }

  /** One connection: the next request leaves when the answer to the last is in and the window has room. */
  async #send(connection: RawHttp, startedAt: number): Promise<void> {
    const { batch, window, txPerSecond } = this.#plan
    while (this.#isSending) {
      const due = txPerSecond === null ? Infinity : ((performance.now() - startedAt) / 1000) * txPerSecond
      const underWay = this.#sentAtMs.length - this.#refused - this.#committed
      if (this.#sentAtMs.length >= due || underWay + batch > window) {
        await setTimeout(1)
        continue
      }
      const answer = await connection.post(batch === 1 ? this.#request() : this.#batch(batch))
      const accepted = answer.split(ACCEPTED).length - 1
      this.#accepted += accepted
      this.#refused += batch - accepted
      if (accepted < batch) await setTimeout(BACK_OFF_MS)
    }
  }

  #batch(size: number): string {
    return `[${Array.from({ length: size }, () => this.#request()).join(',')}]`
  }

  #request(): string {
    const id = this.#sentAtMs.push(performance.now()) - 1
    const key = `${this.#plan.label}${String(id).padStart(NUMBER_DIGITS, '0')}`
    const tx = Buffer.from(`${key}=${this.#padding}`, 'latin1').toString('base64')
    return `{"jsonrpc":"2.0","id":${id},"method":"broadcast_tx_sync","params":{"tx":"${tx}"}}`
  }

  /** Notes when each block becomes visible at the observer. */
  async #observe(): Promise<void> {
    while (this.#isObserving) {
      const { height } = await this.#observer.status()
      if (height >= this.#nextHeight) {
        const seenAtMs = performance.now()
        for (const block of await this.#observer.blocks(this.#nextHeight, height)) {
          this.#blocks.push({ ...block, seenAtMs })
          this.#committed += block.txs
        }
        this.#nextHeight = height + 1
      }
      await setTimeout(OBSERVE_MS)
    }
  }

  /** Looks into every block: what counts is what is there, not what was answered. */
  async #count(from: number, to: number): Promise<Omit<LoadResult, 'clientCpuMs'>> {
    const found = new Set<number>()
    const latencies: number[] = []
    let [blocks, repeated] = [0, 0]
    for (const { height, seenAtMs, txs } of this.#blocks) {
      const isMeasured = seenAtMs > from && seenAtMs <= to
      if (isMeasured) blocks++
      if (txs === 0) continue
      for (const tx of await this.#observer.txs(height)) {
        const id = this.#numberOf(tx)
        if (id === null) continue
        if (found.has(id)) repeated++
        found.add(id)
        if (isMeasured) latencies.push(seenAtMs - this.#sentAtMs[id]!)
      }
    }
    latencies.sort((a, b) => a - b)
    return {
      seconds: (to - from) / 1000,
      blocks,
      txs: latencies.length,
      latencyMs: {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        max: percentile(latencies, 1)
      },
      sent: this.#sentAtMs.length,
      accepted: this.#accepted,
      refused: this.#refused,
      missing: this.#accepted - found.size,
      repeated
    }
  }

  /** Null for a transaction that is not of this run. */
  #numberOf(tx: Uint8Array): number | null {
    const { label, txBytes } = this.#plan
    const key = Buffer.from(tx.buffer, tx.byteOffset, label.length + NUMBER_DIGITS).toString('latin1')
    if (tx.length !== txBytes || !key.startsWith(label)) return null
    const id = Number(key.slice(label.length))
    return this.#sentAtMs[id] === undefined ? null : id
  }
}

process.once('message', (plan: LoadPlan) => {
  const tell = (message: LoadMessage): void => void process.send!(message)
  new LoadClient(plan)
    .run(tell)
    .then(result => tell({ kind: 'result', result }))
    .catch((error: unknown) => tell({ kind: 'failed', reason: errorMessage(error) }))
    .finally(() => process.disconnect())
})
