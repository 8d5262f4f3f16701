export { HeightPool } from './height-pool.ts'
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
export type { VerifiedMessage, VerifiedProposal, VerifiedVote } from './verified.ts'
