export { AppCallError } from './app-call.ts'
export type { AppliedBlock } from './block-executor.ts'
export type { HostListener, HostTransition, MessageOutcome } from './host/host-listener.ts'
export type { ConsensusTiming } from './host/timeouts.ts'
export { Node, type NodeOptions, type NodePorts, openNode } from './node.ts'
export { type NodeEvent, type NodeEvents, type RoundStepName, stepName } from './node-events.ts'
export {
  EMPTY_SIGN_STATE,
  FileSigner,
  formatSignState,
  type LastSignState,
  parseSignState,
  type Signed,
  type Signer,
  SignerError,
  type SigningKey
} from './signer/index.ts'
export { systemClock } from './system-clock.ts'
