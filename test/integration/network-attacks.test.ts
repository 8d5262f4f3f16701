import { connect } from 'node:net'
import { encode } from 'it-length-prefixed'
import { describe, expect, it } from 'vitest'
import { peerIdFromSeed } from '../../src/network/index.ts'
import { createLibp2pNode } from '../../src/network/libp2p-node.ts'
import { resolveOptions } from '../../src/network/options.ts'
import { encodeRequest } from '../../src/network/request-frames.ts'
import type { Clock } from '../../src/util/index.ts'
import { GENESIS_HASH, seedOf } from '../contract/libp2p-bed.ts'
import { bytes } from '../contract/network-contract.ts'
import {
  addressOfNode,
  arePeers,
  dialRaw,
  field,
  JumpingClock,
  NAMES,
  openRawGossip,
  rpcOf,
  startNode,
  startRawPeer,
  stopLater,
  type TestNode,
  until
} from './network-bed.ts'

const ALL_TOPICS = Object.values(NAMES.topics)
const frameOf = (text: string) => Uint8Array.of(0, ...bytes(text))

/** A node, an honest friend of it, and a raw peer with a gossip stream of its own. */
async function startVictim(options: Parameters<typeof startNode>[1] = {}, clock?: Clock) {
  const victim = await startNode(0, { timing: { watchdogIntervalMs: 60_000 }, ...options }, clock)
  const friend = await startNode(1, { persistentPeers: [addressOfNode(victim)] })
  const raw = await startRawPeer(2, { protocols: ['/meshsub/1.2.0', NAMES.protocols.catchup] })
  const connection = await dialRaw(raw, victim)
  const send = await openRawGossip(connection)
  await until(() => arePeers(victim, friend) && victim.network.peers().length === 2, 'friend and raw peer')
  return { victim, friend, raw, connection, send }
}

async function expectAlive(victim: TestNode, friend: TestNode): Promise<void> {
  const before = victim.received.length
  friend.network.publish('consensus', bytes(`are you well? ${before}`))
  await until(() => victim.texts('consensus').includes(`are you well? ${before}`), 'the victim to go on')
}

describe('gossipsub with our options', () => {
  it('remembers no topic but ours, whatever a peer subscribes to', async () => {
    const settings = resolveOptions({
      privateKeySeed: seedOf(0),
      genesisHash: GENESIS_HASH,
      listenAddresses: ['/ip4/127.0.0.1/tcp/0'],
      moniker: 'victim'
    })
    const node = await createLibp2pNode(settings, NAMES, {})
    stopLater(async () => node.stop())
    await node.start()
    const { topics } = node.services.pubsub as unknown as { topics: Map<string, Set<string>> }
    const raw = await startRawPeer(2, { protocols: ['/meshsub/1.2.0'] })
    const send = await openRawGossip(await raw.dial(node.getMultiaddrs()[0]!))
    for (let i = 0; i < 20; i++)
      send(rpcOf({ subscribe: Array.from({ length: 32 }, (_, j) => `topic ${i} ${j}`) }))
    send(rpcOf({ subscribe: [...new Array<string>(40).fill(NAMES.topics.parts)] }))
    send(rpcOf({ subscribe: [NAMES.topics.txs] }))
    await until(() => topics.has(NAMES.topics.txs), 'the last subscription')
    expect([...topics.keys()]).toEqual([NAMES.topics.txs])
  })
})

