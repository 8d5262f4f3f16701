export { AppCallError } from './app-call.ts'
export type { AppliedBlock } from './block-executor.ts'
export { DEFAULT_FAULT_OPTIONS, type FaultOptions, type FaultWatch } from './faults/index.ts'
export type { HostListener, HostTransition, MessageOutcome } from './host/host-listener.ts'
export type { JournalRecord } from './host/journal.ts'
export type { ConsensusTiming } from './host/timeouts.ts'
export { Node, type NodeOptions, type NodePorts } from './node.ts'
export { type NodeEvent, type NodeEvents, type RoundStepName, stepName } from './node-events.ts'
export { openNode } from './open-node.ts'
export {
  EMPTY_SIGN_STATE,
  FileSigner,
  formatSignState,
  type LastSignState,
  laterState,
  newestInJournal,
  parseSignState,
  type Signed,
  type Signer,
  SignerError,
  type SigningKey,
  signJournalPath
} from './signer/index.ts'
export {
  type BlockSyncResponse,
  decodeBlockSyncRequest,
  decodeBlockSyncResponse,
  encodeBlockSyncResponse,
  type SyncedBlock
} from './sync/block-sync-wire.ts'
export {
  type CatchUpResponse,
  type DecodedCatchUpResponse,
  decodeCatchUpRequest,
  decodeCatchUpResponse,
  encodeCatchUpResponse,
  hasBit
} from './sync/catch-up-wire.ts'
export { systemClock } from './system-clock.ts'
export { type LoggedHeight, readJournal } from './wal-replay.ts'
