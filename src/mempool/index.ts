export {
  type Admission,
  type AdmissionContext,
  frameVerdict,
  hasBadSignature,
  MAX_HEIGHTS_AHEAD,
  MAX_PROPOSAL_ROUNDS_AHEAD,
  type MessageVerdict,
  type RefusalReason,
  spentSignatureCheck,
  type Verdict
} from './admission.ts'
export { admit } from './admit.ts'
export { DEFAULT_EARLY_LIMITS, type EarlyLimits, type EarlyMessage, EarlyMessages } from './early-messages.ts'
export { HeightPool } from './height-pool.ts'
export { decodeIncoming, type IncomingMessage, makeIncoming } from './incoming.ts'
export type { MessageQuery } from './message-index.ts'
export { MessagePool } from './message-pool.ts'
export {
  type AddOutcome,
  type CertificateOutcome,
  POOL_BOUNDS,
  type PoolMessage,
  type PoolMessageKind,
  type PoolProposal,
  type PoolRefusal,
  type PoolVote,
  type VoteCertificate
} from './pool-message.ts'
export {
  DEFAULT_SIGNATURE_BUDGET,
  type SignatureBudgetLimits,
  SignatureBudgets
} from './signature-budget.ts'
export type { CheckedTx, TxOutcome, TxRefusal, TxRefusalCode, TxTaken } from './tx-outcome.ts'
export { TxPool } from './tx-pool.ts'
export {
  type BlockRoom,
  type CommittedTxs,
  DEFAULT_TX_POOL_CONFIG,
  type PoolTx,
  type TxBatchSummary,
  type TxPoolConfig
} from './tx-pool-types.ts'
export type { VerifiedMessage, VerifiedProposal, VerifiedVote } from './verified.ts'
export {
  decodeConsensusFrame,
  decodeEvidenceFrame,
  decodePartFrame,
  decodeTxsFrame,
  encodeConsensusFrame,
  encodeEvidenceFrame,
  encodePartFrame,
  encodeTxsFrame,
  FRAME_LIMITS,
  type Frame,
  MAX_TXS_PER_FRAME,
  packConsensusFrames,
  TX_BATCH_BYTES
} from './wire.ts'
