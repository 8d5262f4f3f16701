import '../../src/network/polyfill.ts'
import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { encode } from 'it-length-prefixed'
import { createLibp2p } from 'libp2p'
import { afterEach } from 'vitest'
import { createLibp2pNetwork, type Libp2pNetworkOptions, type Network } from '../../src/network/index.ts'
import { realClock } from '../../src/network/real-clock.ts'
import { wireNames } from '../../src/network/wire-names.ts'
import type { Clock, Timer } from '../../src/util/index.ts'
import { GENESIS_HASH, seedOf, until } from '../contract/libp2p-bed.ts'
import { ContractNode } from '../contract/network-contract.ts'
import { RecordingLogger, RecordingMetrics } from '../unit/network/fakes.ts'

export const NAMES = wireNames(GENESIS_HASH)

/** A node under test with what it logged and counted. */
export interface TestNode extends ContractNode {
  readonly logger: RecordingLogger
  readonly metrics: RecordingMetrics
  /** Connections that are open now, by the log. */
  openConnections(): number
}

const stops: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await Promise.all(stops.splice(0).map(stop => stop()))
})

/** Runs `stop` after the test. */
export function stopLater(stop: () => Promise<unknown>): void {
  stops.push(stop)
}

/** A node on loopback, not started; stopped after the test. */
export function makeNode(n: number, options: Partial<Libp2pNetworkOptions> = {}, clock?: Clock): TestNode {
  const logger = new RecordingLogger()
  const metrics = new RecordingMetrics()
  const { timing, ...rest } = options
  const network = createLibp2pNetwork(
    {
      privateKeySeed: seedOf(n),
      genesisHash: GENESIS_HASH,
      listenAddresses: ['/ip4/127.0.0.1/tcp/0'],
      moniker: `node ${n}`,
      timing: { redialMinMs: 50, redialMaxMs: 300, higherIdWaitMs: 100, watchdogIntervalMs: 100, ...timing },
      ...rest
    },
    { logger, metrics, ...(clock && { clock }) }
  )
  stopLater(() => network.stop())
  return Object.assign(new ContractNode(network), {
    logger,
    metrics,
    openConnections: () => logger.count('connection opened') - logger.count('connection closed')
  })
}

export async function startNode(
  n: number,
  options: Partial<Libp2pNetworkOptions> = {},
  clock?: Clock
): Promise<TestNode> {
  const node = makeNode(n, options, clock)
  await node.start()
  return node
}

/** Real time that a test can jump ahead. */
export class JumpingClock implements Clock {
  #aheadMs = 0

  jump(ms: number): void {
    this.#aheadMs += ms
  }
  now(): number {
    return realClock.now() + this.#aheadMs
  }
  monotonic(): number {
    return realClock.monotonic() + this.#aheadMs
  }
  setTimer(delayMs: number, action: () => void): Timer {
    return realClock.setTimer(delayMs, action)
  }
}

/** Where a started node listens, with its peer id. */
export function addressOfNode({ network }: { readonly network: Network }): string {
  return network.self.listenAddresses[0]!
}

export function arePeers(...nodes: readonly ContractNode[]): boolean {
  return nodes.every(node => {
    const subscribed = node.network.peers().filter(peer => peer.topics.length === 4)
    return nodes.every(other => other === node || subscribed.some(peer => peer.id === other.id))
  })
}

/** A peer of plain libp2p and gossipsub, for doing what an honest node never does. */
export type RawPeer = Awaited<ReturnType<typeof startRawPeer>>

export interface RawPeerOptions {
  readonly gossip?: boolean
  /** Protocols it claims to serve; it resets their streams. */
  readonly protocols?: readonly string[]
  readonly agent?: string
  readonly listen?: boolean
}

export async function startRawPeer(n: number, options: RawPeerOptions = {}) {
  const { gossip = false, protocols = [NAMES.protocols.catchup], agent = 'raw', listen = false } = options
  const node = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', seedOf(n)),
    nodeInfo: { userAgent: agent },
    addresses: { listen: listen ? ['/ip4/127.0.0.1/tcp/0'] : [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 100, reconnectRetries: 0 },
    services: {
      identify: identify(),
      ...(gossip
        ? {
            pubsub: gossipsub({
              globalSignaturePolicy: 'StrictNoSign',
              allowPublishToZeroTopicPeers: true,
              floodPublish: true
            })
          }
        : {})
    }
  })
  stopLater(async () => node.stop())
  for (const protocol of protocols)
    await node.handle(protocol, stream => stream.abort(new Error('not served')))
  return node
}

export function dialRaw(raw: RawPeer, to: { readonly network: Network }, force = false): Promise<Connection> {
  return raw.dial(multiaddr(addressOfNode(to)), { force })
}

/** Opens a gossip stream by hand and returns a function that writes one frame to it. */
export async function openRawGossip(connection: Connection): Promise<(rpc: Uint8Array) => void> {
  const stream = await connection.newStream(['/meshsub/1.2.0'])
  return rpc => void stream.send(encode.single(rpc, { maxDataLength: 64 << 20 }))
}

/** Protobuf of a gossipsub RPC: subscriptions (field 1) and messages (field 2). */
export function rpcOf(parts: {
  subscribe?: readonly string[]
  messages?: readonly { topic: string; data: Uint8Array }[]
}): Uint8Array {
  return Buffer.concat([
    ...(parts.subscribe ?? []).map(topic =>
      field(1, Buffer.concat([Buffer.of(0x08, 1), field(2, Buffer.from(topic))]))
    ),
    ...(parts.messages ?? []).map(({ topic, data }) =>
      field(2, Buffer.concat([field(2, Buffer.from(data)), field(4, Buffer.from(topic))]))
    )
  ])
}

/** One length-delimited protobuf field. */
export function field(number: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2), varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest > 127 ? (rest % 128) | 0x80 : rest)
    if (rest <= 127) return Buffer.from(bytes)
  }
}

export { until }
