import type { Redelegation, SlashingState, StakedValidator, Unbonding } from '../../../evidence/index.ts'
import { assert } from '../../../util/index.ts'
import { MODULE_ACCOUNTS } from '../addresses.ts'
import { type Chain, SLASHING_PARAMS, THE } from '../records/chain-config.ts'
import {
  DELEGATIONS,
  delegationId,
  REDELEGATIONS,
  redelegationsFrom,
  UNBONDINGS,
  unbondingId,
  unbondingsFrom
} from '../records/delegations.ts'
import { MISSED_CHUNKS, missedId, OFFENDERS, RECENT, SIGNERS, SIGNING_INFOS } from '../records/slashing.ts'
import { KEY_OWNERS, VALIDATORS, type ValidatorRecord } from '../records/validators.ts'
import type { StateLayer } from '../state/state-layer.ts'
import { burn } from './bank.ts'

/** The state as the slashing module asks for it: its records are this app's. */
export function makeSlashingState(state: StateLayer, chain: Chain): SlashingState {
  return {
    tokensPerPower: chain.tokensPerPower,
    params: () => present(state.get(SLASHING_PARAMS, THE)),
    setParams: params => state.set(SLASHING_PARAMS, THE, params),
    signers: () => state.members(SIGNERS),
    signingInfo: operator => state.get(SIGNING_INFOS, operator),
    setSigningInfo: (operator, info) => state.set(SIGNING_INFOS, operator, info),
    missedChunk: (operator, chunk) => state.get(MISSED_CHUNKS, missedId(operator, chunk))?.bits ?? null,
    setMissedChunk(operator, chunk, bits) {
      if (bits === null) state.delete(MISSED_CHUNKS, missedId(operator, chunk))
      else state.set(MISSED_CHUNKS, missedId(operator, chunk), { bits })
    },
    keyOwner: address => state.get(KEY_OWNERS, address),
    setKeyOwner: (address, owner) => state.set(KEY_OWNERS, address, owner),
    validator(operator) {
      const record = state.get(VALIDATORS, operator)
      return record === null ? null : stakedValidator(operator, record)
    },
    setValidator({ operator, jailed, tokens, shares }) {
      const record = present(state.get(VALIDATORS, operator))
      state.set(VALIDATORS, operator, { ...record, jailed, tokens, shares })
    },
    delegationShares: (delegator, operator) =>
      state.get(DELEGATIONS, delegationId(delegator, operator))?.shares ?? 0n,
    setDelegationShares(delegator, operator, shares) {
      setShares(state, delegator, operator, shares)
    },
    unbondingsFrom: operator =>
      state.members(unbondingsFrom(operator)).map((id): Unbonding => {
        const delegator = id.slice(operator.length + 1)
        return { delegator, operator, ...present(state.get(UNBONDINGS, id)) }
      }),
    unbonding(delegator, operator) {
      const record = state.get(UNBONDINGS, unbondingId(operator, delegator))
      return record === null ? null : { delegator, operator, ...record }
    },
    setUnbonding({ delegator, operator, entries }) {
      state.set(UNBONDINGS, unbondingId(operator, delegator), { entries })
    },
    redelegationsFrom: source =>
      state.members(redelegationsFrom(source)).map((id): Redelegation => {
        const [, delegator, destination] = id.split('/')
        return {
          delegator: delegator!,
          source,
          destination: destination!,
          ...present(state.get(REDELEGATIONS, id))
        }
      }),
    recentOffenders: () => state.get(OFFENDERS, RECENT)?.offenders ?? [],
    setRecentOffenders: offenders => state.set(OFFENDERS, RECENT, { offenders }),
    burn(pool, amount) {
      const account = pool === 'bonded' ? MODULE_ACCOUNTS.bondedPool : MODULE_ACCOUNTS.notBondedPool
      burn(state, account, { denom: chain.bondDenom, amount })
    }
  }
}

/** A delegation of no shares is no delegation. */
export function setShares(state: StateLayer, delegator: string, operator: string, shares: bigint): void {
  const id = delegationId(delegator, operator)
  if (shares === 0n) state.delete(DELEGATIONS, id)
  else state.set(DELEGATIONS, id, { shares })
}

function stakedValidator(operator: string, record: ValidatorRecord): StakedValidator {
  const { status, jailed, tokens, shares, minSelfBond } = record
  return { operator, status, jailed, tokens, shares, selfDelegator: operator, minSelfBond }
}

function present<T>(record: T | null): T {
  assert(record !== null, 'a record that others name is there')
  return record
}
