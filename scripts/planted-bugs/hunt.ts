import { Worker } from 'node:worker_threads'
import { drawOptions, runSimulation } from '../../src/sim/index.ts'

/** Runs in the copy of the sources: seeds upwards until one fails, a line for each, and one of JSON at the end. */
const { seeds, firstSeed, request, only } = JSON.parse(process.argv[2] ?? '{}')

/**
 * Its own end when whoever started it is gone, however that one ended: the pipe closes. Watched from a thread of its own,
 * since a planted bug may keep this one busy for ever.
 */
const WATCH_PARENT = `
  const { Socket } = require('node:net')
  new Socket({ fd: 0, readable: true, writable: false })
    .on('close', () => process.kill(process.pid, 'SIGKILL'))
    .on('error', () => {})
    .resume()
`
new Worker(WATCH_PARENT, { eval: true, execArgv: [] }).unref()

function say(answer: Readonly<Record<string, unknown>>): never {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
  process.exit(0)
}

for (let count = 1; count <= seeds; count++) {
  const seed = String(firstSeed + count - 1)
  const { violation } = await runSimulation(drawOptions({ seed, ...request }), { only })
  if (violation !== null) {
    say({ seeds: count, seed, invariant: violation.invariant, sentence: violation.sentence })
  }
  process.stdout.write(`${seed}\n`)
}
say({ seeds: null, seed: null, invariant: null, sentence: '' })
