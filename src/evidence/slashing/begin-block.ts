import { addNanos, BLOCK_ID_FLAG, type Power } from '../../types/index.ts'
import { type Fraction, fractionOf } from './fraction.ts'
import { checkSelfBond, freshSigningInfo, JAILED_FOR_EVER, jail } from './jail.ts'
import { clearMissed, noteBlock } from './missed-window.ts'
import { type SlashOutcome, type SlashRequest, slash } from './slash.ts'
import type {
  BlockPlace,
  MisbehaviourType,
  OperatorId,
  RecentOffender,
  SlashingBlock,
  SlashingEvent,
  SlashingState
} from './slashing-state.ts'

/**
 * What a block does to those who stayed away or lied: liveness over its last commit first, then its evidence in order
 * (DESIGN 6). To be run after rewards and before transactions. A pure function of state and block; whatever is in the
 * block, it ends with events and never with an exception.
 */
export function beginBlockSlashing(state: SlashingState, block: SlashingBlock): readonly SlashingEvent[] {
  return [...judgeLiveness(state, block), ...judgeMisbehaviour(state, block)]
}

/** Notes who signed the last block; who missed too many of the window is slashed and jailed. */
export function judgeLiveness(state: SlashingState, block: SlashingBlock): readonly SlashingEvent[] {
  const events: SlashingEvent[] = []
  for (const { validator, blockIdFlag } of block.lastCommit) {
    const owner = state.keyOwner(validator.address)
    const staked = owner && state.validator(owner.operator)
    if (owner === null || staked === null) {
      const reason = owner === null ? 'unknownKey' : 'unknownValidator'
      events.push({ kind: 'ignored', address: validator.address, reason })
      continue
    }
    // While in jail the window stands still.
    if (staked.jailed) continue
    judgeSigner(
      state,
      owner.operator,
      { missed: blockIdFlag === BLOCK_ID_FLAG.absent, power: validator.power },
      block,
      events
    )
  }
  return events
}

function judgeSigner(
  state: SlashingState,
  operator: OperatorId,
  signed: { readonly missed: boolean; readonly power: Power },
  block: BlockPlace,
  events: SlashingEvent[]
): void {
  const {
    signedBlocksWindow: window,
    minSigned,
    slashFractionDowntime,
    downtimeJailDuration
  } = state.params()
  const before = state.signingInfo(operator) ?? freshSigningInfo(block.height)
  const info = noteBlock(state, operator, before, signed.missed, window)
  if (signed.missed) events.push({ kind: 'missed', operator, missedCount: info.missedCount })
  if (block.height <= info.startHeight + window || info.missedCount <= window - minSigned) {
    state.setSigningInfo(operator, info)
    return
  }
  // The set that did not sign was fixed two blocks ago.
  const infraction = {
    infractionHeight: block.height - 2,
    power: signed.power,
    fraction: slashFractionDowntime
  }
  events.push(...applySlash(state, { operator, ...infraction }, 'downtime', block))
  if (jail(state, operator)) events.push({ kind: 'jail', operator, reason: 'downtime' })
  clearMissed(state, operator, window)
  const jailedUntil = addNanos(block.time, downtimeJailDuration)
  state.setSigningInfo(operator, { ...info, indexOffset: 0, missedCount: 0, jailedUntil })
}

type Misbehaviour = SlashingBlock['misbehavior'][number]

interface Accusation {
  readonly operator: OperatorId
  readonly misbehaviour: Misbehaviour
}

/** Slashes, jails and tombstones everybody the block's evidence names, each once. */
export function judgeMisbehaviour(state: SlashingState, block: SlashingBlock): readonly SlashingEvent[] {
  if (block.misbehavior.length === 0) return []
  const events: SlashingEvent[] = []
  const accusations = accusationsOf(state, block, events)
  const offenders = rememberOffenders(state, accusations, block)
  const offending = offenders.reduce((sum, { power }) => sum + power, 0n)
  for (const { operator, misbehaviour } of accusations) {
    const { type, height, validator, totalVotingPower } = misbehaviour
    const fraction = doubleSignFraction(state, offending, totalVotingPower)
    // Stake that began to leave in the block before still stood behind the signature.
    const request = { operator, infractionHeight: height - 1, power: validator.power, fraction }
    events.push(...applySlash(state, request, type, block))
    if (jail(state, operator)) events.push({ kind: 'jail', operator, reason: type })
    const info = state.signingInfo(operator) ?? freshSigningInfo(block.height)
    state.setSigningInfo(operator, { ...info, jailedUntil: JAILED_FOR_EVER, tombstoned: true })
    events.push({ kind: 'tombstone', operator })
  }
  return events
}

/** The accusations that lead to a slash: of a validator with stake here, not punished before, and one each. */
function accusationsOf(
  state: SlashingState,
  block: SlashingBlock,
  events: SlashingEvent[]
): readonly Accusation[] {
  const accused = new Set<OperatorId>()
  return block.misbehavior.flatMap(misbehaviour => {
    const { address } = misbehaviour.validator
    const owner = state.keyOwner(address)
    const reason =
      owner === null ? 'unknownKey' : innocence(state, owner.operator, misbehaviour, block, accused)
    if (owner === null || reason !== null) {
      events.push({ kind: 'ignored', address, reason: reason ?? 'unknownKey' })
      return []
    }
    accused.add(owner.operator)
    return [{ operator: owner.operator, misbehaviour }]
  })
}

function innocence(
  state: SlashingState,
  operator: OperatorId,
  { validator, height }: Misbehaviour,
  block: BlockPlace,
  accused: ReadonlySet<OperatorId>
): Extract<SlashingEvent, { kind: 'ignored' }>['reason'] | null {
  const staked = state.validator(operator)
  if (staked === null) return 'unknownValidator'
  if (staked.status === 'unbonded') return 'unbonded'
  if (accused.has(operator) || state.signingInfo(operator)?.tombstoned) return 'tombstoned'
  return validator.power <= 0n || height > block.height ? 'invalid' : null
}

/** Those tombstoned within the correlation window, this block's among them. */
function rememberOffenders(
  state: SlashingState,
  accusations: readonly Accusation[],
  { height }: BlockPlace
): readonly RecentOffender[] {
  const oldest = height - state.params().correlationWindowBlocks
  const earlier = state.recentOffenders().filter(each => each.height > oldest)
  const now = accusations.map(({ operator, misbehaviour }) => ({
    operator,
    power: misbehaviour.validator.power,
    height
  }))
  const offenders = [...earlier, ...now]
  state.setRecentOffenders(offenders)
  return offenders
}

/** max(base, min((3 k / n)^2, 1)): an accident of one costs little, an attack of a third costs everything. */
function doubleSignFraction(state: SlashingState, offending: Power, total: Power): Fraction {
  const { slashFractionDoubleSign: base, correlation } = state.params()
  if (!correlation) return base
  const correlated = fractionOf(9n * offending * offending, total * total)
  if (correlated > base) return correlated
  return base
}

function applySlash(
  state: SlashingState,
  request: SlashRequest,
  reason: 'downtime' | MisbehaviourType,
  block: BlockPlace
): readonly SlashingEvent[] {
  const outcome: SlashOutcome = slash(state, request, block)
  const { operator, infractionHeight, power, fraction } = request
  const { burned } = outcome
  return [
    { kind: 'slash', operator, reason, infractionHeight, power, fraction, burned },
    ...outcome.weakened.flatMap(each => checkSelfBond(state, each))
  ]
}