describe('gossip from a hostile peer', () => {
  it('a frame of 349,525 subscriptions leaves nothing behind, and the peer may still speak (CVE-2026-46679)', async () => {
    const { victim, friend, send } = await startVictim()
    const subscription = Buffer.concat([Buffer.of(0x08, 1), field(2, Buffer.from('t'.repeat(6)))])
    const flood = Buffer.concat(new Array<Buffer>(349_525).fill(field(1, subscription)))
    expect(flood.length).toBeGreaterThan(4_000_000)
    const heapBefore = process.memoryUsage().heapUsed
    for (let i = 0; i < 3; i++) send(flood.subarray(0, 4 * 1024 * 1024 - ((4 * 1024 * 1024) % 14)))
    send(
      rpcOf({
        subscribe: ALL_TOPICS,
        messages: [{ topic: NAMES.topics.txs, data: frameOf('after the flood') }]
      })
    )
    await until(() => victim.texts('txs').includes('after the flood'), 'a message after the flood')
    const raw = victim.network.peers().find(peer => peer.id === peerIdFromSeed(seedOf(2)))!
    expect(raw.topics).toHaveLength(4)
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(150 * 1024 * 1024)
    await expectAlive(victim, friend)
  })

  it('many small frames of unknown topics leave nothing behind', async () => {
    const { victim, friend, send } = await startVictim()
    for (let i = 0; i < 200; i++)
      send(rpcOf({ subscribe: Array.from({ length: 32 }, (_, j) => `topic ${i} ${j}`) }))
    send(
      rpcOf({
        messages: [
          { topic: 'unknown', data: frameOf('x') },
          { topic: NAMES.topics.txs, data: frameOf('known') }
        ]
      })
    )
    await until(() => victim.texts('txs').includes('known'), 'the known topic')
    expect(victim.received).toHaveLength(1)
    await expectAlive(victim, friend)
  })

  it('frames over the limits of control messages, and bytes that are no protobuf, are dropped whole', async () => {
    const { victim, friend, send } = await startVictim()
    const ids = Buffer.concat(new Array<Buffer>(6_000).fill(field(2, Buffer.alloc(20, 1))))
    const overLimit = [
      field(3, field(1, Buffer.concat([field(1, Buffer.from(NAMES.topics.txs)), ids]))),
      field(3, field(2, Buffer.concat(new Array<Buffer>(6_000).fill(field(1, Buffer.alloc(20, 1)))))),
      field(3, field(5, Buffer.concat(new Array<Buffer>(600).fill(field(1, Buffer.alloc(20, 1)))))),
      field(3, Buffer.concat(new Array<Buffer>(100).fill(field(3, field(1, Buffer.from(NAMES.topics.txs)))))),
      Buffer.alloc(100, 0xff),
      Buffer.alloc(0)
    ]
    const message = field(
      2,
      Buffer.concat([
        field(2, Buffer.from(frameOf('hidden in a bad frame'))),
        field(4, Buffer.from(NAMES.topics.txs))
      ])
    )
    for (const frame of overLimit) send(frame.length > 0 ? Buffer.concat([message, frame]) : frame)
    send(rpcOf({ messages: [{ topic: NAMES.topics.txs, data: frameOf('good') }] }))
    await until(() => victim.texts('txs').includes('good'), 'the good frame')
    expect(victim.texts('txs')).toEqual(['good'])
    await expectAlive(victim, friend)
  })

  it("a frame longer than gossip allows ends that peer's gossip, not the node's", async () => {
    const { victim, friend, send } = await startVictim({
      timing: { watchdogIntervalMs: 50, gossipTimeoutMs: 500 }
    })
    send(Buffer.alloc(5 * 1024 * 1024))
    await until(() => victim.disconnected.includes(peerIdFromSeed(seedOf(2))), 'the peer dropped')
    expect(victim.disconnected).not.toContain(friend.id)
    await expectAlive(victim, friend)
  })

  it('messages over the cap of their topic are rejected before the node sees them, and cost the sender its connection', async () => {
    const { victim, friend, send } = await startVictim({ maxMessageBytes: { consensus: 1_000 } })
    for (let i = 0; i < 10; i++) {
      send(rpcOf({ messages: [{ topic: NAMES.topics.consensus, data: frameOf(String(i).repeat(1_001)) }] }))
    }
    await until(() => victim.disconnected.includes(peerIdFromSeed(seedOf(2))), 'the peer dropped')
    expect(victim.metrics.total('gossip_verdicts_total', { topic: 'consensus', verdict: 'reject' })).toBe(10)
    expect(victim.received).toEqual([])
    await expectAlive(victim, friend)
  })

  it('messages with a signature, a sequence number or a sender are not taken', async () => {
    const { victim, friend, send } = await startVictim()
    for (const extra of [
      field(1, Buffer.from('sender')),
      field(3, Buffer.alloc(8)),
      field(5, Buffer.alloc(64)),
      field(6, Buffer.alloc(32))
    ]) {
      send(
        field(
          2,
          Buffer.concat([
            field(2, Buffer.from(frameOf('signed'))),
            field(4, Buffer.from(NAMES.topics.txs)),
            extra
          ])
        )
      )
    }
    await expectAlive(victim, friend)
    expect(victim.texts('txs')).toEqual([])
  })

  it('a rejected peer is refused when it comes back, and let in again later', async () => {
    const clock = new JumpingClock()
    const { victim, raw } = await startVictim({}, clock)
    for (let i = 0; i < 10; i++) victim.network.report(raw.peerId.toString(), 'test')
    await until(() => raw.getConnections().length === 0, 'the connection closed')
    await dialRaw(raw, victim).catch(() => {})
    await until(
      () => victim.metrics.total('connections_refused_total', { reason: 'blamed' }) === 1,
      'the refusal'
    )
    await until(() => raw.getConnections().length === 0, 'no connection')
    expect(victim.connected).toHaveLength(2)
    clock.jump(61_000)
    await dialRaw(raw, victim)
    await until(() => victim.connected.length === 3, 'the peer let in again')
  })
})

