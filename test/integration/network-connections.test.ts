import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { NetworkError, peerIdFromSeed } from '../../src/network/index.ts'
import { addressOf, freePorts, OTHER_GENESIS_HASH, seedOf } from '../contract/libp2p-bed.ts'
import { bytes } from '../contract/network-contract.ts'
import {
  addressOfNode,
  arePeers,
  dialRaw,
  makeNode,
  NAMES,
  startNode,
  startRawPeer,
  stopLater,
  until
} from './network-bed.ts'

describe('connecting', () => {
  it('makes exactly one connection of each pair when all list all and start at once', async () => {
    const ports = await freePorts(6)
    const persistentPeers = ports.map((port, n) => addressOf(n, port))
    const nodes = ports.map((port, n) =>
      makeNode(n, {
        listenAddresses: [`/ip4/127.0.0.1/tcp/${port}`],
        persistentPeers,
        timing: { higherIdWaitMs: 0 }
      })
    )
    await Promise.all(nodes.map(node => node.start()))
    await until(() => arePeers(...nodes), 'a full mesh')
    await until(() => nodes.every(node => node.openConnections() === 5), 'one connection of each pair')
    for (const [n, node] of nodes.entries()) node.network.publish('consensus', bytes(`from ${n}`))
    await until(() => nodes.every(node => node.texts('consensus').length === 5), 'the messages of all at all')
    expect(nodes.map(node => node.metrics.total('peers_dropped_total', { reason: 'gossip_broken' }))).toEqual(
      nodes.map(() => 0)
    )
  })

  it('reaches a node that only one of the two lists, whichever has the lower id', async () => {
    for (const [listed, lister] of [
      [0, 1],
      [1, 0]
    ] as const) {
      const b = await startNode(listed)
      const a = await startNode(lister, { persistentPeers: [addressOfNode(b)] })
      await until(() => arePeers(a, b), `node ${lister} to reach node ${listed}`)
      expect(a.network.peers()[0]!.outbound).toBe(true)
      expect(b.network.peers()[0]!.outbound).toBe(false)
      await Promise.all([a.network.stop(), b.network.stop()])
    }
  })

  it('dials whom it is told to while it runs, and nobody of a list with a bad address', async () => {
    const b = await startNode(1)
    const a = await startNode(0)
    expect(() => a.network.dial([addressOfNode(b), 'a@127.0.0.1:1'], 'once')).toThrowError(
      expect.objectContaining({ code: 'BAD_ADDRESS' })
    )
    a.network.dial([addressOfNode(a), addressOfNode(b)], 'once')
    await until(() => arePeers(a, b), 'the peer it was told to dial')
    await a.network.stop()
    expect(() => a.network.dial([addressOfNode(b)], 'once')).toThrowError(
      expect.objectContaining({ code: 'STOPPED' })
    )
  })

  it('lets twelve peers of one address in at once, and none of them is scored out', async () => {
    const hub = await startNode(0)
    const leaves = await Promise.all(
      Array.from({ length: 12 }, (_, i) => startNode(i + 1, { persistentPeers: [addressOfNode(hub)] }))
    )
    await until(() => leaves.every(leaf => arePeers(hub, leaf)), 'twelve peers')
    expect(leaves.map(leaf => leaf.metrics.total('dial_failures_total'))).toEqual(leaves.map(() => 0))
    expect(hub.network.publish('parts', bytes('from the hub'))).toBe(12)
    await until(
      () => leaves.every(leaf => leaf.texts('parts').includes('from the hub')),
      'the message at each leaf'
    )
    for (const [i, leaf] of leaves.entries()) leaf.network.publish('consensus', bytes(`from leaf ${i}`))
    await until(() => hub.texts('consensus').length === 12, 'the messages of all leaves')
    await until(() => leaves.every(leaf => leaf.texts('consensus').length === 11), 'each at all other leaves')
  })

  it('brings a node that joins late what is published from then on', async () => {
    const a = await startNode(0)
    const b = await startNode(1, { persistentPeers: [addressOfNode(a)] })
    await until(() => arePeers(a, b), 'two peers')
    a.network.publish('consensus', bytes('early'))
    const late = await startNode(2, { persistentPeers: [addressOfNode(a), addressOfNode(b)] })
    await until(() => arePeers(a, b, late), 'three peers')
    a.network.publish('consensus', bytes('later'))
    await until(() => late.texts('consensus').includes('later'), 'the later message')
  })

  it('tells of each peer its ids, address, direction and moniker', async () => {
    const a = await startNode(0, { moniker: 'alpha' })
    const b = await startNode(1, { moniker: 'beta', persistentPeers: [addressOfNode(a)] })
    await until(
      () => arePeers(a, b) && a.network.peers()[0]!.moniker !== '',
      'two peers that know their names'
    )
    expect(a.network.peers()[0]).toMatchObject({
      id: b.id,
      nodeId: b.network.self.nodeId,
      outbound: false,
      moniker: 'beta',
      topics: ['consensus', 'parts', 'evidence', 'txs']
    })
    expect(b.network.peers()[0]!.address).toBe(addressOfNode(a))
    expect(Math.abs(a.network.peers()[0]!.connectedAtMs - Date.now())).toBeLessThan(20_000)
  })

  it('tells how many bytes went to and fro', async () => {
    const a = await startNode(0)
    const b = await startNode(1, { persistentPeers: [addressOfNode(a)] })
    await until(() => arePeers(a, b), 'two peers')
    const message = Buffer.alloc(30_000, 'x')
    a.network.publish('consensus', message)
    await until(() => b.texts('consensus').length === 1, 'the message')
    const [toB, fromA] = [a.network.peers()[0]!, b.network.peers()[0]!]
    expect(toB.sentBytes).toBeGreaterThanOrEqual(message.length)
    expect(fromA.receivedBytes).toBeGreaterThanOrEqual(message.length)
    expect(toB.receivedBytes).toBeLessThan(message.length)
    expect(fromA.sentBytes).toBeLessThan(message.length)
  })

  it('dials a seed, and a peer by name', async () => {
    const seed = await startNode(0)
    const byName = addressOfNode(seed).replace('/ip4/127.0.0.1/', '/dns4/localhost/')
    const a = await startNode(1, { seeds: [byName] })
    await until(() => arePeers(a, seed), 'the seed')
  })
})

