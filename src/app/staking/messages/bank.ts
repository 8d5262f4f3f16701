import { MODULE_NAMES } from '../addresses.ts'
import { COIN, coinsProblem } from '../coins.ts'
import { send } from '../modules/bank.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { AccountId } from '../state/table.ts'
import { message, repeated, text } from '../wire/schema.ts'
import { handlerOf, invalidAddress, type MessageRules, NO_ANSWER } from './handler.ts'

const MAX_COINS = 64
const MAX_RECIPIENTS = 500

export const MSG_SEND = message('MsgSend', {
  fromAddress: text(1, 128),
  toAddress: text(2, 128),
  amount: repeated(3, COIN, MAX_COINS)
})

const sharePart = message('InputOutput', { address: text(1, 128), coins: repeated(2, COIN, MAX_COINS) })
export const MSG_MULTI_SEND = message('MsgMultiSend', {
  inputs: repeated(1, sharePart, 1),
  outputs: repeated(2, sharePart, MAX_RECIPIENTS)
})

const sendHandler = handlerOf({
  typeUrl: '/cosmos.bank.v1beta1.MsgSend',
  wire: MSG_SEND,
  gas: 30_000,
  prepare({ fromAddress, toAddress, amount }, { addresses }) {
    const from = addresses.account(fromAddress)
    if (from === null) return invalidAddress('from', fromAddress)
    const to = addresses.account(toAddress)
    if (to === null) return invalidAddress('to', toAddress)
    const problem = amount.length === 0 ? 'no coins' : coinsProblem(amount)
    if (problem !== null) return new Refusal(REFUSED.invalidCoins, problem)
    return {
      signers: [from],
      run: ctx => refusedRecipient(to, toAddress) ?? send(ctx, from, to, amount) ?? NO_ANSWER
    }
  }
})

type Part = Readonly<{ address: string; coins: readonly { denom: string; amount: bigint }[] }>

/** One account pays many; what goes in must come out, coin by coin. */
const multiSendHandler = handlerOf({
  typeUrl: '/cosmos.bank.v1beta1.MsgMultiSend',
  wire: MSG_MULTI_SEND,
  gas: 60_000,
  prepare({ inputs, outputs }, rules) {
    const [input] = inputs
    if (input === undefined || outputs.length === 0) {
      return new Refusal(REFUSED.invalidRequest, 'needs one input and at least one output')
    }
    const from = understandPart(input, rules)
    if (from instanceof Refusal) return from
    const recipients: { readonly to: AccountId; readonly part: Part }[] = []
    const sums = new Map<string, bigint>()
    for (const part of outputs) {
      const to = understandPart(part, rules)
      if (to instanceof Refusal) return to
      recipients.push({ to, part })
      for (const { denom, amount } of part.coins) sums.set(denom, (sums.get(denom) ?? 0n) + amount)
    }
    const isEqual =
      sums.size === input.coins.length && input.coins.every(({ denom, amount }) => sums.get(denom) === amount)
    if (!isEqual) return new Refusal(REFUSED.invalidCoins, 'sum inputs != sum outputs')
    return {
      signers: [from],
      run(ctx) {
        for (const { to, part } of recipients) {
          const refusal = refusedRecipient(to, part.address) ?? send(ctx, from, to, part.coins)
          if (refusal !== null) return refusal
        }
        return NO_ANSWER
      }
    }
  }
})

function understandPart({ address, coins }: Part, { addresses }: MessageRules): AccountId | Refusal {
  const account = addresses.account(address)
  if (account === null) return invalidAddress('bank', address)
  const problem = coins.length === 0 ? 'no coins' : coinsProblem(coins)
  return problem === null ? account : new Refusal(REFUSED.invalidCoins, problem)
}

/** The app's own accounts take nothing from outside: their balances are sums of something else. */
function refusedRecipient(to: AccountId, address: string): Refusal | null {
  if (!MODULE_NAMES.has(to)) return null
  return new Refusal(REFUSED.unauthorized, `${address} is not allowed to receive funds`)
}

export const BANK_HANDLERS = [sendHandler, multiSendHandler]
