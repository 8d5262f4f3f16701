/**
 * What the network costs: CPU of four processes in a full mesh per message, by topic, size and way of travelling, and
 * of two of them per request. Run with `npx tsx scripts/bench-network.ts [quick]` on an otherwise idle machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createLibp2pNetwork, type Network, peerIdFromSeed, type Topic } from '../src/network/index.ts'
import { noMetrics, silentLogger } from '../src/util/index.ts'
import { claimRange } from './cluster/ports.ts'

const NODES = 4
const WINDOW = 32

interface Setup {
  readonly ports: readonly number[]
  readonly index: number
  readonly direct: boolean
}
type Command =
  | {
      readonly kind: 'publish'
      readonly topic: Topic
      readonly bytes: number
      readonly count: number
      readonly everyMs: number
    }
  | { readonly kind: 'request'; readonly bytes: number; readonly count: number; readonly inParallel: number }
interface Report {
  readonly kind: 'ready' | 'finished' | 'measured'
  readonly cpuMs: number
  readonly latenciesMs: readonly number[]
}

const seedOf = (index: number) => new Uint8Array(32).fill(index + 101)

if (process.send === undefined) await runParent(process.argv.includes('quick') ? 0.25 : 1)
else runChild()

function runChild(): void {
  process.once('message', (setup: Setup) => {
    const network = createLibp2pNetwork(
      {
        privateKeySeed: seedOf(setup.index),
        genesisHash: '0'.repeat(64),
        listenAddresses: [`/ip4/127.0.0.1/tcp/${setup.ports[setup.index]}`],
        moniker: 'bench',
        persistentPeers: setup.ports.map(
          (port, i) => `/ip4/127.0.0.1/tcp/${port}/p2p/${peerIdFromSeed(seedOf(i))}`
        ),
        directTopics: setup.direct ? ['consensus', 'parts', 'evidence', 'txs'] : []
      },
      { logger: silentLogger, metrics: noMetrics }
    )
    void serveBench(network)
  })
}

async function serveBench(network: Network): Promise<void> {
  let received = 0
  let latenciesMs: number[] = []
  let answerBytes = 0
  let onReceived = () => {}
  await network.start({
    onMessage(_topic, data, _from, judge) {
      judge('accept')
      received++
      latenciesMs.push(
        performance.timeOrigin + performance.now() - new DataView(data.buffer, data.byteOffset).getFloat64(0)
      )
      onReceived()
    },
    onRequest: async () => new Uint8Array(answerBytes),
    onPeerConnected() {},
    onPeerDisconnected() {}
  })
  while (network.peers().filter(peer => peer.topics.length === 4).length < NODES - 1) await sleep(20)
  await sleep(1_500)
  report('ready', 0, [])

  for (;;) {
    const [command] = (await once(process, 'message')) as [Command]
    received = 0
    latenciesMs = []
    if (command.kind === 'request') answerBytes = command.bytes
    await once(process, 'message')
    const cpu = process.cpuUsage()
    if (command.kind === 'request') await requestAll(network, command)
    else
      await publishAll(
        network,
        command,
        () => received,
        wake => (onReceived = wake)
      )
    report('finished', 0, [])
    await once(process, 'message')
    const used = process.cpuUsage(cpu)
    report('measured', (used.user + used.system) / 1_000, latenciesMs)
  }
}

/** Publishes in a closed loop (or at a fixed pace) and waits until the messages of all others are here. */
async function publishAll(
  network: Network,
  { topic, bytes, count, everyMs }: Extract<Command, { kind: 'publish' }>,
  received: () => number,
  onReceived: (wake: () => void) => void
): Promise<void> {
  const others = NODES - 1
  const until = (condition: () => boolean) =>
    new Promise<void>(resolve => {
      const check = () => condition() && resolve()
      onReceived(check)
      check()
    })
  for (let i = 0; i < count; i++) {
    if (everyMs > 0) await sleep(everyMs)
    else await until(() => received() >= others * (i - WINDOW))
    const data = new Uint8Array(bytes)
    new DataView(data.buffer).setFloat64(0, performance.timeOrigin + performance.now())
    new DataView(data.buffer).setUint32(8, i)
    new DataView(data.buffer).setUint32(12, process.pid)
    network.publish(topic, data)
    if (everyMs === 0 && i % 4 === 3) await new Promise(setImmediate)
  }
  await until(() => received() >= others * count)
}

