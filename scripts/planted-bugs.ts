import { parseArgs } from 'node:util'
import { PLANTED_BUGS } from './planted-bugs/bugs.ts'
import { Nursery, type PlantedResult } from './planted-bugs/plant.ts'

/**
 * Plants each known defect in a copy of the sources and runs the simulator until it finds it. Prints one line a bug and
 * the table of docs/simulator.md; exits 1 when a bug is not found.
 *
 *   npx tsx scripts/planted-bugs.ts [--only TEXT] [--seeds N] [--first SEED] [--jobs N]
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '400' },
    first: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' }
  }
})
const bugs = PLANTED_BUGS.filter(({ name }) => name.includes(values.only))
const plan = { seeds: Number(values.seeds), firstSeed: Number(values.first) }
const results = new Map<string, PlantedResult>()
const waiting = [...bugs]

async function work(): Promise<void> {
  const nursery = new Nursery()
  try {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const startedMs = performance.now()
      const result = await nursery.hunt(bug, plan)
      results.set(bug.name, result)
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
      const found = result.seeds === null ? 'NOT FOUND' : `${result.invariant} after ${result.seeds} seeds`
      console.log(`${bug.name}: ${found} (${seconds} s) ${result.sentence.slice(0, 160)}`)
    }
  } finally {
    nursery.close()
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work))
console.log('\n| bug | found by | seeds |\n| --- | --- | --- |')
for (const { name } of bugs) {
  const result = results.get(name)
  console.log(`| ${name} | ${result?.invariant ?? 'nobody'} | ${result?.seeds ?? '-'} |`)
}
process.exitCode = [...results.values()].some(({ seeds }) => seeds === null) ? 1 : 0
