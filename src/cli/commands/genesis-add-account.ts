import type { Command } from 'commander'
import {
  Addresses,
  accountOfKey,
  type Coin,
  coinFromText,
  coinsToText,
  type StakingGenesis
} from '../../app/index.ts'
import { type HomePaths, hasKey, isKeyName, keysDirectory, loadKey } from '../../config/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { editGenesis, requireStakingState, withStakingState } from '../edit-genesis.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'

export function addGenesisAddAccountCommand(group: Command, io: CliIo): void {
  const command = group
    .command('add-account')
    .description('give an account coins in the genesis file of the home')
    .argument('<address|key>', 'the account, or the name of a key of the home')
    .argument('<coins>', 'such as 1000000upnyx, several with commas')
    .addHelpText('after', '\nExample:\n  $ pnyx genesis add-account alice 5000000upnyx --home ./node')
  withOutput(command).action(
    (who: string, coinsText: string, { output }: { output: OutputFormat }, self: Command) => {
      const { paths } = loadSettings(self, io)
      const added = addAccount(paths, who, readCoins(coinsText))
      printAnswer(
        io,
        output,
        added,
        ({ address, coins, hash }) => `added ${address} with ${coins}; the genesis hash is now ${hash}`
      )
    }
  )
}

function addAccount(paths: HomePaths, who: string, coins: readonly Coin[]) {
  let address = ''
  const hash = editGenesis(paths, genesis => {
    const state = requireStakingState(genesis, paths)
    address = addressOf(who, state, paths)
    if (state.accounts.some(one => one.address === address)) {
      throw new CliError('REFUSED', `${address} is an account of this genesis already`)
    }
    return withStakingState(genesis, { ...state, accounts: [...state.accounts, { address, coins }] })
  })
  return { file: paths.genesisFile, address, coins: coinsToText(coins), hash }
}

function readCoins(text: string): readonly Coin[] {
  return text.split(',').map(part => {
    const coin = coinFromText(part.trim())
    if (coin !== null && coin.amount > 0n) return coin
    throw new UsageError(`"${part}" is no amount of coins, such as 1000000upnyx`)
  })
}

function addressOf(who: string, { bech32Prefix }: StakingGenesis, paths: HomePaths): string {
  const addresses = new Addresses(bech32Prefix)
  if (addresses.account(who) !== null) return who
  const directory = keysDirectory(paths.home)
  if (isKeyName(who) && hasKey(directory, who)) {
    return addresses.ofAccount(accountOfKey(loadKey(directory, who).publicKey))
  }
  throw new UsageError(
    `"${who}" is neither an address that begins with ${bech32Prefix}1 nor a key of the home`
  )
}
