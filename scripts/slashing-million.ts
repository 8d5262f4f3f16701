/**
 * Holds the slashing module against its naive model over a million random histories, and says the seed of the first one
 * that differs. Run with `npx tsx scripts/slashing-million.ts [count] [first seed]`; about a quarter of an hour.
 */
import { playHistory } from '../test/support/slashing/histories.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const first = Number(process.argv[3] ?? 1)
const REPORT_EVERY = 50_000

console.log(`playing ${count} histories from seed ${first}`)
const startedMs = Date.now()
let blocks = 0
let slashes = 0
let events = 0
for (let index = 0; index < count; index++) {
  const outcome = playHistory(first + index)
  if (outcome.problem !== null) {
    console.error(`seed ${first + index}: ${outcome.problem}`)
    process.exit(1)
  }
  blocks += outcome.blocks
  slashes += outcome.slashes
  events += outcome.events
  const played = index + 1
  if (played % REPORT_EVERY !== 0 && played !== count) continue
  const seconds = (Date.now() - startedMs) / 1000
  console.log(
    `${played} histories, ${blocks} blocks, ${slashes} slashes, ${events} events, ${seconds.toFixed(0)} s`
  )
}
