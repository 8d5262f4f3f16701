import { type Admission, hasBadSignature, spentSignatureCheck } from './admission.ts'

export interface SignatureBudgetLimits {
  /** Signature checks a peer may cause between two refills. */
  readonly checks: number
  /** What is left of that after its first bad signature; every further one halves it. */
  readonly checksOnceBad: number
  /** Peers remembered; the one longest unheard of is forgotten first. */
  readonly maxPeers: number
}

export const DEFAULT_SIGNATURE_BUDGET: SignatureBudgetLimits = {
  checks: 1000,
  checksOnceBad: 16,
  maxPeers: 1024
}

interface Budget {
  limit: number
  left: number
  wasBad: boolean
}

/**
 * What signature checks each peer may still cause. A bad signature costs fifteen times a good one, because the exact
 * rule must have the last word on it; so a peer that sends one may cause few more, and earns trust back by refills
 * without one. Time is the caller's: {@link refill} about once a second.
 */
export class SignatureBudgets {
  readonly #limits: SignatureBudgetLimits
  readonly #peers = new Map<string, Budget>()

  constructor(limits: SignatureBudgetLimits = DEFAULT_SIGNATURE_BUDGET) {
    this.#limits = limits
  }

  /** Whether a message of this peer may cost a signature check. */
  allows(peer: string): boolean {
    const budget = this.#peers.get(peer)
    return budget === undefined || budget.left > 0
  }

  /** Charges a peer for what its message cost. */
  record(peer: string, admission: Admission): void {
    if (!spentSignatureCheck(admission)) return
    const budget = this.#budgetOf(peer)
    budget.left = Math.max(budget.left - 1, 0)
    if (!hasBadSignature(admission)) return
    const { checks, checksOnceBad } = this.#limits
    budget.limit = budget.limit === checks ? checksOnceBad : Math.floor(budget.limit / 2)
    budget.left = Math.min(budget.left, budget.limit)
    budget.wasBad = true
  }

  /** Gives every peer its checks again; a limit that was lowered doubles when nothing bad came since the last refill. */
  refill(): void {
    for (const [peer, budget] of this.#peers) {
      if (!budget.wasBad) budget.limit = Math.min(Math.max(budget.limit * 2, 1), this.#limits.checks)
      budget.wasBad = false
      budget.left = budget.limit
      // A peer with the full budget is as good as one never heard of.
      if (budget.limit === this.#limits.checks) this.#peers.delete(peer)
    }
  }

  /** Peers with less than the full budget, or being charged since the last refill. */
  get size(): number {
    return this.#peers.size
  }

  #budgetOf(peer: string): Budget {
    const known = this.#peers.get(peer)
    if (known !== undefined) return known
    if (this.#peers.size >= this.#limits.maxPeers) {
      const [oldest] = this.#peers.keys()
      this.#peers.delete(oldest!)
    }
    const budget = { limit: this.#limits.checks, left: this.#limits.checks, wasBad: false }
    this.#peers.set(peer, budget)
    return budget
  }
}