async function requestAll(
  network: Network,
  { count, inParallel }: Extract<Command, { kind: 'request' }>
): Promise<void> {
  const peer = peerIdFromSeed(seedOf(1))
  if (network.self.id !== peerIdFromSeed(seedOf(0))) return
  let left = count
  await Promise.all(
    Array.from({ length: inParallel }, async () => {
      while (left-- > 0) await network.request(peer, 'catchup', new Uint8Array(100), 5_000)
    })
  )
}

async function runParent(scale: number): Promise<void> {
  for (const direct of [false, true]) {
    const first = await claimRange(NODES)
    const ports = Array.from({ length: NODES }, (_, index) => first + index)
    const children = ports.map((_, index) => {
      const child = fork(fileURLToPath(import.meta.url), [], { execArgv: ['--import', 'tsx'] })
      child.send({ ports, index, direct } satisfies Setup)
      return child
    })
    await Promise.all(children.map(nextReport))
    console.log(
      `\n${direct ? 'direct streams' : 'gossipsub'}: topic, bytes, mode: CPU us per delivery / per publish, deliveries/s, p50 ms, p99 ms`
    )
    for (const topic of direct ? (['consensus'] as const) : (['consensus', 'parts'] as const)) {
      for (const [bytes, count] of [
        [200, 3_000],
        [16_384, 800],
        [65_536, 300]
      ] as const) {
        await run(children, { kind: 'publish', topic, bytes, count: Math.ceil(count / 4), everyMs: 0 })
        await measure(
          children,
          { kind: 'publish', topic, bytes, count: Math.ceil(count * scale), everyMs: 0 },
          'flood'
        )
        await measure(
          children,
          { kind: 'publish', topic, bytes, count: Math.ceil(100 * scale), everyMs: 100 },
          '10/s each'
        )
      }
    }
    if (!direct) await measureRequests(children, scale)
    for (const child of children) child.disconnect()
    for (const child of children) child.kill()
  }
}

async function measure(
  children: readonly ChildProcess[],
  command: Extract<Command, { kind: 'publish' }>,
  mode: string
): Promise<void> {
  const { seconds, reports } = await run(children, command)
  const cpuUs = reports.reduce((sum, report) => sum + report.cpuMs, 0) * 1_000
  const publishes = NODES * command.count
  const deliveries = publishes * (NODES - 1)
  const latencies = reports.flatMap(report => report.latenciesMs).sort((a, b) => a - b)
  const quantile = (q: number) => latencies[Math.floor(q * (latencies.length - 1))]!.toFixed(1)
  console.log(
    `${command.topic.padEnd(10)}${String(command.bytes).padStart(6)} ${mode.padEnd(10)}${(cpuUs / deliveries).toFixed(0).padStart(7)} / ${(cpuUs / publishes).toFixed(0).padStart(6)}${(deliveries / seconds).toFixed(0).padStart(8)}${quantile(0.5).padStart(8)}${quantile(0.99).padStart(8)}`
  )
}

async function measureRequests(children: readonly ChildProcess[], scale: number): Promise<void> {
  for (const [bytes, count, inParallel] of [
    [200, 4_000, 1],
    [200, 4_000, 2],
    [65_536, 2_000, 2],
    [1 << 20, 100, 2]
  ] as const) {
    const command: Command = { kind: 'request', bytes, count: Math.ceil(count * scale), inParallel }
    const { seconds, reports } = await run(children, command)
    const cpuUs = (report: Report) => ((report.cpuMs * 1_000) / command.count).toFixed(0)
    console.log(
      `request, answer of ${bytes} bytes, ${inParallel} at a time: CPU us ${cpuUs(reports[0]!)} asking + ${cpuUs(reports[1]!)} answering, ${(command.count / seconds).toFixed(0)}/s`
    )
  }
}

async function run(
  children: readonly ChildProcess[],
  command: Command
): Promise<{ seconds: number; reports: Report[] }> {
  for (const child of children) child.send(command)
  await sleep(100)
  const finished = Promise.all(children.map(nextReport))
  const start = performance.now()
  for (const child of children) child.send('go')
  await finished
  const seconds = (performance.now() - start) / 1_000
  const reports = Promise.all(children.map(nextReport))
  for (const child of children) child.send('stop')
  return { seconds, reports: await reports }
}

async function nextReport(child: ChildProcess): Promise<Report> {
  const [message] = await once(child, 'message')
  return message as Report
}

function report(kind: Report['kind'], cpuMs: number, latenciesMs: readonly number[]): void {
  process.send!({ kind, cpuMs, latenciesMs } satisfies Report)
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
