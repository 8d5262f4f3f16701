export { BEHAVIOURS, type BehaviourName } from './byzantine/behaviour.ts'
export { type Violation, violationText } from './checkers/court.ts'
export type { Invariant } from './checkers/fail.ts'
export { type ClusterOptions, type MachineSpec, SIM_TIMING, SimCluster } from './cluster.ts'
export {
  type CrashPoint,
  type CrashPointPlan,
  type CrashPointResult,
  enumerateCrashPoints
} from './crash-points.ts'
export type { NetworkCounts } from './network/index.ts'
export { drawOptions } from './options/draw-options.ts'
export { FAULT_CLASSES, FAULT_WORDS, type FaultClass, isFaultClass } from './options/fault-class.ts'
export { optionsText, planLines } from './options/options-text.ts'
export {
  isTolerable,
  type Misfit,
  SIM_LIMITS,
  type SimOptions,
  type SimRequest
} from './options/sim-options.ts'
export { makePrng, type Prng } from './prng.ts'
export type { SimReport } from './run/report.ts'
export { runSimulation } from './run/run-simulation.ts'
export type { WorldHooks } from './run/world.ts'
export { type Shrinking, shrink } from './shrink.ts'
export type { SimScheme } from './sim-keys.ts'
export {
  commandOf,
  type Passage,
  type PlayedStory,
  parseStory,
  playStory,
  printStory,
  roundOf,
  type SavedStory,
  type StoryCommand,
  StoryError,
  saveStory,
  sendersOf,
  storyChainOf
} from './story/index.ts'
