import type { ValidatorSnapshot } from './snapshot.ts'

/** `part` of `whole` in percent, never rounded up: what is short of a quorum must not read as one. */
export function percentOf(part: bigint, whole: bigint): string {
  return `${percentNumber(part, whole)} %`
}

/** The same as a number with one decimal. */
export function percentNumber(part: bigint, whole: bigint): number {
  return whole <= 0n ? 0 : Number((part * 1000n) / whole) / 10
}

/** `800 ms`, `40 s`, `12 min`, `3 h`, `2 d`: one unit, rounded down. */
export function ageText(ms: number): string {
  const whole = Math.max(0, Math.floor(ms))
  if (whole < 1000) return `${whole} ms`
  if (whole < 120_000) return `${Math.floor(whole / 1000)} s`
  if (whole < 7_200_000) return `${Math.floor(whole / 60_000)} min`
  if (whole < 172_800_000) return `${Math.floor(whole / 3_600_000)} h`
  return `${Math.floor(whole / 86_400_000)} d`
}

/** `V3`, or `V3 alice` where the genesis names it. */
export function validatorName(validators: readonly ValidatorSnapshot[], index: number): string {
  const name = validators[index]?.name ?? ''
  return name === '' ? `V${index}` : `V${index} ${name}`
}

export function shortBlock(value: string): string {
  return `${value.slice(0, 8).toUpperCase()}…`
}

/** `block AB12CD34…`, or `nil`. */
export function valueName(value: string | null): string {
  return value === null ? 'nil' : `block ${shortBlock(value)}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

export function countText(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
