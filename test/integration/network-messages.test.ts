import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Libp2pNetworkOptions, TOPICS } from '../../src/network/index.ts'
import { addressOf, freePorts } from '../contract/libp2p-bed.ts'
import { bytes } from '../contract/network-contract.ts'
import { addressOfNode, arePeers, startNode, stopLater, type TestNode, until } from './network-bed.ts'

/** Nodes in a row, each connected to the next one alone. */
async function startLine(
  count: number,
  optionsOf: (n: number) => Partial<Libp2pNetworkOptions>
): Promise<TestNode[]> {
  const nodes: TestNode[] = []
  for (let n = 0; n < count; n++) {
    const previous = nodes.at(-1)
    nodes.push(
      await startNode(n, {
        ...optionsOf(n),
        ...(previous ? { persistentPeers: [addressOfNode(previous)] } : {})
      })
    )
  }
  await until(() => nodes.every((node, n) => n === 0 || arePeers(nodes[n - 1]!, node)), 'a line')
  return nodes
}

describe('messages across nodes that are not all connected', () => {
  const ways: [string, (n: number) => Partial<Libp2pNetworkOptions>][] = [
    ['by gossip', () => ({})],
    ['by direct streams', () => ({ directTopics: TOPICS })],
    [
      'by direct streams at some nodes and gossip at others',
      n => (n % 2 === 0 ? { directTopics: TOPICS } : {})
    ]
  ]
  for (const [way, optionsOf] of ways) {
    it(`pass along a line of four, once to each, ${way}`, async () => {
      const nodes = await startLine(4, optionsOf)
      for (const topic of TOPICS) {
        nodes[0]!.network.publish(topic, bytes(`${topic} from the start`))
        nodes[3]!.network.publish(topic, bytes(`${topic} from the end`))
      }
      await until(
        () => nodes[3]!.received.length === 4 && nodes[0]!.received.length === 4,
        'messages at both ends'
      )
      await until(
        () => nodes[1]!.received.length === 8 && nodes[2]!.received.length === 8,
        'messages in the middle'
      )
      expect(new Set(nodes[3]!.received.map(message => message.from))).toEqual(new Set([nodes[2]!.id]))
    })
  }

  it('stop at a node that ignores or rejects them, and wait for one that has not judged', async () => {
    const nodes = await startLine(3, () => ({ directTopics: ['consensus'] }))
    nodes[1]!.verdict = ({ text }) =>
      text.startsWith('good') ? 'accept' : text.startsWith('bad') ? 'reject' : 'ignore'
    let judgeLater = () => {}
    const note = nodes[1]!.onMessage.bind(nodes[1]!)
    nodes[1]!.onMessage = (topic, data, from, judge) => {
      if (Buffer.from(data).toString() === 'good, later') judgeLater = () => judge('accept')
      else note(topic, data, from, judge)
    }
    for (const topic of ['consensus', 'evidence'] as const) {
      nodes[2]!.received.length = 0
      for (const text of ['good, later', 'bad', 'old', 'good']) nodes[0]!.network.publish(topic, bytes(text))
      await until(() => nodes[2]!.texts(topic).length === 1, 'the good message')
      expect(nodes[2]!.texts(topic)).toEqual(['good'])
      judgeLater()
      await until(() => nodes[2]!.texts(topic).length === 2, 'the one judged later')
    }
  })
})

