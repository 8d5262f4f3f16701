import { Command } from 'commander'
import { processIo } from '../src/cli/cli-io.ts'
import { failureOf } from '../src/cli/exit-codes.ts'
import { wholeNumber } from '../src/cli/numbers.ts'
import { drawOptions, runSimulation, type SimOptions, type SimScheme } from '../src/sim/index.ts'

/**
 * Heights a CPU hour of calm networks: real nodes, no faults, no transactions, one process.
 *
 *   npx tsx scripts/bench-simulator.ts [--heights N]
 */
const MS_PER_HOUR = 3_600_000
/** Node compiles what runs often: the first heights of a process say nothing about the others. */
const WARM_UP_HEIGHTS = 200
const CASES: readonly { readonly validators: number; readonly scheme: SimScheme }[] = [
  { validators: 4, scheme: 'hash' },
  { validators: 4, scheme: 'ed25519' },
  { validators: 7, scheme: 'hash' },
  { validators: 25, scheme: 'hash' }
]

function calm(validators: number, scheme: SimScheme, heights: number): SimOptions {
  const drawn = drawOptions({ seed: 'calm', validators, heights, scheme, byzantine: 0, faults: [] })
  return {
    ...drawn,
    powers: drawn.powers.map(() => 10),
    faultMs: 1,
    network: { ...drawn.network, relays: false },
    diskLatencyMs: 0,
    txsPerSecond: 0,
    createEmptyBlocks: true,
    skipTimeoutCommit: false,
    timeoutCommitMs: 50
  }
}

async function measure(validators: number, scheme: SimScheme, heights: number): Promise<string> {
  await runSimulation(calm(validators, scheme, Math.min(heights, WARM_UP_HEIGHTS)))
  const before = process.cpuUsage()
  const { tip, events, virtualMs, violation } = await runSimulation(calm(validators, scheme, heights))
  const { user, system } = process.cpuUsage(before)
  const cpuMs = (user + system) / 1000
  const perHour = Math.round((tip * MS_PER_HOUR) / cpuMs)
  const speed = Math.round(virtualMs / cpuMs)
  const verdict = violation === null ? '' : `, BROKEN: ${violation.sentence}`
  return `${validators} validators, ${scheme}: ${perHour} heights a CPU hour, ${Math.round(events / tip)} events a height, ${speed} times as fast as time${verdict}`
}

const io = processIo()
try {
  const command = new Command('npx tsx scripts/bench-simulator.ts')
    .description('Measure how many heights the simulator makes in an hour of CPU.')
    .option('--heights <number>', 'heights of each measurement', wholeNumber(10, 100_000), 1000)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(process.argv)
  const { heights } = command.opts<{ heights: number }>()
  for (const { validators, scheme } of CASES) {
    io.print(await measure(validators, scheme, Math.max(10, Math.round((heights * 4) / validators))))
  }
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') io.note(`bench-simulator: ${line}`)
  process.exitCode = exitCode
}
