import { timestampToRfc3339 } from '../../types/index.ts'
import type { Fault, FaultKind, SigningInfo, SlashEntry, SlashingParams } from '../fault-view.ts'
import { evidenceToJson } from './evidence.ts'
import { base64Json, hexJson, int64Json, type JsonObject } from './json.ts'

/** Names of the kinds in answers and questions. */
export const FAULT_KIND_NAMES: Readonly<Record<FaultKind, string>> = {
  duplicateVote: 'duplicate_vote',
  duplicateProposal: 'duplicate_proposal',
  lightClientAttack: 'light_client_attack',
  downtime: 'downtime'
}

/** A time that is not set, as Go prints it. */
const NO_TIME = '0001-01-01T00:00:00Z'

/** One of `evidence` and `downtime` is there, the other null. */
export function faultToJson(fault: Fault): JsonObject {
  return {
    hash: hexJson(fault.hash),
    kind: FAULT_KIND_NAMES[fault.kind],
    status: fault.status,
    height: int64Json(fault.height),
    committed_height: int64Json(fault.committedHeight),
    validators: fault.validators.map(hexJson),
    evidence: fault.kind === 'downtime' ? null : evidenceToJson(fault.evidence),
    downtime:
      fault.kind === 'downtime'
        ? {
            window: int64Json(fault.window),
            missed_blocks: int64Json(fault.missedCount),
            missed_bitmap: base64Json(fault.missed),
            power: int64Json(fault.power)
          }
        : null
  }
}

export function slashToJson(slash: SlashEntry): JsonObject {
  return {
    height: int64Json(slash.height),
    validator_address: hexJson(slash.validator),
    reason: slash.reason,
    power: int64OrNull(slash.power),
    fraction: slash.fraction,
    burned: int64OrNull(slash.burned),
    jailed: slash.jailed,
    tombstoned: slash.tombstoned,
    voting_power_before: int64OrNull(slash.powerBefore),
    voting_power_after: int64OrNull(slash.powerAfter)
  }
}

function int64OrNull(value: bigint | null): string | null {
  return value === null ? null : int64Json(value)
}

/** Names as in Cosmos SDK's ValidatorSigningInfo; the address is that of the consensus key. */
export function signingInfoToJson(info: SigningInfo): JsonObject {
  return {
    address: hexJson(info.address),
    start_height: int64Json(info.startHeight),
    index_offset: int64Json(info.indexOffset),
    jailed_until: info.jailedUntil === null ? NO_TIME : timestampToRfc3339(info.jailedUntil),
    tombstoned: info.tombstoned,
    missed_blocks_counter: int64Json(info.missedBlocks)
  }
}

/** Names as in Cosmos SDK's slashing params; the duration in nanoseconds, as consensus params have theirs. */
export function slashingParamsToJson(params: SlashingParams): JsonObject {
  return {
    signed_blocks_window: int64Json(params.signedBlocksWindow),
    min_signed_per_window: params.minSignedPerWindow,
    downtime_jail_duration: int64OrNull(params.downtimeJailDuration),
    slash_fraction_double_sign: params.slashFractionDoubleSign,
    slash_fraction_downtime: params.slashFractionDowntime,
    correlation_window_blocks: int64OrNull(params.correlationWindowBlocks)
  }
}
