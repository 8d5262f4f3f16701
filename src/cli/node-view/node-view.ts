import { parsePeerAddress } from '../../config/index.ts'
import { type DialWish, NetworkError } from '../../network/index.ts'
import type { ChainView, NodeInfo, NodeView, Refused, TxPoolView } from '../../rpc/index.ts'
import { BLOCK_PROTOCOL, type Hex, type PublicKey } from '../../types/index.ts'
import type { Node } from '../../validator/index.ts'
import { diagnosisToJson } from '../diagnosis/diagnosis-json.ts'
import type { ConsensusSnapshot } from '../diagnosis/snapshot.ts'
import { faultView, submitEvidence } from './faults.ts'
import type { PeerRates } from './peer-rates.ts'
import { peerStateViews, peerViews } from './peers.ts'
import { roundStateView } from './round-state.ts'

export interface NodeViewParts {
  readonly node: Node
  readonly moniker: string
  /** As in `tcp://0.0.0.0:26656`. */
  readonly listenAddress: string
  readonly rpcAddress: string
  /** Announced to clients, which choose by it how to read the answers: `0.38.…`. */
  readonly version: string
  /** Shown as the validator's where this node has no validator key. */
  readonly nodeKey: { readonly address: Hex; readonly publicKey: PublicKey }
  readonly index: NodeView['index']
  /** What a diagnosis is made of. */
  readonly snapshot: () => ConsensusSnapshot
  readonly rates: PeerRates
  readonly allowUnsafe: boolean
}

const P2P_PROTOCOL = 8

/** What the RPC server sees of a running node. Reads only what is there; nothing here waits for consensus. */
export function makeNodeView(parts: NodeViewParts): NodeView {
  const { node, index } = parts
  const { app, clock } = node.ports
  const openedMs = clock.now()
  const nodeInfo = (): NodeInfo => ({
    protocolVersion: { p2p: P2P_PROTOCOL, block: BLOCK_PROTOCOL, app: node.state.appVersion },
    id: node.ports.network.self.nodeId,
    listenAddress: parts.listenAddress,
    network: node.options.genesis.chainId,
    version: parts.version,
    channels: '',
    moniker: parts.moniker,
    other: {
      tx_index: index === null ? 'off' : 'on',
      rpc_address: parts.rpcAddress,
      peer_id: node.ports.network.self.id
    }
  })
  return {
    identity: {
      nodeInfo,
      validatorKey: () => node.options.signer ?? parts.nodeKey,
      isCatchingUp: () => node.blockSync.isSyncing
    },
    chain: chainView(node),
    consensus: {
      roundState: () => roundStateView(node, openedMs),
      peerStates: () => peerStateViews(node),
      diagnose: () => diagnosisToJson(parts.snapshot())
    },
    network: {
      isListening: () => true,
      listeners: () => [`Listener(@${parts.listenAddress.replace(/^tcp:\/\//, '')})`],
      peers: () => peerViews(node, nodeInfo(), parts.rates)
    },
    txPool: txPoolView(node),
    app: {
      info: () => app.info(),
      query: request => app.query(request),
      checkTx: request => app.checkTx(request)
    },
    events: node.events,
    index,
    unsafe: parts.allowUnsafe
      ? {
          flushTxPool: () => node.txPool.flush(),
          dialSeeds: async seeds => dial(node, seeds, 'seed'),
          dialPeers: async (peers, { persistent }) => dial(node, peers, persistent ? 'persistent' : 'once')
        }
      : null,
    faults: faultView(node, index === 'elsewhere' ? null : index),
    submitEvidence: evidence => submitEvidence(node, evidence)
  }
}

/** Addresses are libp2p's, as in config.toml; what else CometBFT lets one wish for a peer has no meaning here. */
function dial({ ports }: Node, peers: readonly string[], wish: DialWish): { kind: 'dialling' } | Refused {
  try {
    // What is no address in either form is refused by the network, in its own words.
    const addresses = peers.map(peer => parsePeerAddress(peer)?.multiaddr ?? peer)
    ports.network.dial(addresses, wish)
    return { kind: 'dialling' }
  } catch (error) {
    if (error instanceof NetworkError) return { kind: 'refused', reason: error.message }
    throw error
  }
}

function chainView(node: Node): ChainView {
  const { blockStore, stateStore, options } = node
  return {
    genesis: options.genesis,
    baseHeight: () => blockStore.base,
    // A block that is stored and still being applied has no results and no parameters for the next height yet.
    latestHeight: () => node.state.lastBlockHeight,
    block: height => blockStore.loadBlock(height),
    blockMeta: height => blockStore.loadMeta(height),
    heightOfBlock: hash => blockStore.heightOfHash(hash),
    canonicalCommit: height => blockStore.loadCommit(height),
    seenCommit: height => blockStore.loadSeenCommit(height),
    results: height => stateStore.loadResults(height),
    validators: height => stateStore.loadValidators(height),
    consensusParams: height => stateStore.loadConsensusParams(height)
  }
}

function txPoolView({ txPool }: Node): TxPoolView {
  return {
    submit: async tx => {
      const outcome = await txPool.submit(tx)
      if (outcome.kind === 'refused') return { kind: 'refused', reason: outcome.message }
      return { kind: 'taken', hash: outcome.hash, checked: outcome.checked.then(({ response }) => response) }
    },
    list: limit => txPool.contents(limit).map(entry => entry.tx),
    count: () => txPool.size,
    totalBytes: () => txPool.bytes
  }
}
