import type { RpcConfig } from '../rpc-config.ts'
import * as abci from './abci.ts'
import * as blocks from './blocks.ts'
import * as consensus from './consensus.ts'
import * as events from './events.ts'
import * as evidence from './evidence.ts'
import * as faults from './faults.ts'
import * as genesis from './genesis.ts'
import * as info from './info.ts'
import type { AnyMethod, MethodTable } from './method.ts'
import * as search from './search.ts'
import * as tx from './tx.ts'
import * as txPool from './tx-pool.ts'
import * as unsafe from './unsafe.ts'

/** Every method, by the name clients call it (CometBFT rpc/core/routes.go). */
const METHODS: Readonly<Record<string, AnyMethod>> = {
  subscribe: events.subscribe,
  unsubscribe: events.unsubscribe,
  unsubscribe_all: events.unsubscribeAll,
  health: info.health,
  status: info.status,
  net_info: info.netInfo,
  blockchain: blocks.blockchain,
  genesis: genesis.genesis,
  genesis_chunked: genesis.genesisChunked,
  block: blocks.block,
  block_by_hash: blocks.blockByHash,
  block_results: blocks.blockResults,
  commit: blocks.commit,
  header: blocks.header,
  header_by_hash: blocks.headerByHash,
  check_tx: abci.checkTx,
  tx: tx.tx,
  tx_search: search.txSearch,
  block_search: search.blockSearch,
  validators: consensus.validators,
  dump_consensus_state: consensus.dumpConsensusState,
  consensus_state: consensus.consensusState,
  consensus_diagnosis: consensus.consensusDiagnosis,
  consensus_params: consensus.consensusParams,
  unconfirmed_txs: txPool.unconfirmedTxs,
  num_unconfirmed_txs: txPool.numUnconfirmedTxs,
  broadcast_tx_commit: txPool.broadcastTxCommit,
  broadcast_tx_sync: txPool.broadcastTxSync,
  broadcast_tx_async: txPool.broadcastTxAsync,
  abci_query: abci.abciQuery,
  abci_info: abci.abciInfo,
  broadcast_evidence: evidence.broadcastEvidence,
  evidence: faults.evidenceByHash,
  evidence_search: faults.evidenceSearch,
  slashes: faults.slashes,
  signing_info: faults.signingInfo,
  signing_infos: faults.signingInfos,
  slashing_params: faults.slashingParams
}

const UNSAFE_METHODS: Readonly<Record<string, AnyMethod>> = {
  dial_seeds: unsafe.dialSeeds,
  dial_peers: unsafe.dialPeers,
  unsafe_flush_mempool: unsafe.unsafeFlushMempool
}

/** The methods a server with this configuration answers. */
export function methodTable(config: Pick<RpcConfig, 'unsafe'>): MethodTable {
  return new Map(Object.entries({ ...METHODS, ...(config.unsafe ? UNSAFE_METHODS : {}) }))
}
