import type { Command } from 'commander'
import { isStakingState, stakingGenesisProblem } from '../../app/index.ts'
import { type Genesis, timestampToRfc3339 } from '../../types/index.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { type GenesisFile, loadGenesis } from '../genesis-file.ts'
import { loadSettings } from '../globals.ts'
import { printAnswer, toPlainText, withOutput } from '../output.ts'

export function addGenesisValidateCommand(group: Command, io: CliIo): void {
  const command = group
    .command('validate')
    .description('check a genesis file and print what it says')
    .argument('[file]', 'the genesis file (default: that of the home)')
    .addHelpText('after', '\nExample:\n  $ pnyx genesis validate ./genesis.json')
  withOutput(command).action(
    (file: string | undefined, options: { output: 'json' | 'text' }, self: Command) => {
      const path = file ?? loadSettings(self, io).paths.genesisFile
      const loaded = loadGenesis(path)
      requireFitState(loaded.genesis, path)
      printAnswer(io, options.output, summarize(loaded), toPlainText)
      for (const advice of [...loaded.warnings, ...adviceOn(loaded.genesis)]) io.note(`note: ${advice}`)
    }
  )
}

/** What the staking application would refuse to start with. Other applications know themselves what they take. */
function requireFitState(genesis: Genesis, path: string): void {
  const problem = isStakingState(genesis.appState) ? stakingGenesisProblem(genesis) : null
  if (problem !== null) throw new CliError('REFUSED', `genesis file ${path}: ${problem}`)
}

function totalPower(genesis: Genesis): bigint {
  return genesis.validators.reduce((sum, validator) => sum + validator.power, 0n)
}

function summarize({ genesis, hash }: GenesisFile) {
  return {
    chain_id: genesis.chainId,
    genesis_time: timestampToRfc3339(genesis.genesisTime),
    initial_height: String(genesis.initialHeight),
    hash,
    total_power: String(totalPower(genesis)),
    validators: genesis.validators.map(({ address, power, name }) => ({
      address: address.toUpperCase(),
      power: String(power),
      name
    }))
  }
}

/** What is allowed and yet seldom meant. */
function adviceOn(genesis: Genesis): readonly string[] {
  const advice: string[] = []
  const total = totalPower(genesis)
  const { validators } = genesis
  if (validators.length === 0)
    advice.push('there are no validators: the application must name them at InitChain')
  const heavy = validators.find(({ power }) => validators.length > 1 && power * 3n >= total)
  if (heavy !== undefined) {
    advice.push(`${heavy.address.toUpperCase()} has a third of the power or more: without it the chain halts`)
  }
  if (validators.length > 1 && validators.length < 4) {
    advice.push(
      `of ${validators.length} validators with equal power none may fail: 4 are the fewest that bear one`
    )
  }
  return advice
}
