import { amount, type MessageValue, message, text } from './wire/schema.ts'

/** cosmos.base.v1beta1.Coin. */
export const COIN = message('Coin', { denom: text(1, 128), amount: amount(2) })
export type Coin = MessageValue<typeof COIN>

const DENOM = /^[a-zA-Z][a-zA-Z0-9/:._-]{2,127}$/
const COIN_TEXT = /^(0|[1-9]\d{0,77})([a-zA-Z][a-zA-Z0-9/:._-]{2,127})$/
/** Above any supply, so that no sum of legal amounts is ever out of reach. */
export const MAX_AMOUNT = 2n ** 127n

export function isDenom(text: string): boolean {
  return DENOM.test(text)
}

/** `12upnyx`. */
export function coinToText({ amount: value, denom }: Coin): string {
  return `${value}${denom}`
}

/** `12upnyx,3other`; '' for none. */
export function coinsToText(coins: readonly Coin[]): string {
  return coins.map(coinToText).join(',')
}

/** Reads {@link coinToText}; null for anything else, also for amounts no chain has. */
export function coinFromText(text: string): Coin | null {
  const match = COIN_TEXT.exec(text)
  if (match === null) return null
  const coin = { amount: BigInt(match[1]!), denom: match[2]! }
  return coin.amount <= MAX_AMOUNT ? coin : null
}

/** What is wrong with coins as a message has them: each once, in order of denominations, more than nothing; or null. */
export function coinsProblem(coins: readonly Coin[]): string | null {
  for (const [index, coin] of coins.entries()) {
    if (!isDenom(coin.denom)) return `invalid denom: ${coin.denom.slice(0, 128)}`
    if (coin.amount <= 0n) return `coin ${coinToText(coin)} amount is not positive`
    if (coin.amount > MAX_AMOUNT) return `coin amount is above ${MAX_AMOUNT}`
    const before = coins[index - 1]
    if (before !== undefined && before.denom >= coin.denom) {
      return before.denom === coin.denom
        ? `duplicate denomination ${coin.denom}`
        : `denomination ${coin.denom} is not sorted`
    }
  }
  return null
}
