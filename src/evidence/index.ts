export { type DowntimeRecord, decodeDowntime, encodeDowntime } from './downtime-record.ts'
export {
  DEFAULT_DOWNTIME_RULES,
  DowntimeRecorder,
  type DowntimeRecorderParts,
  type DowntimeRules,
  type Presence
} from './downtime-recorder.ts'
export {
  type ChainHistory,
  contextOfState,
  type EvidenceContext,
  type EvidenceRefusal,
  type EvidenceRefusalCode,
  isExpired,
  isSendersFault
} from './evidence-context.ts'
export {
  type AddOutcome,
  DEFAULT_EVIDENCE_POOL_LIMITS,
  EvidencePool,
  type EvidencePoolLimits,
  type EvidencePoolParts
} from './evidence-pool.ts'
export {
  type FaultFilter,
  type FaultPage,
  type FaultRecord,
  type FaultSource,
  type Page,
  searchFaults
} from './evidence-query.ts'
export type { EvidenceRecord, EvidenceStatus } from './evidence-record.ts'
export { type EvidenceStore, EvidenceStoreError, type StoreOp } from './evidence-store.ts'
export {
  DEFAULT_FAULT_DETECTOR_CONFIG,
  FaultDetector,
  type FaultDetectorConfig,
  type MissingValidator,
  type Observation,
  type OwnKey,
  type SignedPosition
} from './fault-detector.ts'
export {
  canonicalEvidence,
  culpritsOf,
  heightOfEvidence,
  type Offence,
  type OffenceKey,
  offenceKey
} from './offence.ts'
export { type ActiveSet, chooseActiveSet, type SetCandidate } from './slashing/active-set.ts'
export { beginBlockSlashing, judgeLiveness, judgeMisbehaviour } from './slashing/begin-block.ts'
export {
  type Fraction,
  fractionFromText,
  fractionOf,
  fractionToText,
  ONE,
  shareOf
} from './slashing/fraction.ts'
export {
  changeParams,
  checkSelfBond,
  JAILED_FOR_EVER,
  noteBonded,
  type ParamsOutcome,
  type RotateRefusal,
  rotateKey,
  selfBondOf,
  type Unjailed,
  type UnjailRefusal,
  unjail
} from './slashing/jail.ts'
export { CHUNK_BITS } from './slashing/missed-window.ts'
export { type SlashOutcome, type SlashRequest, slash } from './slashing/slash.ts'
export {
  type ChainTimes,
  DEFAULT_SLASHING_PARAMS,
  largestSafeMinSigned,
  type SlashingParams,
  validateChainTimes,
  validateSlashingParams
} from './slashing/slashing-params.ts'
export type {
  BlockPlace,
  BondStatus,
  DelegatorId,
  KeyOwner,
  LivenessState,
  MisbehaviourType,
  OperatorId,
  RecentOffender,
  Redelegation,
  RedelegationEntry,
  SigningInfo,
  SlashingBlock,
  SlashingEvent,
  SlashingState,
  StakedValidator,
  Unbonding,
  UnbondingEntry
} from './slashing/slashing-state.ts'
export { MAX_PROVABLE_PROPOSAL_ROUND } from './verify-duplicate.ts'
export {
  type BareProof,
  type BareProofContext,
  verifyEvidence,
  verifyEvidenceAlone
} from './verify-evidence.ts'
