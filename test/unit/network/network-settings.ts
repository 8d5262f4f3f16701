import { type Libp2pNetworkOptions, peerIdFromSeed } from '../../../src/network/index.ts'
import { type NetworkSettings, resolveOptions } from '../../../src/network/options.ts'

export const seedOf = (n: number): Uint8Array => new Uint8Array(32).fill(n + 1)

/** Peer ids in rising order, with the seed of each. */
export const PEERS = Array.from({ length: 6 }, (_, n) => ({
  seed: seedOf(n),
  id: peerIdFromSeed(seedOf(n))
})).sort((a, b) => (a.id < b.id ? -1 : 1))
export const idOf = (n: number): string => PEERS[n]!.id
export const addressOf = (n: number, port = 1_000 + n): string => `/ip4/127.0.0.1/tcp/${port}/p2p/${idOf(n)}`

/** Settings of the nth of PEERS. */
export function settingsOf(n: number, options: Partial<Libp2pNetworkOptions> = {}): NetworkSettings {
  return resolveOptions({
    privateKeySeed: PEERS[n]!.seed,
    genesisHash: 'ab'.repeat(32),
    listenAddresses: [],
    moniker: `node ${n}`,
    ...options
  })
}
