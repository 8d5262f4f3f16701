import type { KeyPair } from '../../config/index.ts'
import { type FaultView, type NodeView, type Refused, RpcError } from '../../rpc/index.ts'
import { BLOCK_PROTOCOL } from '../../types/index.ts'
import type { StoppedHome } from '../stopped/stopped-home.ts'
import { NODE_INFO_VERSION } from '../version.ts'

export interface StoredViewParts {
  readonly home: StoppedHome
  readonly index: NodeView['index']
  readonly nodeKey: KeyPair
  readonly validatorKey: KeyPair
  readonly rpcAddress: string
}

const REFUSED: Refused = { kind: 'refused', reason: 'this node is being inspected: it takes nothing' }

/** What RPC can answer from the disk of a node that does not run: blocks, results, validators, the index. */
export function storedView({ home, index, nodeKey, validatorKey, rpcAddress }: StoredViewParts): NodeView {
  const { blockStore, stateStore, genesisFile, loaded } = home
  const noApp = async (): Promise<never> => {
    throw new RpcError('internal', 'this node is being inspected: its application does not run')
  }
  return {
    identity: {
      nodeInfo: () => ({
        protocolVersion: { p2p: 8, block: BLOCK_PROTOCOL, app: stateStore.loadState()?.appVersion ?? 0 },
        id: nodeKey.address,
        listenAddress: 'tcp://127.0.0.1:0',
        network: genesisFile.genesis.chainId,
        version: NODE_INFO_VERSION,
        channels: '',
        moniker: loaded.config.base.moniker,
        other: { tx_index: index === null ? 'off' : 'on', rpc_address: rpcAddress, peer_id: '' }
      }),
      validatorKey: () => validatorKey,
      isCatchingUp: () => false
    },
    chain: {
      genesis: genesisFile.genesis,
      baseHeight: () => blockStore.base,
      latestHeight: () => blockStore.height,
      block: height => blockStore.loadBlock(height),
      blockMeta: height => blockStore.loadMeta(height),
      heightOfBlock: hash => blockStore.heightOfHash(hash),
      canonicalCommit: height => blockStore.loadCommit(height),
      seenCommit: height => blockStore.loadSeenCommit(height),
      results: height => stateStore.loadResults(height),
      validators: height => stateStore.loadValidators(height),
      consensusParams: height => stateStore.loadConsensusParams(height)
    },
    consensus: { roundState: () => null, peerStates: () => [] },
    network: { isListening: () => false, listeners: () => [], peers: () => [] },
    txPool: { submit: async () => REFUSED, list: () => [], count: () => 0, totalBytes: () => 0 },
    app: { info: noApp, query: noApp, checkTx: noApp },
    events: { subscribe: () => () => {} },
    index,
    unsafe: null,
    faults: noFaults(noApp),
    submitEvidence: async () => REFUSED
  }
}

/** Faults are known to a running node alone. */
function noFaults(refuse: () => Promise<never>): FaultView {
  return { byHash: refuse, search: refuse, slashes: refuse, signingInfos: refuse, slashingParams: refuse }
}
