import { Command } from 'commander'
import { UsageError } from '../../src/cli/cli-error.ts'
import { wholeNumber } from '../../src/cli/numbers.ts'

const MAX_SECONDS = 3_600
const MAX_VALIDATORS = 32

export interface BenchOptions {
  readonly validators: number
  /** Of each measurement. */
  readonly seconds: number
  readonly txBytes: number
  /** Transactions under way at the most. */
  readonly window: number
  readonly connectionsPerNode: number
  /** Offered load of the second load measurement. */
  readonly txPerSecond: number
  /** Besides, grow the chain to this height and measure memory and restart; 0 for not. */
  readonly blocks: number
  /** Which measurements; empty for all of the usual ones. */
  readonly only: readonly string[]
  /** Where the figures go as JSON, null for nowhere. */
  readonly jsonFile: string | null
  readonly flags: readonly string[]
  readonly nodeOptions: readonly string[]
  readonly keep: boolean
}

/** Reads the command line. Throws UsageError, or commander's error for --help and unknown flags. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const count = (most: number) => wholeNumber(1, most)
  const command = new Command('npm run bench --')
    .description('Measure a network of validator processes on this machine.')
    .option('--validators <number>', 'how many', count(MAX_VALIDATORS), 4)
    .option('--seconds <number>', 'length of each measurement', count(MAX_SECONDS), 20)
    .option('--tx-bytes <number>', 'size of a transaction', count(1_000_000), 250)
    .option('--window <number>', 'transactions under way at the most', count(100_000), 4_000)
    .option('--connections <number>', 'of the client to each validator', count(1_000), 16)
    .option('--rate <number>', 'transactions a second that the steady load offers', count(1_000_000), 1_000)
    .option('--blocks <number>', 'also grow the chain to this height: memory and restart', count(10_000_000))
    .option('--only <name...>', 'only these measurements: empty, post, batch, steady, rpc')
    .option('--json <file>', 'write the figures there')
    .option('--flag <flag...>', 'more flags of `pnyx start`, such as --flag=--log_level=error')
    .option('--node-option <option...>', 'options of node for the validators')
    .option('--keep', 'leave the homes and logs where they are')
    .addHelpText('after', '\nExample:\n  $ npm run bench -- --seconds 60 --json bench.json')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse([...args], { from: 'user' })
  if (command.args.length > 0)
    throw new UsageError(`unexpected "${command.args[0]}"; --help lists the options`)
  const given = command.opts()
  return {
    validators: given.validators,
    seconds: given.seconds,
    txBytes: given.txBytes,
    window: given.window,
    connectionsPerNode: given.connections,
    txPerSecond: given.rate,
    blocks: given.blocks ?? 0,
    only: given.only ?? [],
    jsonFile: given.json ?? null,
    flags: given.flag ?? [],
    nodeOptions: given.nodeOption ?? [],
    keep: given.keep ?? false
  }
}
