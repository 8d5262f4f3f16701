import type { SignatureVerifier } from '../crypto/index.ts'
import {
  BLOCK_PROTOCOL,
  type Block,
  blockIdsEqual,
  type ChainState,
  consensusParamsHash,
  encodeEvidenceList,
  validateBlock,
  validateBlockTime,
  verifyCommit
} from '../types/index.ts'

/** Judges the evidence section of a block against this node's own history. Null when all of it may be committed. */
export type EvidenceCheck = (block: Block) => string | null

/**
 * Full validation of a block on top of `state`, every signature of its last commit included; run before prevoting
 * for a block and again before applying one (CometBFT state/validation.go). Returns null, or why the block is refused.
 */
export function checkBlock(
  state: ChainState,
  block: Block,
  verifier: SignatureVerifier,
  checkEvidence: EvidenceCheck
): string | null {
  return (
    validateBlock(block) ??
    checkHeader(state, block) ??
    checkLastCommit(state, block, verifier) ??
    validateBlockTime(state, block.header.height, block.header.time, block.lastCommit) ??
    checkEvidenceSize(state, block) ??
    checkEvidence(block)
  )
}

function checkHeader(state: ChainState, { header }: Block): string | null {
  const expectedHeight = state.lastBlockHeight === 0 ? state.initialHeight : state.lastBlockHeight + 1
  if (header.version.block !== BLOCK_PROTOCOL) return `block protocol is ${header.version.block}`
  if (header.version.app !== state.appVersion)
    return `app version is ${header.version.app}, expected ${state.appVersion}`
  if (header.chainId !== state.chainId) return 'chain id is another'
  if (header.height !== expectedHeight) return `height is ${header.height}, expected ${expectedHeight}`
  if (!blockIdsEqual(header.lastBlockId, state.lastBlockId)) return 'last block id is another'
  if (header.appHash !== state.appHash) return `app hash is ${header.appHash}, expected ${state.appHash}`
  if (header.consensusHash !== consensusParamsHash(state.consensusParams)) return 'consensus hash differs'
  if (header.lastResultsHash !== state.lastResultsHash) return 'last results hash differs'
  if (header.validatorsHash !== state.validators.hash) return 'validators hash differs'
  if (header.nextValidatorsHash !== state.nextValidators.hash) return 'next validators hash differs'
  if (!state.validators.indexByAddress.has(header.proposerAddress)) return 'proposer is not a validator'
  return null
}

function checkLastCommit(state: ChainState, block: Block, verifier: SignatureVerifier): string | null {
  const commit = block.lastCommit
  if (block.header.height === state.initialHeight) {
    return commit === null || commit.signatures.length === 0 ? null : 'the first block has a last commit'
  }
  if (commit === null || state.lastValidators === null) return 'last commit is missing'
  const { chainId, lastValidators, lastBlockId, lastBlockHeight } = state
  return verifyCommit(chainId, lastValidators, lastBlockId, lastBlockHeight, commit, verifier)
}

function checkEvidenceSize(state: ChainState, block: Block): string | null {
  if (block.evidence.length === 0) return null
  const size = encodeEvidenceList(block.evidence).length
  const { maxBytes } = state.consensusParams.evidence
  return size <= maxBytes ? null : `evidence takes ${size} bytes, at most ${maxBytes} are allowed`
}
