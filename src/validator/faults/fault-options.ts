import { DEFAULT_DOWNTIME_RULES, DEFAULT_FAULT_DETECTOR_CONFIG } from '../../evidence/index.ts'

/** How a node looks for misbehaviour. None of it is agreed on: what counts is what evidence proves. */
export interface FaultOptions {
  /** Offences of one validator within the detector's window from which on evidence is made. */
  readonly equivocationThreshold: number
  /** Blocks a validator's presence is judged by, and how many of them it may miss. */
  readonly downtimeWindow: number
  readonly downtimeThreshold: number
  /** How often it is said who is missing. */
  readonly monitorIntervalMs: number
  /** How often evidence is sent again while no block carries it. */
  readonly evidenceGossipIntervalMs: number
  /** Stop signing when somebody else signs with this node's key. Off only where that is the experiment. */
  readonly stopsForTwin: boolean
}

export const DEFAULT_FAULT_OPTIONS: FaultOptions = {
  equivocationThreshold: DEFAULT_FAULT_DETECTOR_CONFIG.equivocationThreshold,
  downtimeWindow: DEFAULT_DOWNTIME_RULES.window,
  downtimeThreshold: DEFAULT_DOWNTIME_RULES.threshold,
  monitorIntervalMs: 10_000,
  evidenceGossipIntervalMs: 10_000,
  stopsForTwin: true
}
