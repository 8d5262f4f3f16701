import { InvalidArgumentError } from 'commander'

/** A commander parser for a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`it must be a whole number from ${min} to ${max}.`)
  }
}

/** A commander parser for a voting power: a positive int64 within CometBFT's limit for all validators together. */
export function votingPower(text: string): bigint {
  const limit = (2n ** 63n - 1n) / 8n
  const value = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n
  if (value > 0n && value <= limit) return value
  throw new InvalidArgumentError(`it must be a whole number from 1 to ${limit}.`)
}
