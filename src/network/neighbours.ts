import { publicKeyOfPeerId } from './identity.ts'
import type { PeerId } from './network.ts'

const KEY_BYTES = 32
const MAX_NEIGHBOURS = 512
const MAX_CACHED_KEYS = 1_024
export const MAX_NEIGHBOUR_LIST_BYTES = MAX_NEIGHBOURS * KEY_BYTES

/**
 * Whom each peer says it is connected to. A message is passed on to a peer only when that peer is not itself connected
 * to the one it came from; each peer speaks for itself alone, so a false list costs nobody but its author.
 */
export class NeighbourTable {
  /** Keys as latin1 text, since spelling each as a peer id would cost more than the rest. */
  readonly #neighbours = new Map<PeerId, ReadonlySet<string>>()
  readonly #keys = new Map<PeerId, string>()

  /** Takes a peer's list; false when it is malformed. */
  update(peer: PeerId, list: Uint8Array): boolean {
    if (list.length % KEY_BYTES !== 0 || list.length > MAX_NEIGHBOUR_LIST_BYTES) return false
    const text = Buffer.from(list.buffer, list.byteOffset, list.length).toString('latin1')
    const keys = new Set<string>()
    for (let at = 0; at < text.length; at += KEY_BYTES) keys.add(text.slice(at, at + KEY_BYTES))
    this.#neighbours.set(peer, keys)
    return true
  }

  forget(peer: PeerId): void {
    this.#neighbours.delete(peer)
    this.#keys.delete(peer)
  }

  /** Whether `peer` says that it is connected to `other`, which must be a peer of this node. */
  areConnected(peer: PeerId, other: PeerId): boolean {
    return this.#neighbours.get(peer)?.has(this.#keyOf(other)) ?? false
  }

  /** How many neighbours a peer has; null when it has not said. */
  countOf(peer: PeerId): number | null {
    return this.#neighbours.get(peer)?.size ?? null
  }

  #keyOf(peer: PeerId): string {
    let key = this.#keys.get(peer)
    if (key === undefined) {
      if (this.#keys.size >= MAX_CACHED_KEYS) this.#keys.clear()
      key = Buffer.from(publicKeyOfPeerId(peer) ?? []).toString('latin1')
      this.#keys.set(peer, key)
    }
    return key
  }
}

/** This node's own list as it travels: the 32-byte keys of its peers, no more than fit. */
export function encodeNeighbours(peers: readonly PeerId[]): Uint8Array {
  const keys = peers.slice(0, MAX_NEIGHBOURS).flatMap(peer => publicKeyOfPeerId(peer) ?? [])
  return new Uint8Array(Buffer.concat(keys))
}
