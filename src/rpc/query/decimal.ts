/** Longer runs of digits are no number to a query. */
const MAX_DIGITS = 400

/** The number at the start of a text, as its digits before and after the point. */
export interface Decimal {
  readonly whole: string
  readonly fraction: string
}

const LEADING_NUMBER = /^(\d+)(?:\.(\d+))?/

/**
 * The number an attribute value starts with, so that `8.045stake` is 8.045. Null when it starts with none; a sign makes
 * it none, as in CometBFT.
 */
export function parseDecimal(text: string): Decimal | null {
  const match = LEADING_NUMBER.exec(text)
  if (match === null) return null
  const [digits, whole, fraction = ''] = match
  return digits.length > MAX_DIGITS ? null : { whole: whole!, fraction }
}

/** Compares exactly, whatever the number of digits. Negative when `a` is less. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const places = Math.max(a.fraction.length, b.fraction.length)
  const difference = scaled(a, places) - scaled(b, places)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function scaled({ whole, fraction }: Decimal, places: number): bigint {
  return BigInt(whole + fraction.padEnd(places, '0'))
}
