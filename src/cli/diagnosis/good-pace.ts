import type { Finding } from './finding.ts'
import type { ConsensusSnapshot } from './snapshot.ts'
import { quorumPower, totalPower } from './tally.ts'
import { absence, validatorsText } from './who.ts'
import { ageText, percentOf } from './wording.ts'

/** Heights' worth of time in which nothing is heard of a validator before it counts as away. */
const AWAY_FACTOR = 2

/** Blocks come as often as they should; what remains to be told is who is away, since the next loss may stop the chain. */
export function goodPace(snapshot: ConsensusSnapshot): Finding {
  const { sinceBlockMs, step } = snapshot
  const last = sinceBlockMs === null ? '' : `, last block ${ageText(sinceBlockMs)} ago`
  const away = validatorsAway(snapshot)
  if (away.length === 0) {
    return {
      situation: 'healthy',
      text: `blocks come as they should (step ${step}${last})`,
      advice: 'nothing to do'
    }
  }
  return {
    situation: 'validatorsAway',
    text: `blocks come (step ${step}${last}), without ${validatorsText(snapshot, away, index => absence(snapshot, index))}`,
    advice: `reach their operators: ${nextLoss(snapshot, away)}`
  }
}

/** By falling power; not those of whom it is not known whether they were heard before this height. */
function validatorsAway({
  validators,
  self,
  watchedMs,
  usualHeightMs
}: ConsensusSnapshot): readonly number[] {
  const away = validators.flatMap(({ lastSeenMs }, index) => {
    const silentMs = lastSeenMs ?? watchedMs
    return index !== self && silentMs !== null && silentMs > AWAY_FACTOR * usualHeightMs ? [index] : []
  })
  return away.sort((a, b) => Number(validators[b]!.power - validators[a]!.power) || a - b)
}

function nextLoss(snapshot: ConsensusSnapshot, away: readonly number[]): string {
  const total = totalPower(snapshot)
  const lost = away.reduce((sum, index) => sum + snapshot.validators[index]!.power, 0n)
  const spare = total - lost - quorumPower(snapshot)
  return spare > 0n
    ? `the chain stops when more than ${percentOf(spare, total)} of the power is lost besides`
    : 'any further loss of power stops the chain'
}
