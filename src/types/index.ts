export * from './amino-json.ts'
export * from './bit-array.ts'
export { decodeBitArray, encodeBitArray, readBitArray, writeBitArray } from './bit-array-bytes.ts'
export * from './block.ts'
export * from './block-id.ts'
export * from './block-limits.ts'
export * from './block-time.ts'
export * from './chain-state.ts'
export * from './commit.ts'
export * from './consensus-message.ts'
export * from './evidence.ts'
export * from './evidence-order.ts'
export * from './genesis.ts'
export * from './genesis-json.ts'
export * from './genesis-parse.ts'
export * from './genesis-state.ts'
export {
  commitHash,
  type DeterministicTxResult,
  encodeTxResult,
  evidenceHash,
  evidenceListHash,
  hashHeader,
  lastResultsHash
} from './hashes.ts'
export * from './header.ts'
export * from './limits.ts'
export { medianTime, type WeightedTime, weightedMedian } from './median-time.ts'
export * from './next-chain-state.ts'
export * from './params.ts'
export * from './params-bytes.ts'
export * from './params-hash.ts'
export * from './params-rules.ts'
export * from './part-set.ts'
export * from './primitives.ts'
export { incrementProposerPriority, proposerOfRound, validatorsOfRound } from './proposer-priority.ts'
export { makeVoteSignBytes, proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from './sign-bytes.ts'
export * from './time.ts'
export * from './tx.ts'
export * from './validate-block.ts'
export * from './validate-commit.ts'
export * from './validate-evidence.ts'
export * from './validate-header.ts'
export * from './validate-vote.ts'
export * from './validator-set.ts'
export { EMPTY_VALIDATOR_SET } from './validator-set-assembly.ts'
export { decodeValidatorSet, encodeValidatorSet } from './validator-set-bytes.ts'
export * from './validator-set-update.ts'
export type { Verified } from './verified.ts'
export * from './verify-commit.ts'
export * from './vote.ts'
export { decodeBlock, encodeBlock } from './wire-block.ts'
export {
  decodeBlockId,
  decodePartSetHeader,
  decodeTimestamp,
  encodeBlockId,
  encodePartSetHeader,
  encodeTimestamp
} from './wire-block-id.ts'
export { decodeCommit, decodeExtendedCommit, encodeCommit, encodeExtendedCommit } from './wire-commit.ts'
export { decodeEvidence, decodeEvidenceList, encodeEvidence, encodeEvidenceList } from './wire-evidence.ts'
export { decodeHeader, encodeHeader } from './wire-header.ts'
export { decodePart, encodePart } from './wire-part.ts'
export { decodeProposal, decodeVote, encodeProposal, encodeVote } from './wire-vote.ts'
