export { createLibp2pNetwork } from './create-network.ts'
export { nodeIdFromPublicKey, nodeIdOfPeerId, peerIdFromPublicKey, peerIdFromSeed } from './identity.ts'
export * from './network.ts'
export { NetworkError, type NetworkErrorCode } from './network-error.ts'
export {
  DEFAULT_MAX_MESSAGE_BYTES,
  type Libp2pNetworkOptions,
  type NetworkDependencies,
  type NetworkTiming
} from './options.ts'
export {
  type ParsedListenAddress,
  type ParsedPeerAddress,
  type PeerAddress,
  parseListenAddress,
  parsePeerAddress
} from './peer-address.ts'
