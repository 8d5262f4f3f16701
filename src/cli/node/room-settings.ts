import { dirname } from 'node:path'
import { parseStakingGenesis } from '../../app/index.ts'
import { type Config, type HomePaths, tcpAddressToMultiaddr, tcpAddressToText } from '../../config/index.ts'
import type { TxPoolConfig } from '../../mempool/index.ts'
import type { Libp2pNetworkOptions, Topic } from '../../network/index.ts'
import { DEFAULT_RPC_CONFIG, type RpcConfig } from '../../rpc/index.ts'
import type { Genesis } from '../../types/index.ts'
import type { ConsensusTiming, FaultOptions } from '../../validator/index.ts'
import { STAKING_APP } from '../staking-genesis.ts'

/** The settings of each room, from the sections of config.toml. */

/**
 * Votes, proposals and block parts go straight to every connected peer, which takes a quarter off the CPU of an empty
 * block; whoever is not connected to the sender gets them passed on, or by gossip.
 */
const DIRECT_TOPICS: readonly Topic[] = ['consensus', 'parts']

export function consensusTiming({ consensus }: Config): ConsensusTiming {
  const { walFile: _wal, doubleSignCheckHeight: _check, ...timing } = consensus
  return timing
}

/** Where the application judges who is away, its rule is that of the records of downtime, too. */
export function faultOptions({ faults, base }: Config, { appState }: Genesis): Partial<FaultOptions> {
  const { equivocationThreshold, downtimeThreshold, monitorIntervalMs } = faults
  const options = { equivocationThreshold, downtimeThreshold, monitorIntervalMs }
  if (base.proxyApp !== STAKING_APP || appState === '') return options
  const { signedBlocksWindow: window, minSigned } = parseStakingGenesis(appState).slashing
  return { ...options, downtimeRules: { window, threshold: window - minSigned } }
}

export function walDirectory({ walFile }: HomePaths): string {
  return dirname(walFile)
}

export function txPoolConfig({ mempool }: Config): TxPoolConfig {
  const { size, maxTxsBytes, maxTxBytes, cacheSize, keepInvalidTxsInCache, recheck } = mempool
  return { size, maxTxsBytes, maxTxBytes, cacheSize, keepInvalidTxsInCache, recheck }
}

export function networkOptions(
  config: Config,
  identity: Pick<Libp2pNetworkOptions, 'privateKeySeed' | 'genesisHash' | 'version'>
): Libp2pNetworkOptions {
  const { p2p, base } = config
  return {
    ...identity,
    listenAddresses: [tcpAddressToMultiaddr(p2p.laddr)],
    moniker: base.moniker,
    persistentPeers: p2p.persistentPeers.map(peer => peer.multiaddr),
    seeds: p2p.seeds.map(peer => peer.multiaddr),
    ...(p2p.allowList.length > 0 && { allowList: p2p.allowList }),
    maxInboundPeers: p2p.maxNumInboundPeers,
    maxOutboundPeers: p2p.maxNumOutboundPeers,
    allowDuplicateIp: p2p.allowDuplicateIp,
    directTopics: DIRECT_TOPICS,
    timing: { dialTimeoutMs: p2p.dialTimeoutMs }
  }
}

/** Null when the RPC server is turned off. `tls` holds PEM texts. */
export function rpcConfig({ rpc }: Config, tls: RpcConfig['tls']): RpcConfig | null {
  const { laddr, tlsCertFile: _cert, tlsKeyFile: _key, ...settings } = rpc
  if (laddr === null) return null
  return { ...DEFAULT_RPC_CONFIG, ...settings, listenAddress: tcpAddressToText(laddr), tls }
}