describe('messages in a full mesh', () => {
  it('take direct streams where chosen: nothing of them goes by gossip', async () => {
    const ports = await freePorts(3)
    const persistentPeers = ports.map((port, n) => addressOf(n, port))
    const nodes = await Promise.all(
      ports.map((port, n) =>
        startNode(n, {
          listenAddresses: [`/ip4/127.0.0.1/tcp/${port}`],
          persistentPeers,
          directTopics: ['consensus']
        })
      )
    )
    await until(() => arePeers(...nodes), 'a full mesh')
    for (let i = 0; i < 200; i++) {
      expect(nodes[i % 3]!.network.publish('consensus', bytes(`vote ${i}`))).toBe(2)
    }
    await until(() => nodes.every(node => node.received.length >= 133), 'all votes')
    for (const [n, node] of nodes.entries()) {
      const expected = Array.from({ length: 200 }, (_, i) => i).filter(i => i % 3 !== n)
      expect(node.texts('consensus').sort()).toEqual(expected.map(i => `vote ${i}`).sort())
    }
  })

  it('that nobody judges are given up, and the next ones still come', async () => {
    const a = await startNode(0, { timing: { judgeTimeoutMs: 100, watchdogIntervalMs: 50 } })
    const b = await startNode(1, { persistentPeers: [addressOfNode(a)] })
    await until(() => arePeers(a, b), 'peers')
    a.verdict = () => null
    for (let i = 0; i < 20; i++) b.network.publish('txs', bytes(`tx ${i}`))
    await until(() => a.metrics.total('gossip_unjudged_total', { topic: 'txs' }) === 20, 'all given up')
    expect(a.metrics.total('gossip_verdicts_total', { verdict: 'ignore' })).toBe(20)
    b.network.publish('txs', bytes('next'))
    await until(() => a.texts('txs').includes('next'), 'the next one')
  })

  it('count by topic, verdict and bytes', async () => {
    const a = await startNode(0)
    const b = await startNode(1, { persistentPeers: [addressOfNode(a)] })
    await until(() => arePeers(a, b), 'peers')
    b.network.publish('evidence', bytes('12345678'))
    await until(() => a.received.length === 1, 'the message')
    // Bytes are added up and told with the next look at the peers.
    const received = () => a.metrics.total('message_receive_bytes_total', { message_type: 'evidence' })
    const sent = () => b.metrics.total('message_send_bytes_total', { message_type: 'evidence' })
    await until(() => received() > 0 && sent() > 0, 'the counts')
    expect([received(), sent()]).toEqual([9, 9])
    expect(a.metrics.total('gossip_verdicts_total', { topic: 'evidence', verdict: 'accept' })).toBe(1)
  })
})

describe('a node in another process', () => {
  const startChild = async (port: number, peer: string): Promise<ChildProcess> => {
    const child = fork(fileURLToPath(new URL('network-child.ts', import.meta.url)), [String(port), peer], {
      execArgv: ['--import', 'tsx']
    })
    stopLater(async () => child.kill('SIGKILL'))
    await once(child, 'message')
    return child
  }

  const heard = (node: TestNode, child: ChildProcess) =>
    node.texts('consensus').includes(`hello from ${child.pid}`)

  it('that stops reading is cut off when too much waits for it, by gossip or directly', async () => {
    for (const directTopics of [[], ['parts']] as const) {
      const [port] = await freePorts(1)
      const node = await startNode(0, {
        persistentPeers: [addressOf(1, port!)],
        maxSendBufferBytes: 2 * 1024 * 1024,
        directTopics
      })
      const child = await startChild(port!, addressOfNode(node))
      await until(() => heard(node, child), 'a message of the child')
      child.kill('SIGSTOP')
      const part = new Uint8Array(60_000)
      let sent = 0
      await until(() => {
        part[0] = ++sent
        part[1] = sent >> 8
        node.network.publish('parts', part)
        return node.metrics.total('peers_dropped_total', { reason: 'send_buffer' }) > 0
      }, 'the stopped peer cut off')
      child.kill('SIGKILL')
      expect(node.disconnected).toHaveLength(1)
      await node.network.stop()
    }
  })

  it('that is killed is noticed at once, found again when it is back, and heard', async () => {
    const [port] = await freePorts(1)
    const node = await startNode(0, { persistentPeers: [addressOf(1, port!)] })
    const first = await startChild(port!, addressOfNode(node))
    await until(() => heard(node, first), 'a message of the child')
    first.kill('SIGKILL')
    await until(() => node.disconnected.length === 1, 'the loss noticed', 3_000)
    const again = await startChild(port!, addressOfNode(node))
    await until(() => heard(node, again), 'a message of the child that is back')
    expect(node.openConnections()).toBe(1)
  })
})
