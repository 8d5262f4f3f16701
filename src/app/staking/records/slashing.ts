import type { MisbehaviourType } from '../../../evidence/index.ts'
import {
  amount,
  bool,
  bytes,
  choice,
  int64,
  type MessageValue,
  message,
  repeated,
  text,
  timestamp,
  uint
} from '../wire/schema.ts'
import { tableOf } from './table-of.ts'

const signingInfo = message('SigningInfo', {
  startHeight: uint(1),
  indexOffset: uint(2),
  missedCount: uint(3),
  jailedUntil: timestamp(4),
  tombstoned: bool(5)
})

/** Everybody who was ever judged by who signed. */
export const SIGNERS = 'sig'

/** By operator. */
export const SIGNING_INFOS = tableOf('sig', signingInfo, { groups: () => [SIGNERS] })

const missedChunk = message('MissedChunk', { bits: bytes(1, 128) })

/** Which blocks an operator missed, by {@link missedId}. */
export const MISSED_CHUNKS = tableOf('miss', missedChunk)

export function missedId(operator: string, chunk: number): string {
  return `${operator}/${chunk}`
}

const offender = message('Offender', { operator: text(1, 128), power: int64(2), height: uint(3) })
const offenders = message('Offenders', { offenders: repeated(1, offender) })

export const OFFENDERS = tableOf('off', offenders)
export const RECENT = 'recent'

const REASONS: Readonly<Record<'downtime' | MisbehaviourType, number>> = {
  downtime: 1,
  duplicateVote: 2,
  duplicateProposal: 3,
  lightClientAttack: 4
}

const slashRecord = message('SlashRecord', {
  operator: text(1, 128),
  reason: choice(2, REASONS),
  /** Of the block that slashed. */
  height: uint(3),
  infractionHeight: uint(4),
  /** At the infraction. */
  power: int64(5),
  /** In units of 10^-18. */
  fraction: amount(6),
  burned: amount(7),
  jailed: bool(8),
  tombstoned: bool(9),
  time: timestamp(10)
})
export type SlashRecord = MessageValue<typeof slashRecord>

/** Every slash there was, by {@link slashId}. */
export const SLASHES = tableOf('sla', slashRecord)

/** Order of ids is the order of slashes. */
export function slashId(number: number): string {
  return number.toString(16).padStart(12, '0')
}
