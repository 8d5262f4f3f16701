import { ConfigError } from './config-error.ts'

/** Go's time.Duration is an int64 of nanoseconds. */
const MAX_NANOSECONDS = 2n ** 63n - 1n
const MIN_NANOSECONDS = -(2n ** 63n)

const NANOSECONDS_PER_UNIT: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n]
])

const TERM = /(\d+\.\d*|\.\d+|\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y

/**
 * Nanoseconds of a duration written as Go writes them: "500ms", "1h30m", "-1.5s", "0". Digits of a fraction below a
 * nanosecond are cut off. Null when the text is not a duration, or does not fit in 64 bits.
 */
export function parseDuration(text: string): bigint | null {
  const negative = text.startsWith('-')
  const body = negative || text.startsWith('+') ? text.slice(1) : text
  if (body === '0') return 0n
  if (body === '' || body.length > 100) return null
  let total = 0n
  TERM.lastIndex = 0
  while (TERM.lastIndex < body.length) {
    const term = TERM.exec(body)
    if (term === null) return null
    total += termToNanoseconds(term[1]!, NANOSECONDS_PER_UNIT.get(term[2]!)!)
  }
  const value = negative ? -total : total
  return value > MAX_NANOSECONDS || value < MIN_NANOSECONDS ? null : value
}

function termToNanoseconds(number: string, unit: bigint): bigint {
  const [whole = '', fraction = ''] = number.split('.')
  const fractionNanoseconds =
    fraction === '' ? 0n : (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length)
  return BigInt(whole === '' ? '0' : whole) * unit + fractionNanoseconds
}

/** The text Go prints for a duration of `nanoseconds`: "1h30m0s", "1.5s", "500ms", "0s". */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${formatDuration(-nanoseconds)}`
  if (nanoseconds === 0n) return '0s'
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 1_000n)}\u00b5s`
  if (nanoseconds < 1_000_000_000n) return `${decimal(nanoseconds, 1_000_000n)}ms`
  const hours = nanoseconds / 3_600_000_000_000n
  const minutes = (nanoseconds / 60_000_000_000n) % 60n
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 1_000_000_000n)}s`
  if (hours > 0n) return `${hours}h${minutes}m${seconds}`
  return minutes > 0n ? `${minutes}m${seconds}` : seconds
}

function decimal(value: bigint, unit: bigint): string {
  const digits = unit.toString().length - 1
  const fraction = (value % unit).toString().padStart(digits, '0').replace(/0+$/, '')
  return fraction === '' ? `${value / unit}` : `${value / unit}.${fraction}`
}

/** Milliseconds, with a fraction where there is one; exact below 2^53 nanoseconds (104 days). */
export function durationToMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1_000_000
}

/** Milliseconds of a duration text that must be right; for defaults and options. Throws ConfigError (BAD_VALUE). */
export function durationTextToMs(text: string): number {
  const nanoseconds = parseDuration(text)
  if (nanoseconds === null) {
    throw new ConfigError('BAD_VALUE', `"${text}" is not a duration such as 500ms, 3s or 1h30m`)
  }
  return durationToMs(nanoseconds)
}
