import type { Application, ExtendedCommitInfo, Misbehavior } from '../app/index.ts'
import {
  BLOCK_PROTOCOL,
  type Block,
  type ChainState,
  type Commit,
  commitHash,
  consensusParamsHash,
  type Evidence,
  encodeEvidenceList,
  evidenceListHash,
  type Header,
  type Hex,
  MAX_BLOCK_SIZE_BYTES,
  maxDataBytes,
  medianTime,
  txsHash
} from '../types/index.ts'
import { assert } from '../util/index.ts'

export interface BuildBlockRequest {
  readonly state: ChainState
  /** Precommits for the last block; height 0 and empty at the initial height. */
  readonly lastCommit: Commit
  readonly lastCommitInfo: ExtendedCommitInfo
  readonly evidence: readonly Evidence[]
  readonly misbehavior: readonly Misbehavior[]
  readonly proposerAddress: Hex
  /** Transactions that fit both limits, first come first. */
  readonly reapTxs: (maxBytes: number, maxGas: number) => readonly Uint8Array[]
}

/**
 * Makes a new block on top of `state`: evidence first, then what the app chooses of the transactions on offer
 * (CometBFT state/execution.go CreateProposalBlock).
 */
export async function buildBlock(app: Application, request: BuildBlockRequest): Promise<Block> {
  const { state, lastCommit, evidence, proposerAddress } = request
  const { maxBytes, maxGas } = state.consensusParams.block
  const blockBytes = maxBytes === -1 ? MAX_BLOCK_SIZE_BYTES : maxBytes
  const evidenceBytes = evidence.length === 0 ? 0 : encodeEvidenceList(evidence).length
  const txBytes = maxDataBytes(blockBytes, evidenceBytes, state.validators.validators.length)
  // An unlimited block still lets the app choose from everything in the pool, as CometBFT does.
  const offered = request.reapTxs(maxBytes === -1 ? -1 : txBytes, maxGas)
  const height = state.lastBlockHeight === 0 ? state.initialHeight : state.lastBlockHeight + 1
  const time =
    height === state.initialHeight || state.lastValidators === null
      ? state.lastBlockTime
      : medianTime(lastCommit, state.lastValidators)
  const txs = await app.prepareProposal({
    maxTxBytes: txBytes,
    txs: offered,
    localLastCommit: request.lastCommitInfo,
    misbehavior: request.misbehavior,
    height,
    time,
    nextValidatorsHash: state.nextValidators.hash,
    proposerAddress
  })
  assert(
    txs.reduce((sum, tx) => sum + tx.length, 0) <= txBytes,
    'the app prepared a proposal with more bytes of transactions than it was allowed'
  )
  const header: Header = {
    version: { block: BLOCK_PROTOCOL, app: state.appVersion },
    chainId: state.chainId,
    height,
    time,
    lastBlockId: state.lastBlockId,
    lastCommitHash: commitHash(lastCommit),
    dataHash: txsHash(txs),
    validatorsHash: state.validators.hash,
    nextValidatorsHash: state.nextValidators.hash,
    consensusHash: consensusParamsHash(state.consensusParams),
    appHash: state.appHash,
    lastResultsHash: state.lastResultsHash,
    evidenceHash: evidenceListHash(evidence),
    proposerAddress
  }
  return { header, txs, evidence, lastCommit }
}
