import type { ConsensusSnapshot } from './snapshot.ts'
import { totalPower } from './tally.ts'
import { ageText, listText, percentOf, validatorName } from './wording.ts'

/** Validators named in a sentence; the others are counted. */
const MOST_NAMED = 5

/** `V3 (20 %, last seen 40 s ago) and V7 (15 %, voted nil)`; `why` says what is to be said of each. */
export function validatorsText(
  snapshot: ConsensusSnapshot,
  indexes: readonly number[],
  why: (index: number) => string
): string {
  const { validators } = snapshot
  const total = totalPower(snapshot)
  const named = indexes.slice(0, MOST_NAMED).map(index => {
    const share = percentOf(validators[index]!.power, total)
    return `${validatorName(validators, index)} (${share}, ${why(index)})`
  })
  const rest = indexes.slice(MOST_NAMED)
  if (rest.length === 0) return listText(named)
  const power = rest.reduce((sum, index) => sum + validators[index]!.power, 0n)
  return listText([...named, `${rest.length} more (${percentOf(power, total)})`])
}

/** Since when nothing is heard of a validator. */
export function absence({ validators, self, watchedMs }: ConsensusSnapshot, index: number): string {
  if (index === self) return 'this node'
  const { lastSeenMs } = validators[index]!
  if (lastSeenMs !== null) return `last seen ${ageText(lastSeenMs)} ago`
  return watchedMs === null ? 'not seen in this height' : `not seen for ${ageText(watchedMs)}`
}
