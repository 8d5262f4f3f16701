export { DEFAULT_FAULT_OPTIONS, type FaultOptions } from './fault-options.ts'
export type { FaultWatch } from './fault-watch.ts'
export { makeFaultWatch } from './make-fault-watch.ts'
export { type FaultBooks, openFaultBooks } from './open-fault-books.ts'
