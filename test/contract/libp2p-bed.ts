import { claimRange } from '../../scripts/cluster/ports.ts'
import {
  createLibp2pNetwork,
  type Libp2pNetworkOptions,
  type Network,
  peerIdFromSeed
} from '../../src/network/index.ts'
import { noMetrics, silentLogger } from '../../src/util/index.ts'
import type { NetworkBed } from './network-contract.ts'

export const GENESIS_HASH = 'ab'.repeat(32)
export const OTHER_GENESIS_HASH = 'cd'.repeat(32)
const UNTIL_MS = 50_000
const POLL_MS = 5

/** Waits for a condition, looking every few milliseconds; throws with its name when it does not come to hold. */
export async function until(condition: () => boolean, what: string, timeoutMs = UNTIL_MS): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** The node key of the nth node of a test. */
export function seedOf(n: number): Uint8Array {
  return new Uint8Array(32).fill(n + 1)
}

/** Ports of 127.0.0.1 for this process alone. */
export async function freePorts(count: number): Promise<number[]> {
  const first = await claimRange(count)
  return Array.from({ length: count }, (_, index) => first + index)
}

export function addressOf(n: number, port: number): string {
  return `/ip4/127.0.0.1/tcp/${port}/p2p/${peerIdFromSeed(seedOf(n))}`
}

/** A network for tests: loopback, a port of the system's choice, quick timers. */
export function testNetwork(n: number, options: Partial<Libp2pNetworkOptions> = {}): Network {
  const { timing, ...rest } = options
  return createLibp2pNetwork(
    {
      privateKeySeed: seedOf(n),
      genesisHash: GENESIS_HASH,
      listenAddresses: ['/ip4/127.0.0.1/tcp/0'],
      moniker: `node ${n}`,
      timing: { redialMinMs: 50, redialMaxMs: 500, higherIdWaitMs: 100, watchdogIntervalMs: 100, ...timing },
      ...rest
    },
    { logger: silentLogger, metrics: noMetrics }
  )
}

/** `count` nodes that all list one another. */
export async function listedNetworks(
  count: number,
  options: Partial<Libp2pNetworkOptions> = {}
): Promise<Network[]> {
  const ports = await freePorts(count)
  const persistentPeers = ports.map((port, n) => addressOf(n, port))
  return ports.map((port, n) =>
    testNetwork(n, { listenAddresses: [`/ip4/127.0.0.1/tcp/${port}`], persistentPeers, ...options })
  )
}

export function libp2pBed(options: Partial<Libp2pNetworkOptions> = {}): NetworkBed {
  return { create: count => listedNetworks(count, options), until }
}
