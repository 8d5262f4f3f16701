import { compareTimestamps } from '../../types/index.ts'
import { compareDecimals, parseDecimal } from './decimal.ts'
import { parseDate, parseTime } from './moments.ts'
import type { Argument, Condition, Operator, Query } from './query.ts'

/** All values by tag. */
export type Tags = ReadonlyMap<string, readonly string[]>

/** True when every condition holds for some value of its tag. */
export function matchesTags(query: Query, tags: Tags): boolean {
  return tags.size > 0 && query.every(condition => matchesSome(condition, tags))
}

function matchesSome(condition: Condition, tags: Tags): boolean {
  const values = tags.get(condition.tag)
  if (values?.some(value => matchesValue(condition, value)) === true) return true
  return hasEventType(condition.tag, tags) && matchesValue(condition, '')
}

/** A tag may name an event by its type alone (`slash EXISTS`); its value is then empty. */
function hasEventType(type: string, tags: Tags): boolean {
  for (const tag of tags.keys()) {
    if (tag.length > type.length && tag.startsWith(type) && tag.lastIndexOf('.') === type.length) return true
  }
  return false
}

/** True when one value of the condition's tag satisfies it. */
export function matchesValue({ operator, argument }: Condition, value: string): boolean {
  if (argument === null) return true
  if (operator === 'CONTAINS') return value.includes(argument.text)
  if (argument.kind === 'string') return value === argument.text
  const order = compareTo(argument, value)
  return order !== null && holds(operator, order)
}

function holds(operator: Operator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return false
  }
}

/** Order of the value to the argument, null when it is not of the argument's kind. */
function compareTo(argument: Argument, value: string): number | null {
  if (argument.kind === 'number') {
    const wanted = parseDecimal(argument.text)
    const found = parseDecimal(value)
    return wanted === null || found === null ? null : compareDecimals(found, wanted)
  }
  const parse = argument.kind === 'date' ? parseDate : parseTime
  const wanted = parse(argument.text)
  const found = parse(value)
  return wanted === null || found === null ? null : compareTimestamps(found, wanted)
}
