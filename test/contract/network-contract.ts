import { afterEach, describe, expect, it } from 'vitest'
import {
  type Network,
  NetworkError,
  type NetworkHandlers,
  type PeerId,
  type PeerInfo,
  type Protocol,
  type Topic,
  type Verdict
} from '../../src/network/index.ts'

/** What an implementation brings to be run through the contract. */
export interface NetworkBed {
  /** Networks of one chain, not started; once all run, each is to be connected to each of the others. */
  create(count: number): Promise<Network[]>
  /** Lets time pass until the condition holds; throws with `what` when it does not within some seconds. */
  until(condition: () => boolean, what: string): Promise<void>
  /** Frees whatever `create` took; every network is stopped by then. */
  dispose?(): Promise<void>
}

export interface Received {
  readonly topic: Topic
  readonly text: string
  readonly from: PeerId
}

/** A node that notes what reaches it and judges by a rule that tests may replace. */
export class ContractNode implements NetworkHandlers {
  readonly network: Network
  readonly received: Received[] = []
  readonly connected: PeerInfo[] = []
  readonly disconnected: PeerId[] = []
  readonly requests: { protocol: Protocol; text: string; from: PeerId }[] = []
  verdict: (message: Received) => Verdict | null = () => 'accept'
  answer: (protocol: Protocol, data: Uint8Array, from: PeerId) => Promise<Uint8Array | null> = async () =>
    null

  constructor(network: Network) {
    this.network = network
  }

  get id(): PeerId {
    return this.network.self.id
  }

  start(): Promise<void> {
    return this.network.start(this)
  }

  texts(topic: Topic): string[] {
    return this.received.filter(message => message.topic === topic).map(message => message.text)
  }

  onMessage(topic: Topic, data: Uint8Array, from: PeerId, judge: (verdict: Verdict) => void): void {
    const message = { topic, text: text(data), from }
    this.received.push(message)
    const verdict = this.verdict(message)
    if (verdict !== null) judge(verdict)
  }

  onRequest(protocol: Protocol, data: Uint8Array, from: PeerId): Promise<Uint8Array | null> {
    this.requests.push({ protocol, text: text(data), from })
    return this.answer(protocol, data, from)
  }

  onPeerConnected(peer: PeerInfo): void {
    this.connected.push(peer)
  }

  onPeerDisconnected(peer: PeerId): void {
    this.disconnected.push(peer)
  }
}

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1')
const echo = async (_protocol: Protocol, data: Uint8Array) => data