describe('refusing', () => {
  it('anyone who is not on the list of a closed network', async () => {
    const closed = await startNode(0, { allowList: [peerIdFromSeed(seedOf(1))] })
    const friend = await startNode(1, { persistentPeers: [addressOfNode(closed)] })
    const stranger = await startNode(2, { persistentPeers: [addressOfNode(closed)] })
    await until(() => arePeers(closed, friend), 'the friend')
    await until(
      () => closed.metrics.total('connections_refused_total', { reason: 'not_allowed' }) >= 3,
      'refusals'
    )
    expect(closed.network.peers().map(peer => peer.id)).toEqual([friend.id])
    expect(closed.connected.map(peer => peer.id)).toEqual([friend.id])
    expect(stranger.network.peers()).toEqual([])
  })

  it('more strangers than the limit', async () => {
    const host = await startNode(0, { maxInboundPeers: 2 })
    const guests = await Promise.all([1, 2, 3, 4].map(n => startRawPeer(n)))
    await Promise.allSettled(guests.map(guest => dialRaw(guest, host)))
    await until(
      () => host.metrics.total('connections_refused_total', { reason: 'too_many_peers' }) === 2,
      'refusals'
    )
    await until(() => host.openConnections() === 2, 'two guests')
  })

  it('a node of another chain, which never gets a message or an answer', async () => {
    const ours = await startNode(0)
    const friend = await startNode(1, { persistentPeers: [addressOfNode(ours)] })
    const other = await startNode(2, {
      persistentPeers: [addressOfNode(ours)],
      genesisHash: OTHER_GENESIS_HASH
    })
    await until(() => arePeers(ours, friend), 'the friend')
    await until(
      () =>
        ours.metrics.total('peers_dropped_total', { reason: 'other_chain' }) +
          other.metrics.total('peers_dropped_total', { reason: 'other_chain' }) >=
        3,
      'the other chain dropped, again and again'
    )
    ours.network.publish('consensus', bytes('ours'))
    other.network.publish('consensus', bytes('theirs'))
    await until(() => friend.texts('consensus').includes('ours'), 'our message')
    expect(other.received).toEqual([])
    expect(ours.received).toEqual([])
    expect(
      [...other.connected, ...ours.connected].map(peer => peer.id).filter(id => id !== friend.id)
    ).toEqual([])
    await expect(other.network.request(ours.id, 'catchup', bytes('?'), 1_000)).rejects.toBeInstanceOf(
      NetworkError
    )
    expect(ours.requests).toEqual([])
  })

  it('a peer of other software, though it speaks libp2p', async () => {
    const node = await startNode(0)
    const raw = await startRawPeer(1, { protocols: ['/something/else/1'] })
    await dialRaw(raw, node)
    await until(
      () => node.metrics.total('peers_dropped_total', { reason: 'other_chain' }) === 1,
      'the other software dropped'
    )
    await until(() => raw.getConnections().length === 0, 'the connection closed')
    expect(node.connected).toEqual([])
  })

  it('an address whose node has another key than the address says', async () => {
    const real = await startNode(0)
    const wrong = addressOfNode(real).replace(real.id, peerIdFromSeed(seedOf(9)))
    const node = await startNode(1, { persistentPeers: [wrong] })
    await until(() => node.metrics.total('dial_failures_total') >= 3, 'failed dials')
    expect(node.network.peers()).toEqual([])
    expect(
      node.logger.lines.find(line => line.message === 'cannot reach peer, trying on')!.context.address
    ).toBe(wrong)
  })
})

