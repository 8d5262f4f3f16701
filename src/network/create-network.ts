import { nodeIdFromPublicKey, publicKeyFromSeed } from './identity.ts'
import type { Libp2pNetwork } from './libp2p-network.ts'
import type { DialWish, Network, NetworkHandlers, PeerId, PeerInfo, Protocol, Topic } from './network.ts'
import { NetworkError } from './network-error.ts'
import {
  type Libp2pNetworkOptions,
  type NetworkDependencies,
  type NetworkSettings,
  type ResolvedDependencies,
  readPeers,
  resolveDependencies,
  resolveOptions
} from './options.ts'

/**
 * The network over libp2p. Checks the options at once (NetworkError BAD_KEY, BAD_ADDRESS, BAD_OPTIONS); libp2p itself
 * is loaded by `start`, so that a program that only reads a key or an address does not pay for it.
 */
export function createLibp2pNetwork(
  options: Libp2pNetworkOptions,
  dependencies: NetworkDependencies
): Network {
  return new LazyLibp2pNetwork(resolveOptions(options), resolveDependencies(dependencies))
}

class LazyLibp2pNetwork implements Network {
  readonly #settings: NetworkSettings
  readonly #deps: ResolvedDependencies
  readonly #nodeId: string
  #running: Libp2pNetwork | null = null
  #starting: Promise<void> | null = null
  #stopped = false

  constructor(settings: NetworkSettings, deps: ResolvedDependencies) {
    this.#settings = settings
    this.#deps = deps
    this.#nodeId = nodeIdFromPublicKey(publicKeyFromSeed(settings.privateKeySeed))
  }

  get self(): Network['self'] {
    return {
      id: this.#settings.selfId,
      nodeId: this.#nodeId,
      listenAddresses: this.#running?.listenAddresses ?? this.#settings.listenAddresses
    }
  }

  start(handlers: NetworkHandlers): Promise<void> {
    if (this.#stopped)
      return Promise.reject(new NetworkError('STOPPED', 'a stopped network does not start again'))
    this.#starting ??= this.#start(handlers)
    return this.#starting
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#starting?.catch(() => {})
    const running = this.#running
    this.#running = null
    await running?.stop()
  }

  publish(topic: Topic, data: Uint8Array): number {
    return this.#running?.publish(topic, data) ?? 0
  }

  async request(peer: PeerId, protocol: Protocol, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#running === null) throw new NetworkError('STOPPED', 'the network is not running')
    return this.#running.request(peer, protocol, data, timeoutMs)
  }

  peers(): readonly PeerInfo[] {
    return this.#running?.peers() ?? []
  }

  dial(peers: readonly string[], wish: DialWish): void {
    if (this.#running === null) throw new NetworkError('STOPPED', 'the network is not running')
    this.#running.dial(readPeers(peers, this.#settings.selfId), wish)
  }

  report(peer: PeerId, reason: string): void {
    this.#running?.report(peer, reason)
  }

  async #start(handlers: NetworkHandlers): Promise<void> {
    const { Libp2pNetwork } = await import('./libp2p-network.ts')
    this.#running = await Libp2pNetwork.start(this.#settings, this.#deps, handlers)
  }
}
