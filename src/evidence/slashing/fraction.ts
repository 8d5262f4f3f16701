/** A share of a whole in units of 10^-18, as Cosmos writes decimals: 0.05 is 50000000000000000n. */
export type Fraction = bigint

export const ONE: Fraction = 10n ** 18n

const DECIMAL = /^([01])(?:\.(\d{1,18}))?$/

/** `amount` times `fraction`, rounded down. */
export function shareOf(amount: bigint, fraction: Fraction): bigint {
  return (amount * fraction) / ONE
}

/** Reads a decimal from 0 to 1 with at most 18 digits behind the point; null for anything else. */
export function fractionFromText(text: string): Fraction | null {
  const match = DECIMAL.exec(text)
  if (match === null) return null
  const fraction = BigInt(match[1]!) * ONE + BigInt((match[2] ?? '').padEnd(18, '0'))
  return fraction > ONE ? null : fraction
}

/** With all 18 digits, as Cosmos SDK's Dec prints: `0.050000000000000000`. */
export function fractionToText(fraction: Fraction): string {
  return `${fraction / ONE}.${(fraction % ONE).toString().padStart(18, '0')}`
}

/** `numerator / denominator` rounded down, at most 1; 0 when there is nothing to divide by. */
export function fractionOf(numerator: bigint, denominator: bigint): Fraction {
  if (denominator <= 0n || numerator <= 0n) return 0n
  const fraction = (numerator * ONE) / denominator
  return fraction > ONE ? ONE : fraction
}