describe('losing connections', () => {
  it('reconnects soon when a node comes back, to it and from it', async () => {
    const [port] = await freePorts(1)
    const listenAddresses = [`/ip4/127.0.0.1/tcp/${port}`]
    const first = await startNode(0, { listenAddresses })
    const others = await Promise.all(
      [1, 2].map(n => startNode(n, { persistentPeers: [addressOf(0, port!)] }))
    )
    await until(() => others.every(node => arePeers(first, node)), 'peers')
    await first.network.stop()
    await until(() => others.every(node => node.disconnected.includes(first.id)), 'the loss noticed')
    const again = await startNode(0, { listenAddresses })
    await until(() => others.every(node => arePeers(again, node)), 'peers again')
    again.network.publish('consensus', bytes('back'))
    await until(() => others.every(node => node.texts('consensus').includes('back')), 'messages again')
  })

  it('keeps one connection when a peer opens a second one, and gossip both ways goes on', async () => {
    for (const rawId of [1, 2, 3, 4]) {
      const node = await startNode(0)
      const raw = await startRawPeer(rawId, { gossip: true })
      const first = await dialRaw(raw, node)
      await until(() => node.network.peers().length === 1, 'a peer')
      await Promise.allSettled([dialRaw(raw, node, true)])
      await until(() => node.openConnections() === 1, 'one connection')
      expect(first.status === 'open' || raw.getConnections().length === 1).toBe(true)
      await Promise.all([node.network.stop(), raw.stop()])
    }
  })

  it('closes a connection on which there is no gossip, so that it can be made anew', async () => {
    const node = await startNode(0, { timing: { gossipTimeoutMs: 200 } })
    const mute = await startRawPeer(1, { gossip: false })
    await dialRaw(mute, node)
    await until(() => node.connected.length === 1, 'a peer')
    await until(
      () => node.metrics.total('peers_dropped_total', { reason: 'gossip_broken' }) === 1,
      'the mute peer dropped'
    )
    expect(node.disconnected).toEqual([peerIdFromSeed(seedOf(1))])
  })

  it('heals gossip when its streams break while the connection stands', async () => {
    const node = await startNode(0, { timing: { gossipTimeoutMs: 200 } })
    const raw = await startRawPeer(1, { gossip: true })
    await dialRaw(raw, node)
    const pubsub = raw.services.pubsub!
    for (const name of Object.values(NAMES.topics)) pubsub.subscribe(name)
    await until(() => node.network.peers().some(peer => peer.topics.length === 4), 'a subscribed peer')
    for (const stream of raw.getConnections()[0]!.streams) {
      if (stream.protocol.startsWith('/meshsub')) stream.abort(new Error('broken'))
    }
    await until(
      () => node.metrics.total('peers_dropped_total', { reason: 'gossip_broken' }) === 1,
      'the link given up'
    )
  })
})

