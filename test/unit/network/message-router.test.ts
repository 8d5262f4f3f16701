import { describe, expect, it } from 'vitest'
import { AttemptCounter, contentKey } from '../../../src/network/attempts.ts'
import type { DirectStreams } from '../../../src/network/direct-streams.ts'
import type { Gossip } from '../../../src/network/gossip.ts'
import type { Libp2pNetworkOptions, PeerId, Topic, Verdict } from '../../../src/network/index.ts'
import { MessageRouter } from '../../../src/network/message-router.ts'
import { NetworkMeter } from '../../../src/network/meter.ts'
import { encodeNeighbours } from '../../../src/network/neighbours.ts'
import { PendingVerdicts } from '../../../src/network/pending-verdicts.ts'
import { SeenCache } from '../../../src/network/seen-cache.ts'
import { wireNames } from '../../../src/network/wire-names.ts'
import { FakeClock, RecordingLogger, RecordingMetrics } from './fakes.ts'
import { idOf, settingsOf } from './network-settings.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))
const frameOf = (text: string, attempt = 0) => Uint8Array.of(attempt, ...bytes(text))
const SELF = 0
const [A, B, C] = [idOf(1), idOf(2), idOf(3)]

function makeRouter(options: Partial<Libp2pNetworkOptions> = {}, settings = settingsOf(SELF, options)) {
  const clock = new FakeClock()
  const names = wireNames(settings.genesisHash)
  const metrics = new RecordingMetrics()
  const logger = new RecordingLogger()
  const bed = {
    peers: [A, B, C],
    gossiped: [] as string[],
    settled: [] as string[],
    sent: [] as string[],
    offences: [] as string[],
    received: [] as { topic: Topic; text: string; from: PeerId; judge: (verdict: Verdict) => void }[],
    verdict: 'accept' as Verdict | null,
    streams: new Map<PeerId, 'sent' | 'full' | 'none'>(),
    send: null as ((peer: PeerId, bytes: Uint8Array) => void) | null
  }
  const gossip = {
    publish: (topic: Topic, frame: Uint8Array) => {
      bed.gossiped.push(`${topic} ${frame[0]} ${Buffer.from(frame.subarray(1))}`)
      return bed.peers
    },
    settle: (_id: string, from: PeerId, verdict: Verdict) => bed.settled.push(`${from.slice(-4)} ${verdict}`)
  } as unknown as Gossip
  const direct = {
    send: (peer: PeerId, message: Uint8Array) => {
      const result = bed.streams.get(peer) ?? 'sent'
      bed.send?.(peer, message)
      if (result === 'sent') bed.sent.push(`${peer.slice(-4)} ${Buffer.from(message.subarray(3))}`)
      return result
    }
  } as unknown as DirectStreams
  const texts: string[] = []
  const pending = new PendingVerdicts(clock, 30_000)
  const router = new MessageRouter({
    settings,
    names,
    gossip,
    direct,
    attempts: new AttemptCounter(clock, 30_000),
    seen: new SeenCache(clock, 30_000),
    pending,
    logger,
    meter: new NetworkMeter(metrics),
    meshLow: 5,
    readyPeers: () => bed.peers,
    onMessage: (topic, data, from, judge) => {
      texts.push(Buffer.from(data).toString())
      bed.received.push({ topic, text: Buffer.from(data).toString(), from, judge })
      if (bed.verdict !== null) judge(bed.verdict)
    },
    onOffence: (peer, reason) => bed.offences.push(`${peer.slice(-4)} ${reason}`)
  })
  const fromGossip = (topic: Topic, text: string, from: PeerId, attempt = 0) =>
    router.fromGossip(
      topic,
      frameOf(text, attempt),
      from,
      contentKey(names.topics[topic], frameOf(text, attempt))
    )
  const fromStream = (topic: Topic, text: string, from: PeerId) =>
    router.fromStream(topic, frameOf(text), from)
  const know = (peer: PeerId, ...neighbours: PeerId[]) =>
    router.neighboursOf(peer, encodeNeighbours(neighbours))
  return { ...bed, bed, texts, clock, router, metrics, logger, pending, fromGossip, fromStream, know }
}

const short = (...peers: PeerId[]) => peers.map(peer => peer.slice(-4))

