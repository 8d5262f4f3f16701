import { ED25519_PUBLIC_KEY_BYTES, ED25519_SEED_BYTES, publicKeyOf, sha256Hex } from '../crypto/index.ts'
import { base58Decode, base58Encode } from './base58.ts'
import type { PeerId } from './network.ts'
import { NetworkError } from './network-error.ts'

/** Identity multihash of a protobuf-encoded ed25519 public key (libp2p peer-ids specification). */
const ED25519_PEER_ID_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
const NODE_ID_HEX_DIGITS = 40

/** The ed25519 public key (32 bytes) of a 32-byte seed. Throws NetworkError BAD_KEY for another length. */
export function publicKeyFromSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== ED25519_SEED_BYTES) {
    throw new NetworkError(
      'BAD_KEY',
      `a node key is a 32-byte ed25519 seed, this one has ${seed.length} bytes`
    )
  }
  return publicKeyOf(seed)
}

/** libp2p's peer id of an ed25519 public key, e.g. "12D3KooW...". */
export function peerIdFromPublicKey(publicKey: Uint8Array): PeerId {
  return base58Encode(Buffer.concat([ED25519_PEER_ID_PREFIX, publicKey]))
}

/** libp2p's peer id of the node key with this 32-byte seed. */
export function peerIdFromSeed(seed: Uint8Array): PeerId {
  return peerIdFromPublicKey(publicKeyFromSeed(seed))
}

/** CometBFT's node id: the first 20 bytes of sha256(public key), lower-case hex (CometBFT p2p/key.go). */
export function nodeIdFromPublicKey(publicKey: Uint8Array): string {
  return sha256Hex(publicKey).slice(0, NODE_ID_HEX_DIGITS)
}

/** The ed25519 public key inside a peer id; null when the text is no peer id or holds another kind of key. */
export function publicKeyOfPeerId(peerId: PeerId): Uint8Array | null {
  const bytes = base58Decode(peerId)
  if (bytes === null || bytes.length !== ED25519_PEER_ID_PREFIX.length + ED25519_PUBLIC_KEY_BYTES) return null
  for (const [i, byte] of ED25519_PEER_ID_PREFIX.entries()) if (bytes[i] !== byte) return null
  return bytes.subarray(ED25519_PEER_ID_PREFIX.length)
}

/** CometBFT's node id of a peer; '' when its key is not ed25519. */
export function nodeIdOfPeerId(peerId: PeerId): string {
  const publicKey = publicKeyOfPeerId(peerId)
  return publicKey === null ? '' : nodeIdFromPublicKey(publicKey)
}
