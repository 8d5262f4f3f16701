import { addressOf } from '../../../crypto/index.ts'
import { fractionToText, type SlashingEvent } from '../../../evidence/index.ts'
import { type Context, emit } from '../context.ts'
import { COUNTERS, SLASH_NUMBERS } from '../records/accounts.ts'
import { SIGNING_INFOS, SLASHES, slashId } from '../records/slashing.ts'
import { VALIDATORS } from '../records/validators.ts'

type SlashEvent = Extract<SlashingEvent, { kind: 'slash' }>

/** Words Cosmos SDK uses, and ours for what it does not know. */
export const REASON_TEXT = {
  downtime: 'missing_signature',
  duplicateVote: 'double_sign',
  duplicateProposal: 'double_proposal',
  lightClientAttack: 'light_client_attack',
  selfBond: 'self_delegation'
} as const

/** Publishes what slashing did, and keeps a record of every slash. To be called when all of it is in the state. */
export function publishSlashing(ctx: Context, happened: readonly SlashingEvent[]): void {
  for (const event of happened) {
    publish(ctx, event)
    if (event.kind === 'slash') keepRecord(ctx, event)
  }
}

function publish(ctx: Context, event: SlashingEvent): void {
  if (event.kind === 'ignored') {
    const address = ctx.addresses.ofConsensusKey(event.address)
    emit(ctx, 'slash_ignored', { address, reason: event.reason })
    return
  }
  const validator = ctx.addresses.ofOperator(event.operator)
  const address = consensusAddress(ctx, event.operator)
  const type = event.kind === 'missed' ? 'liveness' : event.kind
  emit(ctx, type, { address, validator, ...detailsOf(ctx, event) })
}

function detailsOf(ctx: Context, event: SlashingEvent): Readonly<Record<string, string>> {
  switch (event.kind) {
    case 'slash':
      return {
        power: `${event.power}`,
        reason: REASON_TEXT[event.reason],
        infraction_height: `${event.infractionHeight}`,
        fraction: fractionToText(event.fraction),
        burned_coins: `${event.burned}${ctx.chain.bondDenom}`
      }
    case 'jail':
      return { reason: REASON_TEXT[event.reason] }
    case 'missed':
      return { missed_blocks: `${event.missedCount}`, height: `${ctx.height}` }
    default:
      return {}
  }
}

/** '' for a validator that has left. */
function consensusAddress(ctx: Context, operator: string): string {
  const record = ctx.state.get(VALIDATORS, operator)
  return record === null ? '' : ctx.addresses.ofConsensusKey(addressOf(record.consensusKey))
}

function keepRecord(ctx: Context, event: SlashEvent): void {
  const { operator, reason, infractionHeight, power, fraction, burned } = event
  const number = ctx.state.get(COUNTERS, SLASH_NUMBERS)?.next ?? 0
  ctx.state.set(COUNTERS, SLASH_NUMBERS, { next: number + 1 })
  ctx.state.set(SLASHES, slashId(number), {
    operator,
    reason,
    height: ctx.height,
    infractionHeight,
    power,
    fraction,
    burned,
    jailed: ctx.state.get(VALIDATORS, operator)?.jailed ?? false,
    tombstoned: ctx.state.get(SIGNING_INFOS, operator)?.tombstoned ?? false,
    time: ctx.time
  })
}
