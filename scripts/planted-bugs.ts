import { CliError } from '../src/cli/cli-error.ts'
import { processIo } from '../src/cli/cli-io.ts'
import { EXIT, failureOf } from '../src/cli/exit-codes.ts'
import { type PlantedBugsOptions, parsePlantedBugsOptions } from './planted-bugs/options.ts'
import { Nursery, type PlantedBug, type PlantedResult } from './planted-bugs/plant.ts'

const MOST_WORDS = 160

const io = processIo()

/** Hunts every bug; the results in the order of the bugs. */
async function hunt({ bugs, seeds, firstSeed, jobs }: PlantedBugsOptions): Promise<readonly PlantedResult[]> {
  const results = new Map<PlantedBug, PlantedResult>()
  const waiting = [...bugs]
  const work = async (): Promise<void> => {
    const nursery = new Nursery()
    try {
      for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
        const startedMs = performance.now()
        const result = await nursery.hunt(bug, { seeds, firstSeed })
        results.set(bug, result)
        const seconds = Math.round((performance.now() - startedMs) / 1000)
        const found = result.seeds === null ? 'NOT FOUND' : `${result.invariant}, seed ${result.seeds}`
        io.note(`${bug.name}: ${found} (${seconds} s) ${result.sentence.slice(0, MOST_WORDS)}`)
      }
    } finally {
      nursery.close()
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return bugs.map(bug => results.get(bug)!)
}

/** The rows of the table in docs/planted-bugs.md. Throws CliError when a bug was not found. */
async function run(options: PlantedBugsOptions): Promise<void> {
  const results = await hunt(options)
  io.print('| bug | planted in | found by | seeds |\n| --- | --- | --- | --- |')
  for (const [index, { name, file }] of options.bugs.entries()) {
    const { invariant, seeds } = results[index]!
    io.print(`| ${name} | \`${file}\` | ${invariant ?? 'nobody'} | ${seeds ?? '-'} |`)
  }
  const lost = results.filter(({ seeds }) => seeds === null).map(({ name }) => name)
  if (lost.length > 0)
    throw new CliError('SIMULATION_FAILED', `${lost.length} bugs were not found: ${lost.join('; ')}`)
}

try {
  await run(parsePlantedBugsOptions(process.argv.slice(2)))
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') io.note(`planted-bugs: ${line}`)
  if (exitCode === EXIT.broken && thrown instanceof Error) io.note(thrown.stack ?? '')
  process.exitCode = exitCode
}