describe('starting and stopping', () => {
  it('says in one line that the port is in use', async () => {
    const [port] = await freePorts(1)
    const blocker = createServer().listen(port, '127.0.0.1')
    stopLater(async () => blocker.close())
    await until(() => blocker.listening, 'the port taken')
    const node = makeNode(0, { listenAddresses: [`/ip4/127.0.0.1/tcp/${port}`] })
    const error = await node.start().then(
      () => null,
      (thrown: unknown) => thrown
    )
    expect(error).toBeInstanceOf(NetworkError)
    expect(error).toMatchObject({
      code: 'LISTEN_FAILED',
      message: `cannot listen on /ip4/127.0.0.1/tcp/${port}: the address is in use, by another node or another program`
    })
    await node.network.stop()
  })

  it('refuses options that cannot work, before anything starts', () => {
    const codes = [
      { genesisHash: 'xyz' },
      { privateKeySeed: new Uint8Array(5) },
      { persistentPeers: [`${'a'.repeat(40)}@1.2.3.4:5`] },
      { listenAddresses: ['tcp://0.0.0.0:26656'] },
      { allowList: ['nobody'] },
      { maxMessageBytes: { parts: 5 << 20 } }
    ].map(options => {
      try {
        makeNode(0, options)
        return 'accepted'
      } catch (error) {
        return (error as NetworkError).code
      }
    })
    expect(codes).toEqual([
      'BAD_OPTIONS',
      'BAD_KEY',
      'BAD_ADDRESS',
      'BAD_ADDRESS',
      'BAD_ADDRESS',
      'BAD_OPTIONS'
    ])
  })

  it('stops, whatever peers and strangers are doing', async () => {
    const node = await startNode(0)
    const peers = await Promise.all(
      [1, 2, 3].map(n => startNode(n, { persistentPeers: [addressOfNode(node)] }))
    )
    await until(() => peers.every(peer => arePeers(node, peer)), 'peers')
    const port = Number(addressOfNode(node).split('/')[4])
    const silent = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await until(() => silent.every(socket => !socket.connecting), 'sockets that say nothing')
    node.answer = () => new Promise(() => {})
    const hanging = peers[0]!.network
      .request(node.id, 'sync', bytes('?'), 50_000)
      .catch((error: NetworkError) => error.code)
    await until(() => node.requests.length === 1, 'a request that hangs')
    await node.network.stop()
    // And not TIMEOUT: it waited for nobody.
    expect(await hanging).toBe('PEER_GONE')
    for (const socket of silent) socket.destroy()
  })

  it('stops while it is starting, and does not start again', async () => {
    const node = makeNode(0)
    const started = node.start()
    await node.network.stop()
    await started
    await expect(node.start()).rejects.toMatchObject({ code: 'STOPPED' })
  })
})
