import {
  compareTimestamps,
  type Height,
  type Hex,
  type Timestamp,
  timestampToRfc3339
} from '../../types/index.ts'
import { clearMissed } from './missed-window.ts'
import { type SlashingParams, validateSlashingParams } from './slashing-params.ts'
import type {
  BlockPlace,
  OperatorId,
  SigningInfo,
  SlashingEvent,
  SlashingState,
  StakedValidator
} from './slashing-state.ts'

/** 9999-12-31T23:59:59Z: no block comes later, so nobody is ever let out (Cosmos SDK DoubleSignJailEndTime). */
export const JAILED_FOR_EVER: Timestamp = { seconds: 253402300799, nanos: 0 }
const NOT_JAILED: Timestamp = { seconds: 0, nanos: 0 }

export type UnjailRefusal =
  | 'noValidator'
  | 'noSelfBond'
  | 'selfBondTooLow'
  | 'notJailed'
  | 'tombstoned'
  | 'stillJailed'

export type Unjailed =
  | { readonly ok: true; readonly events: readonly SlashingEvent[] }
  | { readonly ok: false; readonly code: UnjailRefusal; readonly log: string }

export function freshSigningInfo(startHeight: Height): SigningInfo {
  return { startHeight, indexOffset: 0, missedCount: 0, jailedUntil: NOT_JAILED, tombstoned: false }
}

/** Tokens behind the operator's own delegation. */
export function selfBondOf(state: SlashingState, validator: StakedValidator): bigint {
  if (validator.shares <= 0n) return 0n
  const shares = state.delegationShares(validator.selfDelegator, validator.operator)
  return (shares * validator.tokens) / validator.shares
}

/** Jails a validator that is not in jail; true when it was not. */
export function jail(state: SlashingState, operator: OperatorId): boolean {
  const validator = state.validator(operator)
  if (validator === null || validator.jailed) return false
  state.setValidator({ ...validator, jailed: true })
  return true
}

/** To be asked after every change of an operator's own stake: with too little of it, it is jailed at once. */
export function checkSelfBond(state: SlashingState, operator: OperatorId): readonly SlashingEvent[] {
  const validator = state.validator(operator)
  if (validator === null || selfBondOf(state, validator) >= validator.minSelfBond) return []
  return jail(state, operator) ? [{ kind: 'jail', operator, reason: 'selfBond' }] : []
}

/**
 * Lets a validator out of jail, at its own request: not before its time, never when tombstoned, and only with enough
 * stake of its own. One jailed for that alone has no jail time (Cosmos SDK x/slashing Unjail). Refusal changes nothing.
 */
export function unjail(
  state: SlashingState,
  operator: OperatorId,
  { time }: Pick<BlockPlace, 'time'>
): Unjailed {
  const validator = state.validator(operator)
  if (validator === null) return refuse('noValidator', 'address is not associated with any known validator')
  if (state.delegationShares(validator.selfDelegator, operator) <= 0n) {
    return refuse('noSelfBond', 'validator has no self-delegation; cannot be unjailed')
  }
  const selfBond = selfBondOf(state, validator)
  if (selfBond < validator.minSelfBond) {
    const amounts = `${selfBond} less than ${validator.minSelfBond}`
    return refuse(
      'selfBondTooLow',
      `validator's self delegation less than minimum; cannot be unjailed: ${amounts}`
    )
  }
  if (!validator.jailed) return refuse('notJailed', 'validator not jailed; cannot be unjailed')
  const info = state.signingInfo(operator)
  if (info?.tombstoned) return refuse('tombstoned', 'validator still jailed; cannot be unjailed: tombstoned')
  if (info !== null && compareTimestamps(time, info.jailedUntil) < 0) {
    const until = timestampToRfc3339(info.jailedUntil)
    return refuse('stillJailed', `not before ${until}: validator still jailed; cannot be unjailed`)
  }
  state.setValidator({ ...validator, jailed: false })
  return { ok: true, events: [{ kind: 'unjail', operator }] }
}

function refuse(code: UnjailRefusal, log: string): Unjailed {
  return { ok: false, code, log }
}

/**
 * An operator entered the validator set at the end of this block. Its window goes on where it was when it left without
 * a downtime slash, and the blocks counted then count towards the first window: otherwise leaving and coming back would
 * postpone the judgement for ever.
 */
export function noteBonded(state: SlashingState, operator: OperatorId, height: Height): void {
  const info = state.signingInfo(operator)
  if (info === null) {
    state.setSigningInfo(operator, freshSigningInfo(height))
    return
  }
  const counted = Math.min(info.indexOffset, state.params().signedBlocksWindow)
  state.setSigningInfo(operator, { ...info, startHeight: height - counted })
}

export type ParamsOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/**
 * Puts new params in force in this block. A window of another length starts empty for everybody, with the grace of one
 * who joins: bits of the old one say nothing in it.
 */
export function changeParams(state: SlashingState, params: SlashingParams, height: Height): ParamsOutcome {
  const problem = validateSlashingParams(params)
  if (problem !== null) return { ok: false, reason: problem }
  const before = state.params()
  state.setParams(params)
  if (before.signedBlocksWindow === params.signedBlocksWindow) return { ok: true }
  for (const operator of [...state.signers()]) {
    const info = state.signingInfo(operator)
    if (info === null) continue
    clearMissed(state, operator, before.signedBlocksWindow)
    state.setSigningInfo(operator, { ...info, startHeight: height, indexOffset: 0, missedCount: 0 })
  }
  return { ok: true }
}

export type RotateRefusal = 'keyUsed' | 'noValidator' | 'tombstoned'

/**
 * Gives an operator another consensus key from `height` on. The old key stays its own for ever, so what it signed can
 * still be held against the operator, and no key is ever used again, by anybody. Null when done.
 */
export function rotateKey(
  state: SlashingState,
  operator: OperatorId,
  keys: { readonly from: Hex; readonly to: Hex },
  height: Height
): RotateRefusal | null {
  const old = state.keyOwner(keys.from)
  if (state.validator(operator) === null || old?.operator !== operator || old.toHeight !== null)
    return 'noValidator'
  if (state.keyOwner(keys.to) !== null) return 'keyUsed'
  if (state.signingInfo(operator)?.tombstoned) return 'tombstoned'
  state.setKeyOwner(keys.from, { ...old, toHeight: height })
  state.setKeyOwner(keys.to, { operator, fromHeight: height, toHeight: null })
  return null
}
