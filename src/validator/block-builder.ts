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
  MAX_TXS_PER_BLOCK,
  maxDataBytes,
  nextBlockTime,
  txSizeInBlock,
  txsHash
} from '../types/index.ts'
import { assert } from '../util/index.ts'
import { AppCallError } from './app-call.ts'

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
  assert(txBytes >= 0, 'the consensus params leave no room for a commit and the evidence of this chain')
  // An unlimited block still lets the app choose from everything in the pool, as CometBFT does.
  const offered = request.reapTxs(maxBytes === -1 ? -1 : txBytes, maxGas)
  const height = state.lastBlockHeight === 0 ? state.initialHeight : state.lastBlockHeight + 1
  const time = nextBlockTime(state, lastCommit)
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
  checkPrepared(txs, txBytes)
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

/** No peer could take a block beyond these bounds. */
function checkPrepared(txs: readonly Uint8Array[], maxTxBytes: number): void {
  const bytes = txs.reduce((sum, tx) => sum + txSizeInBlock(tx), 0)
  if (bytes <= maxTxBytes && txs.length <= MAX_TXS_PER_BLOCK) return
  throw new AppCallError(
    'APP_BAD_RESPONSE',
    `the application prepared ${txs.length} transactions of ${bytes} bytes, at most ${MAX_TXS_PER_BLOCK} of ${maxTxBytes} bytes are allowed`
  )
}
