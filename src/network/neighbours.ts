import { peerIdFromPublicKey, publicKeyOfPeerId } from './identity.ts'
import type { PeerId } from './network.ts'

const KEY_BYTES = 32
const MAX_NEIGHBOURS = 512
export const MAX_NEIGHBOUR_LIST_BYTES = MAX_NEIGHBOURS * KEY_BYTES

/**
 * Whom each peer says it is connected to. A message is passed on to a peer only when that peer is not itself connected
 * to the one it came from; each peer speaks for itself alone, so a false list costs nobody but its author.
 */
export class NeighbourTable {
  readonly #neighbours = new Map<PeerId, ReadonlySet<PeerId>>()

  /** Takes a peer's list; false when it is malformed. */
  update(peer: PeerId, list: Uint8Array): boolean {
    if (list.length % KEY_BYTES !== 0 || list.length > MAX_NEIGHBOUR_LIST_BYTES) return false
    const ids = new Set<PeerId>()
    for (let at = 0; at < list.length; at += KEY_BYTES)
      ids.add(peerIdFromPublicKey(list.subarray(at, at + KEY_BYTES)))
    this.#neighbours.set(peer, ids)
    return true
  }

  forget(peer: PeerId): void {
    this.#neighbours.delete(peer)
  }

  /** Whether `peer` says that it is connected to `other`. */
  areConnected(peer: PeerId, other: PeerId): boolean {
    return this.#neighbours.get(peer)?.has(other) ?? false
  }

  /** How many neighbours a peer has; null when it has not said. */
  countOf(peer: PeerId): number | null {
    return this.#neighbours.get(peer)?.size ?? null
  }
}

/** This node's own list as it travels: the 32-byte keys of its peers, no more than fit. */
export function encodeNeighbours(peers: readonly PeerId[]): Uint8Array {
  const keys = peers.slice(0, MAX_NEIGHBOURS).flatMap(peer => publicKeyOfPeerId(peer) ?? [])
  return new Uint8Array(Buffer.concat(keys))
}
