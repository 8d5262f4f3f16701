import type { ConnectionGater } from '@libp2p/interface'
import type { Logger } from '../util/index.ts'
import type { ConnectionPolicy, RefusalReason } from './connection-policy.ts'
import type { NetworkMeter } from './meter.ts'
import type { PeerId } from './network.ts'
import { ipOfMultiaddr } from './peer-address.ts'

export interface GaterDependencies {
  readonly policy: ConnectionPolicy
  readonly logger: Logger
  readonly meter: NetworkMeter
  /** Closes at once what stands to a peer that comes back on a new connection. */
  readonly closeStanding: (peer: PeerId) => void
}

/** Asks the policy at each of libp2p's checkpoints. */
export function createGater({ policy, logger, meter, closeStanding }: GaterDependencies): ConnectionGater {
  const refuse = (reason: RefusalReason | 'ip_rate', context: Record<string, unknown>): true => {
    meter.refused(reason)
    logger.debug('connection refused', { reason, ...context })
    return true
  }
  return {
    denyDialPeer: peer => policy.unwelcome(peer.toString()) !== null,
    denyInboundConnection: ({ remoteAddr }) => {
      const address = remoteAddr.toString()
      return !policy.mayStartHandshake(ipOfMultiaddr(address)) && refuse('ip_rate', { address })
    },
    denyInboundEncryptedConnection: (peerId, { remoteAddr }) => {
      const peer = peerId.toString()
      const address = remoteAddr.toString()
      const decision = policy.decideInbound(peer, ipOfMultiaddr(address))
      if (decision.kind === 'refuse') return refuse(decision.reason, { peer, address })
      if (decision.kind === 'replace') closeStanding(peer)
      return false
    },
    denyOutboundEncryptedConnection: peerId => policy.unwelcome(peerId.toString()) !== null
  }
}
