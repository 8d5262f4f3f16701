import { randomInt } from 'node:crypto'
import { type Command, Option } from 'commander'
import { builtInApps } from '../../app/index.ts'
import { FAULT_CLASSES, FAULT_WORDS, SIM_LIMITS } from '../../sim/index.ts'
import { UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { wholeNumber } from '../numbers.ts'
import { withOutput } from '../output.ts'
import { playScenario } from '../simulate/scenario.ts'
import { simulateOne, simulateSweep } from '../simulate/simulate.ts'
import { parseFaults, parseNumbers, type SimulateFlags } from '../simulate/simulate-flags.ts'

const MAX_SEEDS = 10_000_000
const MAX_JOBS = 64

export function addSimulateCommand(program: Command, io: CliIo): void {
  const command = program
    .command('simulate')
    .description('run a whole network in this process, break it on purpose, and check what must never break')
    .option('--seed <text>', 'decides everything about a run (default: a random number, which is printed)')
    .option(
      '--seeds <number>',
      'run so many seeds, from --seed upwards, and stop at the first that fails',
      wholeNumber(1, MAX_SEEDS)
    )
    .option('--jobs <number>', 'processes that share the seeds', wholeNumber(1, MAX_JOBS), 1)
    .option('--validators <number>', 'validators of the genesis', wholeNumber(1, SIM_LIMITS.validators))
    .option('--heights <number>', 'every honest node must get there', wholeNumber(1, SIM_LIMITS.heights))
    .option(
      '--byzantine <number>',
      'how many validators misbehave (without --validators, enough others bear them)',
      wholeNumber(0, SIM_LIMITS.validators)
    )
    .option('--twins', 'those that misbehave are two honest nodes with one key')
    .option('--faults <list>', 'which kinds of faults may happen, with commas; all; none', parseFaults)
    .option('--app <name>', 'the application, by its name in proxy_app')
    .addOption(
      new Option('--crypto <kind>', 'signatures: real ones, or hashes that cost a hundredth').choices([
        'hash',
        'ed25519'
      ])
    )
    .option('--without <numbers>', 'leave out these planned faults, as 3,7-9', parseNumbers)
    .option('--options <json>', 'run exactly these options, as --shrink prints them; JSON or a file of it')
    .option('--shrink', 'make a failing run smaller')
    .option('--trace-file <file>', 'write the life of the run, one line a transition (also --trace FILE)')
    .option('--save <file>', 'write what a node met in the last height of the run, as a golden scenario')
    .option('--scenario <file>', 'play a golden scenario on a real node, and nothing else')
    .addHelpText('after', helpText())
  withOutput(command).action(async (flags: SimulateFlags) => {
    if (flags.scenario !== undefined) {
      await playScenario(flags, flags.scenario, io)
      return
    }
    checkFlags(flags)
    const seed = flags.seed ?? String(randomInt(1, 2 ** 32))
    if (flags.seeds === undefined) await simulateOne({ ...flags, seed }, io)
    else await simulateSweep({ ...flags, seed, seeds: flags.seeds }, io)
  })
}

function checkFlags({
  app,
  seed,
  seeds,
  options,
  validators,
  byzantine,
  twins,
  faults
}: SimulateFlags): void {
  if (seed !== undefined && !/^[\w.-]{1,60}$/.test(seed)) {
    throw new UsageError(`--seed ${seed}: letters, digits, '-', '.' and '_', at most 60 of them`)
  }
  if (app !== undefined && builtInApps[app] === undefined) {
    throw new UsageError(`--app ${app}: there are ${Object.keys(builtInApps).join(', ')}`)
  }
  const count = validators ?? SIM_LIMITS.validators
  if (byzantine !== undefined && byzantine >= count) {
    throw new UsageError(`--byzantine ${byzantine}: of ${count} validators, one at least must be honest`)
  }
  if (options === undefined) return
  const others = [seed, seeds, validators, byzantine, twins, faults]
  if (others.some(value => value !== undefined)) {
    throw new UsageError('--options says everything about a run: it does not go with other flags of the run')
  }
}

function helpText(): string {
  const width = Math.max(...FAULT_CLASSES.map(name => name.length))
  const faults = FAULT_CLASSES.map(name => `  ${name.padEnd(width)}  ${FAULT_WORDS[name]}`)
  return [
    '',
    'What is not asked for is drawn from the seed. The same flags always print the same trace hash.',
    '',
    'Faults:',
    ...faults,
    '',
    'Exit codes: 0 every invariant held, 1 one was broken, 64 wrong command line.',
    '',
    'Example:',
    '  $ pnyx simulate --seed 42 --validators 7 --heights 50',
    '  $ pnyx simulate --seeds 2000 --jobs 2',
    '  $ pnyx simulate --seed 42 --faults crash,disk --trace life.txt',
    '  $ pnyx simulate --scenario test/golden/hidden-lock.txt'
  ].join('\n')
}