describe('publishing', () => {
  it('goes by gossip, numbering repetitions, and counts whom it reaches', () => {
    const { router, gossiped } = makeRouter()
    expect(router.publish('consensus', bytes('vote'))).toBe(3)
    router.publish('consensus', bytes('vote'))
    expect(gossiped).toEqual(['consensus 0 vote', 'consensus 1 vote'])
  })

  it('goes on direct streams for the topics chosen, and by gossip when somebody has none', () => {
    const { router, gossiped, sent, bed } = makeRouter({ directTopics: ['consensus'] })
    expect(router.publish('consensus', bytes('vote'))).toBe(3)
    expect(sent).toEqual(short(A, B, C).map(peer => `${peer} vote`))
    expect(gossiped).toEqual([])
    bed.streams.set(B, 'none')
    expect(router.publish('consensus', bytes('next'))).toBe(3)
    expect(gossiped).toEqual(['consensus 0 next'])
    router.publish('txs', bytes('tx'))
    expect(gossiped).toEqual(['consensus 0 next', 'txs 0 tx'])
  })

  it('skips a peer that reads too slowly and counts that', () => {
    const { router, gossiped, metrics, bed } = makeRouter({ directTopics: ['consensus'] })
    bed.streams.set(A, 'full')
    expect(router.publish('consensus', bytes('vote'))).toBe(2)
    expect(gossiped).toEqual([])
    expect(metrics.total('direct_dropped_total', { topic: 'consensus' })).toBe(1)
  })

  it('of a message over the limit is refused with a log line and a count', () => {
    const { router, gossiped, metrics, logger } = makeRouter({ maxMessageBytes: { evidence: 10 } })
    expect(router.publish('evidence', new Uint8Array(11))).toBe(0)
    expect(router.publish('evidence', new Uint8Array(10))).toBe(3)
    expect(gossiped).toHaveLength(1)
    expect(metrics.total('publish_oversized_total')).toBe(1)
    expect(logger.count('own message is over the size limit of its topic')).toBe(1)
  })
})

describe('receiving', () => {
  it('hands over a message once, however often and by whichever way it comes', () => {
    const { received, settled, fromGossip, fromStream } = makeRouter()
    fromStream('consensus', 'vote', A)
    fromStream('consensus', 'vote', B)
    fromGossip('consensus', 'vote', C)
    expect(received.map(message => message.text)).toEqual(['vote'])
    expect(settled).toEqual(short(C).map(peer => `${peer} ignore`))
    fromGossip('txs', 'vote', C)
    expect(received).toHaveLength(2)
  })

  it('does not hand this node its own message when it comes back', () => {
    const { received, router, fromStream } = makeRouter({ directTopics: ['consensus'] })
    router.publish('consensus', bytes('mine'))
    fromStream('consensus', 'mine', A)
    expect(received).toEqual([])
  })

  it('refuses a message over the size limit, or without an attempt byte, before the node sees it', () => {
    const { received, offences, settled, router, fromGossip } = makeRouter({
      maxMessageBytes: { consensus: 5 }
    })
    fromGossip('consensus', '12345', A)
    fromGossip('consensus', '123456', A)
    router.fromStream('consensus', frameOf('1234567'), B)
    router.fromStream('consensus', new Uint8Array(0), B)
    expect(received.map(message => message.text)).toEqual(['12345'])
    expect(settled).toEqual(short(A, A).map((peer, i) => `${peer} ${i === 0 ? 'accept' : 'reject'}`))
    expect(offences).toEqual(short(A, B, B).map(peer => `${peer} rejected message on consensus`))
  })

  it('blames the sender of a rejected message, not of an ignored one', () => {
    const { bed, offences, metrics, fromGossip, fromStream } = makeRouter()
    bed.verdict = 'ignore'
    fromGossip('txs', 'old', A)
    bed.verdict = 'reject'
    fromGossip('txs', 'bad', A)
    fromStream('consensus', 'bad', B)
    expect(offences).toEqual([
      `${A.slice(-4)} rejected message on txs`,
      `${B.slice(-4)} rejected message on consensus`
    ])
    expect(metrics.total('gossip_verdicts_total', { verdict: 'reject' })).toBe(2)
    expect(metrics.total('gossip_verdicts_total', { topic: 'txs', verdict: 'ignore' })).toBe(1)
  })

  it('takes an unjudged message for ignored after the time, and says so in the metrics', () => {
    const { bed, clock, pending, received, settled, metrics, fromGossip } = makeRouter()
    bed.verdict = null
    fromGossip('txs', 'x', A)
    clock.advance(30_001)
    pending.sweep()
    received[0]!.judge('accept')
    expect(settled).toEqual([`${A.slice(-4)} ignore`])
    expect(metrics.total('gossip_unjudged_total', { topic: 'txs' })).toBe(1)
  })
})

