import type { Power } from '../../types/index.ts'
import type { OperatorId } from './slashing-state.ts'

export interface SetCandidate {
  readonly operator: OperatorId
  readonly power: Power
  readonly jailed: boolean
}

export interface ActiveSet {
  /** Strongest first, then by operator. */
  readonly active: readonly SetCandidate[]
  /** Jailed, and kept in the set so that it does not become too small; everybody must be alarmed. */
  readonly deferred: readonly OperatorId[]
}

/**
 * Who forms the validator set: the strongest `maxValidators` that are not jailed. Where that leaves fewer than
 * `minActive`, members of the set as it was stay in, strongest first, though they are jailed: their slash stands, only
 * their removal waits, since a chain without validators cannot punish or forgive anybody any more.
 */
export function chooseActiveSet(
  candidates: readonly SetCandidate[],
  current: ReadonlySet<OperatorId>,
  limits: { readonly maxValidators: number; readonly minActive: number }
): ActiveSet {
  const strongest = candidates.filter(({ power }) => power > 0n).toSorted(byPower)
  const active = strongest.filter(({ jailed }) => !jailed).slice(0, limits.maxValidators)
  const missing = Math.max(limits.minActive, 1) - active.length
  if (missing <= 0) return { active, deferred: [] }
  const kept = strongest.filter(({ jailed, operator }) => jailed && current.has(operator)).slice(0, missing)
  return { active: [...active, ...kept].toSorted(byPower), deferred: kept.map(({ operator }) => operator) }
}

function byPower(a: SetCandidate, b: SetCandidate): number {
  if (a.power !== b.power) return a.power > b.power ? -1 : 1
  return a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : 0
}
