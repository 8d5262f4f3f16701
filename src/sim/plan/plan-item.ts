import type { VoteType } from '../../types/index.ts'
import type { PersistPhase } from '../disk/index.ts'
import type { PartitionShape } from '../network/index.ts'
import type { FaultClass } from '../options/fault-class.ts'

/** One fault of a run, as data: when, where and what. Nodes are named by their place among all nodes. */
export interface PlanItem {
  readonly atMs: number
  readonly fault: FaultClass
  readonly action: PlanAction
}

export type PlanAction =
  | {
      readonly kind: 'partition'
      readonly shape: PartitionShape
      readonly forMs: number
      readonly salt: number
    }
  | { readonly kind: 'clog'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'slowPeer'; readonly node: number; readonly bytesPerMs: number; readonly forMs: number }
  | { readonly kind: 'disconnect'; readonly node: number; readonly forMs: number }
  /** `node` null for all links. */
  | { readonly kind: 'gossipDead' | 'streamsDead'; readonly node: number | null; readonly forMs: number }
  /** On each link with this probability; `salt` decides which. */
  | {
      readonly kind: 'voteLoss'
      readonly vote: VoteType
      readonly share: number
      readonly forMs: number
      readonly salt: number
    }
  /** In the next height two validators lock on two values; `salt` decides which. */
  | { readonly kind: 'lockTrap'; readonly forMs: number; readonly salt: number }
  | {
      readonly kind: 'crash'
      readonly node: number
      readonly downMs: number
      /** Waits for the so-manieth disk operation from then on, and cuts the power in it; null cuts at once. */
      readonly inOperation: { readonly after: number; readonly phase: PersistPhase } | null
      /** Further crashes while it recovers. */
      readonly nested: number
    }
  | { readonly kind: 'powercut'; readonly downMs: number }
  | { readonly kind: 'pause'; readonly node: number; readonly forMs: number }
  | {
      readonly kind: 'diskError'
      readonly node: number
      readonly error: 'EIO' | 'ENOSPC'
      readonly downMs: number
    }
  | { readonly kind: 'slowDisk'; readonly node: number; readonly latencyMs: number; readonly forMs: number }
  | {
      readonly kind: 'flipBit'
      readonly node: number
      readonly file: 'wal' | 'signState' | 'database'
      /** Where in the file, 0 to 1. */
      readonly place: number
      readonly downMs: number
    }
  | { readonly kind: 'clockJump'; readonly node: number; readonly byMs: number }
  /** A transaction that sets the power of a validator; 0 removes it. */
  | { readonly kind: 'setPower'; readonly node: number; readonly power: number }

/** One line that says what happens. */
export function planText({ atMs, action }: PlanItem, nameOf: (node: number) => string): string {
  return `at ${(atMs / 1000).toFixed(2)} s: ${actionText(action, nameOf)}`
}

function actionText(action: PlanAction, nameOf: (node: number) => string): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
  switch (action.kind) {
    case 'partition':
      return `partition (${action.shape}) for ${seconds(action.forMs)}`
    case 'clog':
      return `links of ${nameOf(action.node)} clogged for ${seconds(action.forMs)}`
    case 'slowPeer':
      return `${nameOf(action.node)} sends ${action.bytesPerMs} bytes a millisecond for ${seconds(action.forMs)}`
    case 'disconnect':
      return `connections of ${nameOf(action.node)} close for ${seconds(action.forMs)}`
    case 'gossipDead':
    case 'streamsDead': {
      const what = action.kind === 'gossipDead' ? 'gossip' : 'streams'
      return `${what} of ${action.node === null ? 'all' : nameOf(action.node)} dead for ${seconds(action.forMs)}`
    }
    case 'voteLoss': {
      const links = `${Math.round(100 * action.share)} % of the links`
      return `${action.vote}s lost on ${links}, streams dead there, for ${seconds(action.forMs)}`
    }
    case 'lockTrap':
      return `single prevotes come late, so that two lock on two values, for at most ${seconds(action.forMs)}`
    case 'crash': {
      const { inOperation, nested, downMs } = action
      const where =
        inOperation === null ? '' : ` ${inOperation.phase} disk operation ${inOperation.after} from here`
      const again = nested === 0 ? '' : `, and ${nested} more times while it recovers`
      return `${nameOf(action.node)} loses power${where}, down ${seconds(downMs)}${again}`
    }
    case 'powercut':
      return `all lose power, down ${seconds(action.downMs)}`
    case 'pause':
      return `${nameOf(action.node)} stopped for ${seconds(action.forMs)}`
    case 'diskError':
      return `the next write of ${nameOf(action.node)} fails with ${action.error}`
    case 'slowDisk':
      return `disk of ${nameOf(action.node)} takes ${action.latencyMs} ms an operation for ${seconds(action.forMs)}`
    case 'flipBit':
      return `a bit flips in the ${action.file} of ${nameOf(action.node)} while it is down ${seconds(action.downMs)}`
    case 'clockJump':
      return `clock of ${nameOf(action.node)} jumps by ${seconds(action.byMs)}`
    case 'setPower':
      return `a transaction gives ${nameOf(action.node)} the power ${action.power}`
  }
}
