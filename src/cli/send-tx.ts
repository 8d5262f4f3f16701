import type { Command } from 'commander'
import {
  Addresses,
  type Any,
  accountOfKey,
  askAccount,
  askChain,
  askGas,
  type ChainFacts,
  type Coin,
  coinFromText,
  coinsToText,
  signTx,
  unsignedTx
} from '../app/index.ts'
import { hasKey, isKeyName, keysDirectory, loadKey, type SealedKey, unlockKey } from '../config/index.ts'
import { ONE } from '../evidence/index.ts'
import { askApp } from './app-query.ts'
import { type BroadcastMode, broadcastModeOption, broadcastTx } from './broadcast.ts'
import { UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { homeOf, rpcClientOf, withNode } from './globals.ts'
import { type OutputFormat, withOutput } from './output.ts'
import { type PassphraseOptions, passphraseOf, withPassphrase } from './passphrase.ts'

export interface SendOptions extends PassphraseOptions {
  readonly from: string
  readonly fees?: string
  readonly gas: string
  readonly memo: string
  readonly dryRun?: boolean
  readonly mode: BroadcastMode
  readonly output: OutputFormat
}

/** What a command makes its messages of. */
export interface Sender {
  readonly home: string
  readonly chain: ChainFacts
  readonly addresses: Addresses
  /** Of the key that signs. */
  readonly address: string
  readonly operatorAddress: string
}

/** How much more than the simulation takes is offered: other transactions may come in between. */
const GAS_MARGIN_PERCENT = 130n

/** Adds what every command takes that signs with a key of the home. */
export function withSending(command: Command): Command {
  command
    .requiredOption('--from <key>', 'the key of the home that signs and pays')
    .option('--fees <coins>', 'what it may cost, such as 500upnyx (default: as the chain asks for the gas)')
    .option('--gas <number|auto>', 'the most gas it may take; auto simulates it first', 'auto')
    .option('--memo <text>', 'a note that everybody can read', '')
    .option('--dry-run', 'only say what it would cost')
    .addOption(broadcastModeOption())
  return withOutput(withNode(withPassphrase(command)))
}

/** Signs the messages with the key `--from` and sends them. Throws CliError, ConfigError or UsageError. */
export async function sendMessages(
  self: Command,
  io: CliIo,
  messagesOf: (sender: Sender) => readonly Any[]
): Promise<void> {
  const options = self.opts<SendOptions>()
  const home = homeOf(self, io)
  const key = loadKey(keysDirectory(home), options.from)
  const client = rpcClientOf(self, io)
  const chain = await askApp(client, askChain())
  const sender = senderOf(home, key, chain)
  const messages = messagesOf(sender)
  const { number: accountNumber, sequence } = await askApp(client, askAccount(sender.address))
  const plan = { messages, memo: options.memo, timeoutHeight: 0, sequence }
  const gasLimit =
    givenGas(options) ?? withMargin(await askApp(client, askGas(simulated(plan, key.publicKey))))
  const coins = feesOf(options, chain, gasLimit)
  if (options.dryRun) return io.print(`gas ${gasLimit}, fees ${coinsToText(coins) || 'none'}`)
  const privateKey = unlockKey(key, await passphraseOf(io, options, home, options.from))
  const fee = { coins, gasLimit }
  const tx = signTx({ ...plan, fee, chainId: chain.chain_id, accountNumber }, privateKey)
  await broadcastTx(client, io, tx, options)
}

function senderOf(home: string, { publicKey }: SealedKey, chain: ChainFacts): Sender {
  const addresses = new Addresses(chain.bech32_prefix)
  const account = accountOfKey(publicKey)
  const [address, operatorAddress] = [addresses.ofAccount(account), addresses.ofOperator(account)]
  return { home, chain, addresses, address, operatorAddress }
}

type Plan = Omit<Parameters<typeof unsignedTx>[0], 'fee'>

function simulated(plan: Plan, publicKey: Uint8Array): Uint8Array {
  return unsignedTx({ ...plan, fee: { coins: [], gasLimit: 0 } }, publicKey)
}

function withMargin(gas: number): number {
  return Number((BigInt(gas) * GAS_MARGIN_PERCENT) / 100n)
}

function givenGas({ gas }: SendOptions): number | null {
  if (gas === 'auto') return null
  if (/^[1-9]\d{0,14}$/.test(gas)) return Number(gas)
  throw new UsageError(`--gas ${gas} is neither auto nor a whole number above 0`)
}

function feesOf({ fees }: SendOptions, chain: ChainFacts, gasLimit: number): readonly Coin[] {
  if (fees !== undefined) return [readCoin(fees)].filter(({ amount }) => amount > 0n)
  const [whole, digits] = chain.min_gas_price.split('.')
  const price = BigInt(whole!) * ONE + BigInt(digits!)
  const amount = (BigInt(gasLimit) * price + ONE - 1n) / ONE
  return amount === 0n ? [] : [{ denom: chain.bond_denom, amount }]
}

/** One coin of a command line. Throws UsageError. */
export function readCoin(text: string): Coin {
  const coin = coinFromText(text)
  if (coin !== null) return coin
  throw new UsageError(`"${text}" is no amount of a coin, such as 1000000upnyx`)
}

/** An account address of the chain, or the name of a key of the home. Throws UsageError. */
export function accountNamed(text: string, { addresses, home }: Pick<Sender, 'addresses' | 'home'>): string {
  if (addresses.account(text) !== null) return text
  const own = ownAccount(text, home)
  if (own !== null) return addresses.ofAccount(own)
  throw new UsageError(
    `"${text}" is neither an address that begins with ${addresses.prefix}1 nor a key of the home`
  )
}

/** An operator address of the chain, or the name of a key of the home that operates a validator. Throws UsageError. */
export function operatorNamed(text: string, { addresses, home }: Sender): string {
  if (addresses.operator(text) !== null) return text
  const own = ownAccount(text, home)
  if (own !== null) return addresses.ofOperator(own)
  throw new UsageError(
    `"${text}" is neither an address that begins with ${addresses.prefix}valoper1 nor a key of the home`
  )
}

function ownAccount(name: string, home: string): string | null {
  const directory = keysDirectory(home)
  if (!isKeyName(name) || !hasKey(directory, name)) return null
  return accountOfKey(loadKey(directory, name).publicKey)
}
