/**
 * What one request costs the server: CPU of this process for `broadcast_tx_sync` of a 250-byte transaction over
 * keep-alive connections, the clients being another process. Compares the server as shipped (fastify), the same
 * JSON-RPC code behind a bare node:http server, batches, and calls over websockets.
 *
 *   npx tsx scripts/bench-rpc.ts [requests a run, default 20000]
 */
import { fork } from 'node:child_process'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { sha256Hex } from '../src/crypto/index.ts'
import { EventHub } from '../src/rpc/events/event-hub.ts'
import { DEFAULT_RPC_CONFIG, type NodeView, RpcServer } from '../src/rpc/index.ts'
import { Dispatcher } from '../src/rpc/jsonrpc/dispatcher.ts'
import { parseSingleMessage } from '../src/rpc/jsonrpc/request.ts'
import { methodTable } from '../src/rpc/methods/table.ts'
import { NodeHealth } from '../src/rpc/node-health.ts'
import { type Clock, silentLogger } from '../src/util/index.ts'

const CONNECTIONS = 16
const TX_BYTES = 250
const RUNS = 3
const SELF = fileURLToPath(import.meta.url)

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    return { cancel: () => clearTimeout(timer) }
  }
}

const checked = {
  code: 0,
  data: new Uint8Array(0),
  log: '',
  info: '',
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
  codespace: ''
}

/** A node that hashes each transaction, keeps it by hash and takes it: the least a pool has to do. */
function fakeView(): NodeView {
  const pool = new Map<string, Uint8Array>()
  return {
    events: { subscribe: () => () => {} },
    txPool: {
      async submit(tx: Uint8Array) {
        const hash = sha256Hex(tx)
        pool.set(hash, tx)
        if (pool.size > 5000) pool.clear()
        return { kind: 'taken', hash, checked: Promise.resolve(checked) }
      }
    }
  } as unknown as NodeView
}

interface Target {
  readonly name: string
  readonly url: string
  /** Calls in one request; 1 over a websocket. */
  readonly batch: number
  stop(): Promise<void>
}

const config = { ...DEFAULT_RPC_CONFIG, listenAddress: 'tcp://127.0.0.1:0' }

async function fastifyTarget(name: string, batch: number): Promise<Target> {
  const server = new RpcServer({ view: fakeView(), config, clock, logger: silentLogger })
  await server.start()
  return { name, url: server.url, batch, stop: () => server.stop() }
}

async function websocketTarget(): Promise<Target> {
  const target = await fastifyTarget('websocket call', 1)
  return { ...target, url: `${target.url.replace('http', 'ws')}/websocket` }
}

async function bareTarget(): Promise<Target> {
  const view = fakeView()
  const events = new EventHub(view.events, config, clock, silentLogger)
  const health = new NodeHealth(view, clock, config.maxBlockSilenceMs)
  const env = { view, config, health, events, clock, logger: silentLogger }
  const dispatcher = new Dispatcher(methodTable(config), env)
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', chunk => chunks.push(chunk))
    incoming.on('end', async () => {
      const message = parseSingleMessage(Buffer.concat(chunks))
      const answer = await dispatcher.answer(message, { client: 'bench' })
      const text = answer?.text ?? ''
      outgoing.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(text)
      })
      outgoing.end(text)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { name: 'node:http POST', url: `http://127.0.0.1:${port}`, batch: 1, stop }
}

/** Runs `requests` requests from another process and gives this process's CPU time and the wall time. */
async function measure(target: Target, requests: number): Promise<{ cpuUs: number; perSecond: number }> {
  const client = fork(SELF, ['--client', target.url, String(requests), String(target.batch)])
  await new Promise(resolve => client.once('message', resolve))
  const cpu = process.cpuUsage()
  const start = performance.now()
  client.send('go')
  await new Promise(resolve => client.once('message', resolve))
  const used = process.cpuUsage(cpu)
  const calls = requests * target.batch
  const seconds = (performance.now() - start) / 1000
  await new Promise(resolve => client.once('exit', resolve))
  return { cpuUs: (used.user + used.system) / calls, perSecond: calls / seconds }
}

/** Sends a request and waits for its answer. */
type Send = (body: Buffer) => Promise<void>

async function runClient(url: string, requests: number, batch: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const senders = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => (url.startsWith('ws') ? openSocket(url) : poster(url, agent)))
  )
  let sent = 0
  const worker = async (send: Send, limit: number) => {
    while (sent < limit) await send(bodyOf(sent++, batch))
  }
  const round = (limit: number) => Promise.all(senders.map(send => worker(send, limit)))
  await round(Math.ceil(requests / 4))
  sent = 0
  process.send!('ready')
  await new Promise(resolve => process.once('message', resolve))
  await round(requests)
  process.send!('done')
  process.disconnect()
  agent.destroy()
  process.exit()
}

function poster(url: string, agent: Agent): Send {
  return body =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { method: 'POST', agent, headers: { 'content-length': body.length } })
      outgoing.on('response', incoming => {
        incoming.on('end', resolve)
        incoming.resume()
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
}

async function openSocket(url: string): Promise<Send> {
  const socket = new WebSocket(url)
  let answered = (): void => {}
  socket.on('message', () => answered())
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return body =>
    new Promise(resolve => {
      answered = resolve
      socket.send(body, { binary: false })
    })
}

function bodyOf(sequence: number, batch: number): Buffer {
  const calls = Array.from({ length: batch }, (_, index) => {
    const tx = Buffer.alloc(TX_BYTES, 'x')
    tx.write(`${sequence}/${index}=`, 'latin1')
    return { jsonrpc: '2.0', id: index, method: 'broadcast_tx_sync', params: { tx: tx.toString('base64') } }
  })
  return Buffer.from(JSON.stringify(batch === 1 ? calls[0] : calls))
}

async function main(requests: number): Promise<void> {
  const makers = [
    () => fastifyTarget('fastify POST', 1),
    bareTarget,
    () => fastifyTarget('fastify POST, batch of 100', 100),
    websocketTarget
  ]
  for (const make of makers) {
    const target = await make()
    const results = []
    for (let run = 0; run < RUNS; run++) {
      results.push(await measure(target, Math.ceil(requests / target.batch)))
    }
    const best = results.reduce((a, b) => (a.cpuUs < b.cpuUs ? a : b))
    const worst = results.reduce((a, b) => (a.cpuUs > b.cpuUs ? a : b))
    console.log(
      `${target.name.padEnd(28)} ${best.cpuUs.toFixed(1)} to ${worst.cpuUs.toFixed(1)} us CPU a call, ` +
        `${Math.round(best.perSecond)} calls/s`
    )
    await target.stop()
  }
}

const [first, url, requests, batch] = process.argv.slice(2)
if (first === '--client') await runClient(url!, Number(requests), Number(batch))
else await main(Number(first ?? 20_000))
