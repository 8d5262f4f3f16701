import type { Hex } from '../../types/index.ts'
import type { PersistOp, PersistPhase } from '../disk/index.ts'
import type { Misfit } from '../options/sim-options.ts'
import type { SimNode } from '../sim-node.ts'

/** A disk operation in which the power will go off. */
export interface ArmedCrash {
  /** Operations to let pass. */
  remaining: number
  readonly phase: PersistPhase
  readonly crash: () => void
}

/** One machine with what the faults of the run have in store for it. */
export class Machine {
  readonly index: number
  readonly name: string
  /** Whose key it signs with. */
  readonly key: number
  readonly address: Hex
  readonly misfit: Misfit | null
  /** False for validators that misbehave, twins among them. */
  readonly isHonest: boolean
  /** Nobody may expect anything of it any more: its disk was damaged, and it refused to start. */
  excuse: string | null = null
  /** Heights this machine said it had committed. */
  acknowledged = 0
  /** Its application needs no block below this height; 0 while it needs all. */
  retainHeight = 0
  /** The lowest height in its store when it was last looked at. */
  base = 1
  latencyMs = 0
  armed: ArmedCrash | null = null
  /** Told of every disk operation before it begins. */
  onOperation: ((machine: Machine) => void) | null = null
  nextError: 'EIO' | 'ENOSPC' | null = null
  /** True from a failed write to the end of that process. */
  hasFailedWrite = false
  /** True once a bit of its disk has flipped. */
  isDamaged = false
  #node: SimNode | null = null

  constructor(index: number, name: string, key: number, address: Hex, misfit: Misfit | null) {
    this.index = index
    this.name = name
    this.key = key
    this.address = address
    this.misfit = misfit
    this.isHonest = misfit === null
  }

  get sim(): SimNode {
    return this.#node!
  }

  set sim(node: SimNode) {
    this.#node = node
  }

  /** Called three times for every disk operation. */
  onPersist(_op: PersistOp, phase: PersistPhase): void {
    if (phase === 'before') this.onOperation?.(this)
    const { armed } = this
    if (armed === null || armed.phase !== phase || armed.remaining-- > 0) return
    this.armed = null
    armed.crash()
  }

  /** Asked for every disk operation. */
  fault(op: PersistOp): 'EIO' | 'ENOSPC' | null {
    const error = op.label === 'remove' ? null : this.nextError
    if (error === null) return null
    this.nextError = null
    this.hasFailedWrite = true
    return error
  }
}
