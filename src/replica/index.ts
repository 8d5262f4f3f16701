export * from '../consensus/index.ts'
export {
  type AddOutcome,
  type CertificateOutcome,
  type HeightPool,
  MessagePool,
  type MessageQuery,
  POOL_BOUNDS,
  type PoolMessage,
  type PoolMessageKind,
  type PoolProposal,
  type PoolRefusal,
  type PoolVote,
  type VoteCertificate
} from '../mempool/index.ts'
export type { Clock, Logger, Timer } from '../util/index.ts'
export { createReplica } from './create-replica.ts'
export type { Verdict } from './height-run.ts'
export {
  type Ask,
  type CountedMessage,
  type Decision,
  type ReplicaMessage,
  type SignedProposal,
  type SignedVote,
  type Statement,
  statementBytes
} from './message.ts'
export type { ReplicaEvent, ReplicaListener, ReplicaPhase } from './observers.ts'
export {
  DEFAULT_TIMING,
  type LogEntry,
  type Membership,
  type ReplicaOptions,
  type ReplicaProviders,
  type ReplicaStorage,
  type ReplicaTiming,
  type StoredHeight
} from './providers.ts'
export type { Replica } from './replica.ts'
export { ReplicaError, type ReplicaErrorCode } from './replica-error.ts'
