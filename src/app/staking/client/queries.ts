import { ACCOUNT_ANSWER, ACCOUNT_PATH, ADDRESS_QUESTION, BASE_ACCOUNT } from '../query/auth.ts'
import { CHAIN_PATH } from '../query/pnyx.ts'
import { SIMULATE_ANSWER, SIMULATE_PATH, SIMULATE_QUESTION } from '../query/tx.ts'

/** A question to the application, and how to read what it answers. Reading throws DecodeError or SyntaxError. */
export interface AppQuestion<A> {
  readonly path: string
  readonly data: Uint8Array
  read(value: Uint8Array): A
}

/** Number and sequence of an account, which its next transaction is signed with. */
export function askAccount(
  address: string
): AppQuestion<{ readonly number: number; readonly sequence: number }> {
  return {
    path: ACCOUNT_PATH,
    data: ADDRESS_QUESTION.encode({ address }),
    read(value) {
      const { accountNumber: number, sequence } = BASE_ACCOUNT.decode(
        ACCOUNT_ANSWER.decode(value).account.value
      )
      return { number, sequence }
    }
  }
}

/** Gas a transaction would take now. */
export function askGas(tx: Uint8Array): AppQuestion<number> {
  return {
    path: SIMULATE_PATH,
    data: SIMULATE_QUESTION.encode({ txBytes: tx }),
    read: value => SIMULATE_ANSWER.decode(value).gasInfo.gasUsed
  }
}

/** What a client must know of a chain; amounts as decimal text. */
export interface ChainFacts {
  readonly chain_id: string
  readonly bech32_prefix: string
  readonly bond_denom: string
  /** Of the bond denomination for a unit of gas. */
  readonly min_gas_price: string
  readonly tokens_per_power: string
  readonly test_network: boolean
}

export function askChain(): AppQuestion<ChainFacts> {
  return {
    path: CHAIN_PATH,
    data: new Uint8Array(0),
    read: value => JSON.parse(Buffer.from(value).toString('utf8')) as ChainFacts
  }
}