/** What every Network must do, whatever carries its bytes. */
export function describeNetworkContract(name: string, makeBed: () => NetworkBed): void {
  describe(`network contract: ${name}`, () => {
    let bed: NetworkBed
    let nodes: ContractNode[] = []

    const startAll = async (count: number): Promise<ContractNode[]> => {
      bed = makeBed()
      nodes = (await bed.create(count)).map(network => new ContractNode(network))
      await Promise.all(nodes.map(node => node.start()))
      const others = nodes.length - 1
      await bed.until(
        () => nodes.every(node => node.network.peers().filter(isSubscribed).length === others),
        'every node connected and subscribed to every other'
      )
      return nodes
    }

    afterEach(async () => {
      await Promise.all(nodes.map(node => node.network.stop()))
      await bed.dispose?.()
      nodes = []
    })

    it('brings a published message to every other node, never back to the publisher', async () => {
      const [a, ...others] = await startAll(4)
      expect(a!.network.publish('consensus', bytes('vote 1'))).toBe(3)
      await bed.until(
        () => others.every(node => node.texts('consensus').includes('vote 1')),
        'vote 1 everywhere'
      )
      expect(a!.received).toEqual([])
    })

    it('keeps topics apart', async () => {
      const [a, b] = await startAll(2)
      a!.network.publish('txs', bytes('a transaction'))
      a!.network.publish('consensus', bytes('a vote'))
      a!.network.publish('parts', bytes('a part'))
      a!.network.publish('evidence', bytes('evidence'))
      await bed.until(() => b!.received.length === 4, 'four messages')
      expect(Object.fromEntries(b!.received.map(message => [message.topic, message.text]))).toEqual({
        txs: 'a transaction',
        consensus: 'a vote',
        parts: 'a part',
        evidence: 'evidence'
      })
      expect(b!.received.every(message => message.from === a!.id)).toBe(true)
    })

    it('brings a message that is published again to every other node again', async () => {
      const [a, b] = await startAll(2)
      a!.network.publish('consensus', bytes('my vote'))
      await bed.until(() => b!.texts('consensus').length === 1, 'the vote')
      expect(a!.network.publish('consensus', bytes('my vote'))).toBe(1)
      await bed.until(() => b!.texts('consensus').length === 2, 'the vote again')
    })

    it('hands over one copy of a message at a time and takes one verdict', async () => {
      const [a, b] = await startAll(2)
      const judges: ((verdict: Verdict) => void)[] = []
      b!.onMessage = (_topic, _data, _from, judge) => {
        judges.push(judge)
      }
      a!.network.publish('txs', bytes('x'))
      await bed.until(() => judges.length === 1, 'the message')
      judges[0]!('accept')
      judges[0]!('reject')
      a!.network.publish('txs', bytes('y'))
      await bed.until(() => judges.length === 2, 'the next message, unjudged ones or not')
      expect(b!.network.peers()).toHaveLength(1)
    })

    it('delivers an empty message and a large one unchanged', async () => {
      const [a, b] = await startAll(2)
      const large = Buffer.alloc(64 * 1024, 'block part ').toString('latin1')
      a!.network.publish('parts', bytes(''))
      a!.network.publish('parts', bytes(large))
      await bed.until(() => b!.received.length === 2, 'both')
      expect(b!.texts('parts').sort((x, y) => x.length - y.length)).toEqual(['', large])
    })

    it('answers a request, and several at once each with its own answer', async () => {
      const [a, b] = await startAll(2)
      b!.answer = echo
      const questions = Array.from({ length: 10 }, (_, i) => `question ${i}`)
      const answers = await Promise.all(
        questions.map(text => a!.network.request(b!.id, 'catchup', bytes(text), 5_000))
      )
      expect(answers.map(text)).toEqual(questions)
      expect(b!.requests.every(request => request.from === a!.id && request.protocol === 'catchup')).toBe(
        true
      )
    })

    it('lets both sides ask, on every protocol, with empty and with large answers', async () => {
      const [a, b] = await startAll(2)
      a!.answer = async () => new Uint8Array(0)
      b!.answer = async (protocol, data) => bytes(`${protocol}:${data.length}:${'z'.repeat(500_000)}`)
      for (const protocol of ['catchup', 'sync', 'status'] as const) {
        const answer = await a!.network.request(b!.id, protocol, bytes('12345'), 5_000)
        expect(text(answer)).toBe(`${protocol}:5:${'z'.repeat(500_000)}`)
      }
      expect(await b!.network.request(a!.id, 'status', bytes(''), 5_000)).toHaveLength(0)
    })

    it('says REFUSED when the handler answers null or fails, and goes on', async () => {
      const [a, b] = await startAll(2)
      b!.answer = async () => null
      await expectCode(a!.network.request(b!.id, 'sync', bytes('?'), 5_000), 'REFUSED')
      b!.answer = async () => {
        throw new NetworkError('STOPPED', 'the handler broke')
      }
      await expectCode(a!.network.request(b!.id, 'sync', bytes('?'), 5_000), 'REFUSED')
      b!.answer = echo
      expect(text(await a!.network.request(b!.id, 'sync', bytes('!'), 5_000))).toBe('!')
    })

    it('says TIMEOUT when no answer comes in time, and a later request works', async () => {
      const [a, b] = await startAll(2)
      let release = () => {}
      b!.answer = () => new Promise(resolve => (release = () => resolve(bytes('late'))))
      const request = a!.network.request(b!.id, 'catchup', bytes('?'), 150)
      await expectCode(withTime(bed, request), 'TIMEOUT')
      release()
      b!.answer = echo
      expect(text(await withTime(bed, a!.network.request(b!.id, 'catchup', bytes('!'), 5_000)))).toBe('!')
    })

    it('says PEER_GONE for a peer that is not connected or leaves before it answers', async () => {
      const [a, b] = await startAll(2)
      b!.answer = () => new Promise(() => {})
      const request = a!.network.request(b!.id, 'catchup', bytes('?'), 10_000)
      const failed = expectCode(withTime(bed, request), 'PEER_GONE')
      await bed.until(() => b!.requests.length === 1, 'the request at the other side')
      await b!.network.stop()
      await failed
      await bed.until(() => a!.network.peers().length === 0, 'the peer gone')
      await expectCode(a!.network.request(b!.id, 'catchup', bytes('?'), 1_000), 'PEER_GONE')
    })

    it('says TOO_LARGE for a request over the limit without sending it', async () => {
      const [a, b] = await startAll(2)
      b!.answer = echo
      await expectCode(a!.network.request(b!.id, 'sync', new Uint8Array(8 * 1024 * 1024), 5_000), 'TOO_LARGE')
      expect(b!.requests).toEqual([])
    })

    it('publishes nothing over the size limit and does not throw', async () => {
      const [a, b] = await startAll(2)
      expect(a!.network.publish('consensus', new Uint8Array(8 * 1024 * 1024))).toBe(0)
      a!.network.publish('consensus', bytes('small'))
      await bed.until(() => b!.received.length === 1, 'the small one')
      expect(b!.texts('consensus')).toEqual(['small'])
    })

    it('tells of connections and disconnections once each', async () => {
      const [a, b, c] = await startAll(3)
      expect(a!.connected.map(peer => peer.id).sort()).toEqual([b!.id, c!.id].sort())
      expect(a!.connected.every(peer => peer.nodeId.length === 40)).toBe(true)
      await b!.network.stop()
      await bed.until(() => a!.disconnected.length === 1 && c!.disconnected.length === 1, 'the disconnection')
      expect([...a!.disconnected, ...c!.disconnected]).toEqual([b!.id, b!.id])
      expect(a!.network.peers().map(peer => peer.id)).toEqual([c!.id])
    })

    it('disconnects a peer that sends message after message that is rejected', async () => {
      const [a, b, c] = await startAll(3)
      const isBad = (message: Received) => message.text.startsWith('bad')
      b!.verdict = message => (isBad(message) ? 'reject' : 'accept')
      c!.verdict = message => (isBad(message) ? 'ignore' : 'accept')
      for (let i = 0; i < 40; i++) a!.network.publish('txs', bytes(`bad ${i}`))
      await bed.until(() => b!.disconnected.includes(a!.id), 'the misbehaving peer gone')
      expect(b!.disconnected).not.toContain(c!.id)
      expect(c!.disconnected).not.toContain(a!.id)
    })

    it('disconnects a peer that is reported again and again, and survives reports on strangers', async () => {
      const [a, b] = await startAll(2)
      b!.network.report('nobody we know', 'test')
      for (let i = 0; i < 40; i++) b!.network.report(a!.id, 'bad answer')
      await bed.until(() => b!.disconnected.includes(a!.id), 'the reported peer gone')
    })

    it('goes on when a message handler throws', async () => {
      const [a, b] = await startAll(2)
      const note = b!.onMessage.bind(b!)
      b!.onMessage = () => {
        throw new NetworkError('STOPPED', 'the handler broke')
      }
      a!.network.publish('txs', bytes('first'))
      let arrived = false
      b!.onMessage = ((inner: NetworkHandlers['onMessage']) => (topic, data, from, judge) => {
        arrived = true
        inner(topic, data, from, judge)
      })(b!.onMessage)
      await bed.until(() => arrived, 'the message that breaks the handler')
      b!.onMessage = note
      a!.network.publish('txs', bytes('second'))
      await bed.until(() => b!.texts('txs').includes('second'), 'the message after')
    })

    it('does nothing when stopped, twice stopped, or not yet started, and never throws from publish', async () => {
      const [a, b] = await startAll(2)
      await b!.network.stop()
      await b!.network.stop()
      expect(b!.network.publish('consensus', bytes('x'))).toBe(0)
      expect(b!.network.peers()).toEqual([])
      await expect(b!.network.request(a!.id, 'status', bytes('x'), 1_000)).rejects.toBeInstanceOf(
        NetworkError
      )
      b!.network.report(a!.id, 'after the end')
    })
  })
}

function isSubscribed(peer: PeerInfo): boolean {
  return peer.topics.length === 4
}

async function expectCode(request: Promise<Uint8Array>, code: NetworkError['code']): Promise<void> {
  const error = await request.then(
    answer => `an answer of ${answer.length} bytes`,
    (thrown: unknown) => thrown
  )
  expect(error).toBeInstanceOf(NetworkError)
  expect((error as NetworkError).code).toBe(code)
}

/** Awaits a promise on a bed whose time may not pass by itself. */
async function withTime<T>(bed: NetworkBed, promise: Promise<T>): Promise<T> {
  let settled = false
  const done = promise.finally(() => {
    settled = true
  })
  done.catch(() => {})
  await bed.until(() => settled, 'the request to settle')
  return done
}
