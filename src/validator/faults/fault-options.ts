import {
  DEFAULT_DOWNTIME_RULES,
  DEFAULT_FAULT_DETECTOR_CONFIG,
  type DowntimeRules
} from '../../evidence/index.ts'

/** How a node looks for misbehaviour. None of it is agreed on: what counts is what evidence proves. */
export interface FaultOptions {
  /** Offences of one validator within the detector's window from which on evidence is made. */
  readonly equivocationThreshold: number
  /** A validator is reported as down when it was silent for more heights than this. */
  readonly downtimeThreshold: number
  /** From when on absence is recorded. The same at every node of a chain, or their records differ. */
  readonly downtimeRules: DowntimeRules
  /** How often it is said who is missing. */
  readonly monitorIntervalMs: number
  /** How often evidence is sent again while no block carries it. */
  readonly evidenceGossipIntervalMs: number
  /** Stop signing when somebody else signs with this node's key. Off only where that is the experiment. */
  readonly stopsForTwin: boolean
}

export const DEFAULT_FAULT_OPTIONS: FaultOptions = {
  equivocationThreshold: DEFAULT_FAULT_DETECTOR_CONFIG.equivocationThreshold,
  downtimeThreshold: DEFAULT_FAULT_DETECTOR_CONFIG.downtimeThreshold,
  downtimeRules: DEFAULT_DOWNTIME_RULES,
  monitorIntervalMs: 10_000,
  evidenceGossipIntervalMs: 10_000,
  stopsForTwin: true
}