describe('passing on', () => {
  it('of gossip: always for votes; for bulk not when all have it from the sender', () => {
    const { settled, know, fromGossip } = makeRouter()
    for (const peer of [A, B, C]) know(peer, idOf(SELF), ...[A, B, C].filter(other => other !== peer))
    fromGossip('parts', 'part', A)
    fromGossip('txs', 'tx', A)
    fromGossip('consensus', 'vote', A)
    expect(settled.map(line => line.split(' ')[1])).toEqual(['ignore', 'ignore', 'accept'])
  })

  it('of bulk gossip: when a peer is not connected to the sender, or the sender has not said to whom it is', () => {
    const { settled, know, fromGossip } = makeRouter()
    know(A, idOf(SELF), B)
    know(B, idOf(SELF), A)
    know(C, idOf(SELF))
    fromGossip('parts', 'for C', A)
    know(C, idOf(SELF), A)
    fromGossip('parts', 'for nobody', A)
    fromGossip('parts', 'from one who is silent', idOf(4))
    expect(settled.map(line => line.split(' ')[1])).toEqual(['accept', 'ignore', 'accept'])
  })

  it('of bulk gossip: when the sender has more peers than its mesh may hold', () => {
    const { settled, bed, know, fromGossip } = makeRouter()
    bed.peers = [A, B]
    know(A, ...[0, 2, 3, 4, 5].map(idOf), 'unknown')
    know(B, A)
    fromGossip('parts', 'five peers', A)
    know(A, ...[0, 2, 3, 4, 5].map(idOf), idOf(1))
    fromGossip('parts', 'six peers', A)
    expect(settled.map(line => line.split(' ')[1])).toEqual(['ignore', 'accept'])
  })

  it('follows the option', () => {
    const { settled, fromGossip } = makeRouter({ relay: { parts: 'never', txs: 'always' } })
    fromGossip('parts', 'x', A)
    fromGossip('txs', 'x', A)
    expect(settled.map(line => line.split(' ')[1])).toEqual(['ignore', 'accept'])
  })

  it('of direct messages: to those alone who lack it, by their own account, once it is accepted', () => {
    const { bed, sent, received, know, fromStream } = makeRouter()
    know(B, A)
    know(A, B, C)
    bed.verdict = null
    fromStream('consensus', 'vote', A)
    expect(sent).toEqual([])
    received[0]!.judge('accept')
    expect(sent).toEqual(short(C).map(peer => `${peer} vote`))
    fromStream('consensus', 'unwanted', A)
    received[1]!.judge('ignore')
    expect(sent).toHaveLength(1)
  })

  it('forgets the neighbours of a peer that left, and blames malformed lists', () => {
    const { router, sent, offences, know, fromStream } = makeRouter()
    know(B, A)
    know(C, A)
    router.forget(C)
    fromStream('consensus', 'vote', A)
    expect(sent).toHaveLength(1)
    router.neighboursOf(A, new Uint8Array(31))
    expect(offences).toEqual([`${A.slice(-4)} malformed list of neighbours`])
  })

  it('tells all peers, or one, whom this node is connected to', () => {
    const { router, sent } = makeRouter()
    router.announceNeighbours()
    expect(sent).toHaveLength(3)
    router.announceNeighbours(B)
    expect(sent).toHaveLength(4)
    expect(sent[3]!.startsWith(B.slice(-4))).toBe(true)
  })
})

const DIRECT_VOTES = settingsOf(SELF, { directTopics: ['consensus'] })

/** Every connected network of five nodes, as lists of links. */
function* connectedNetworks(): Generator<[number, number][]> {
  const all: [number, number][] = []
  for (let a = 0; a < 5; a++) for (let b = a + 1; b < 5; b++) all.push([a, b])
  for (let chosen = 0; chosen < 1 << all.length; chosen++) {
    const links = all.filter((_, i) => (chosen >> i) & 1)
    const reached = new Set([0])
    for (const node of reached)
      for (const [a, b] of links) if (a === node || b === node) reached.add(a).add(b)
    if (reached.size === 5) yield links
  }
}

/** Routers joined by direct streams along the links; `first` and `last` choose which frame on its way arrives next. */
function runNetwork(
  links: readonly [number, number][],
  next: 'first' | 'last'
): { received: string[][]; frames: number } {
  const peersOf = (n: number) => links.flatMap(([a, b]) => (a === n ? [b] : b === n ? [a] : []))
  const wire: { from: number; to: number; bytes: Uint8Array }[] = []
  const received: string[][] = []
  const routers = Array.from({ length: 5 }, (_, self) => {
    const made = makeRouter({}, DIRECT_VOTES)
    made.bed.peers = peersOf(self).map(idOf)
    made.bed.send = (peer, bytes) =>
      wire.push({ from: self, to: peersOf(self).find(n => idOf(n) === peer)!, bytes })
    received.push(made.texts)
    return made.router
  })
  for (const [self, router] of routers.entries()) {
    for (const peer of peersOf(self))
      router.neighboursOf(idOf(peer), encodeNeighbours(peersOf(peer).map(idOf)))
  }
  routers[0]!.publish('consensus', bytes('vote'))
  let frames = 0
  for (let frame = wire.pop(); frame !== undefined; frame = next === 'last' ? wire.pop() : wire.shift()) {
    frames++
    routers[frame.to]!.fromStream('consensus', frame.bytes.subarray(2), idOf(frame.from))
  }
  return { received, frames }
}

describe('direct relaying', () => {
  it('brings a message once to every node of every connected network, and in a full mesh by no detour', () => {
    let networks = 0
    for (const links of connectedNetworks()) {
      networks++
      for (const next of ['first', 'last'] as const) {
        const { received, frames } = runNetwork(links, next)
        expect(received).toEqual([[], ['vote'], ['vote'], ['vote'], ['vote']])
        if (links.length === 10) expect(frames).toBe(4)
      }
    }
    expect(networks).toBe(728)
  })
})