describe('streams from a hostile peer', () => {
  it('an oversized request costs the stream and blame, not the node', async () => {
    const { victim, friend, connection } = await startVictim()
    victim.answer = async (_protocol, data) => data
    for (let i = 0; i < 10; i++) {
      const stream = await connection.newStream([NAMES.protocols.sync])
      stream.send(encode.single(new Uint8Array(100 * 1024)))
      await until(() => stream.status !== 'open' || connection.status !== 'open', 'the stream reset')
      if (connection.status !== 'open') break
    }
    await until(() => victim.disconnected.includes(peerIdFromSeed(seedOf(2))), 'the peer dropped')
    expect(victim.requests).toEqual([])
    await expectAlive(victim, friend)
  })

  it('a flood of requests runs a few at a time and is refused beyond, however slowly it is read', async () => {
    const { victim, friend, connection } = await startVictim()
    let running = 0
    let most = 0
    const releases: (() => void)[] = []
    victim.answer = () => {
      most = Math.max(most, ++running)
      return new Promise(resolve => releases.push(() => resolve(new Uint8Array(4 * 1024 * 1024))))
    }
    const stream = await connection.newStream([NAMES.protocols.sync])
    stream.pause()
    for (let id = 0; id < 50; id++) stream.send(encode.single(encodeRequest({ id, payload: bytes('?') })))
    await until(() => victim.metrics.total('answers_total', { outcome: 'busy' }) === 46, 'busy answers')
    expect([running, most]).toEqual([4, 4])
    for (const release of releases.splice(0)) release()
    await until(() => victim.metrics.total('answers_total', { outcome: 'ok' }) === 4, 'four answers')
    for (let id = 100; id < 200; id++) stream.send(encode.single(encodeRequest({ id, payload: bytes('?') })))
    await until(() => stream.status !== 'open', 'the stream that is not read reset')
    expect(most).toBe(4)
    await expectAlive(victim, friend)
  })

  it('malformed requests and answers end the stream and are blamed', async () => {
    const { victim, friend, connection, raw } = await startVictim()
    const stream = await connection.newStream([NAMES.protocols.status])
    stream.send(encode.single(Uint8Array.of(1, 2)))
    await until(() => stream.status !== 'open', 'the stream reset')
    expect(victim.metrics.total('peer_offences_total')).toBe(1)
    await raw.unhandle(NAMES.protocols.catchup)
    await raw.handle(NAMES.protocols.catchup, answering => {
      answering.addEventListener(
        'message',
        () => void answering.send(encode.single(Uint8Array.of(0, 0, 0, 0, 77)))
      )
    })
    await expect(
      victim.network.request(raw.peerId.toString(), 'catchup', bytes('?'), 5_000)
    ).rejects.toMatchObject({ code: 'PEER_GONE' })
    expect(victim.metrics.total('peer_offences_total')).toBe(2)
    await expectAlive(victim, friend)
  })

  it('an answer over the limit is refused before it is read in full', async () => {
    const { victim, friend, raw } = await startVictim({ maxResponseBytes: 50_000 })
    await raw.unhandle(NAMES.protocols.catchup)
    await raw.handle(NAMES.protocols.catchup, answering => {
      answering.addEventListener('message', () => void answering.send(encode.single(new Uint8Array(60_000))))
    })
    await expect(
      victim.network.request(raw.peerId.toString(), 'catchup', bytes('?'), 5_000)
    ).rejects.toMatchObject({ code: 'TOO_LARGE' })
    await expectAlive(victim, friend)
  })

  it('a peer that speaks another set of protocols refuses requests', async () => {
    const { victim, raw } = await startVictim()
    await expect(
      victim.network.request(raw.peerId.toString(), 'sync', bytes('?'), 5_000)
    ).rejects.toMatchObject({ code: 'REFUSED' })
  })

  it('a peer that never answers and a peer that resets are told apart', async () => {
    const { victim, raw } = await startVictim()
    await expect(
      victim.network.request(raw.peerId.toString(), 'catchup', bytes('?'), 5_000)
    ).rejects.toMatchObject({ code: 'PEER_GONE' })
    await raw.unhandle(NAMES.protocols.catchup)
    await raw.handle(NAMES.protocols.catchup, () => {})
    await expect(
      victim.network.request(raw.peerId.toString(), 'catchup', bytes('?'), 200)
    ).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('bad frames on a direct stream: oversized, empty, of illegal size, unknown', async () => {
    const { victim, friend, connection } = await startVictim({
      maxMessageBytes: { consensus: 100, parts: 100, evidence: 100, txs: 100 }
    })
    const stream = await connection.newStream([NAMES.direct])
    stream.send(encode.single(new Uint8Array(0)))
    stream.send(encode.single(Uint8Array.of(0)))
    stream.send(encode.single(Uint8Array.of(0, 0, ...new Uint8Array(101))))
    stream.send(encode.single(Uint8Array.of(99, 1, 2, 3)))
    stream.send(encode.single(Uint8Array.of(0x80, 1, 2, 3)))
    stream.send(encode.single(Uint8Array.of(3, 0, ...bytes('fine'))))
    await until(() => victim.texts('txs').includes('fine'), 'the good frame')
    expect(victim.metrics.total('peer_offences_total')).toBe(4)
    stream.send(encode.single(new Uint8Array(1_000_000)))
    await until(() => victim.metrics.total('peer_offences_total') === 5, 'the blame for the oversized frame')
    await expectAlive(victim, friend)
  })
})

describe('connections from strangers', () => {
  it('that send noise instead of a handshake, or nothing, do no harm', async () => {
    const { victim, friend } = await startVictim()
    const port = Number(addressOfNode(victim).split('/')[4])
    let seed = 1
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff)
    const closed: boolean[] = []
    for (let i = 0; i < 50; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).on('close', () => closed.push(true))
      socket.write(Uint8Array.from({ length: random() % 2_000 }, () => random() & 0xff))
      if (i % 2 === 0) socket.end()
      else socket.on('connect', () => setImmediate(() => socket.destroy()))
    }
    await until(() => closed.length === 50, 'all strangers gone')
    await expectAlive(victim, friend)
  })

  it('leave nothing behind, however many identities come and go', async () => {
    const { victim, friend } = await startVictim()
    for (let round = 0; round < 5; round++) {
      const guests = await Promise.all(Array.from({ length: 8 }, (_, i) => startRawPeer(20 + 8 * round + i)))
      await Promise.all(guests.map(guest => dialRaw(guest, victim)))
      await until(() => victim.connected.length === 2 + 8 * (round + 1), 'the guests ready')
      await Promise.all(guests.map(guest => guest.stop()))
      await until(() => victim.disconnected.length === 8 * (round + 1), 'the guests gone')
    }
    expect(victim.network.peers()).toHaveLength(2)
    expect(victim.openConnections()).toBe(2)
    await expectAlive(victim, friend)
  })
})
