import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CliError } from '../../src/cli/cli-error.ts'
import { EXIT } from '../../src/cli/exit-codes.ts'
import { LOCAL_HOST, localPorts } from '../../src/cli/local-ports.ts'
import { plannedValidators, prepareHomes } from './homes.ts'
import type { LocalnetOptions } from './options.ts'
import { pollValidator, type Snapshot } from './poll.ts'
import { requireFreePorts } from './ports.ts'
import { describeExit, startValidator, type ValidatorProcess } from './validator-process.ts'
import { BlockInterval, renderLines, Screen, type ValidatorLine } from './view.ts'

const POLL_MS = 1_000
/** Without a terminal the state is printed at every so many polls. */
const POLLS_PER_PRINT = 5
const STOP_MS = 8_000

interface Watched {
  readonly process: ValidatorProcess
  /** Starts it again, in another terminal. */
  readonly command: string
  readonly url: string
  readonly interval: BlockInterval
  snapshot: Snapshot | null
  isSilent: boolean
}

/** Runs the network until a signal, or until no validator is left, and returns the exit code. */
export async function runLocalnet(options: LocalnetOptions): Promise<number> {
  if (!existsSync(resolve(import.meta.dirname, '../../dist/cli/main.js'))) {
    throw new CliError('REFUSED', 'dist/cli/main.js is not there: run `npm run build`, or `npm run localnet`')
  }
  await requireFreePorts(options.basePort, plannedValidators(options))
  const { homes, made } = prepareHomes(options)
  const screen = new Screen(process.stdout)
  const where = relative('.', options.directory) || '.'
  screen.say(
    made
      ? `new chain of ${homes.length} validators in ${where}; Ctrl-C stops them, and the next start goes on with it`
      : `going on with the chain of ${homes.length} validators in ${where}; --fresh starts a new one`
  )
  const stopping = stopSignal()
  const watched = homes.map((home, index) => ({
    process: startValidator(home),
    command: home.command,
    url: `http://${LOCAL_HOST}:${localPorts(options.basePort, index).rpc}`,
    interval: new BlockInterval(),
    snapshot: null,
    isSilent: true
  }))
  try {
    await watchUntil(stopping.first, watched, screen)
    return await stopAll(watched, stopping.second, screen)
  } finally {
    for (const { process: child } of watched) if (child.exit === null) child.kill('SIGKILL')
    stopping.close()
  }
}

/** The first signal asks for a clean stop, the second for a quick one; a repetition at once is one key press. */
function stopSignal(): { readonly first: Promise<void>; readonly second: Promise<void>; close(): void } {
  const tell: (() => void)[] = []
  const first = new Promise<void>(done => tell.push(done))
  const second = new Promise<void>(done => tell.push(done))
  let lastMs = Number.NEGATIVE_INFINITY
  const onSignal = () => {
    if (performance.now() - lastMs > POLL_MS) tell.shift()?.()
    lastMs = performance.now()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    first,
    second,
    close: () => {
      for (const signal of signals) process.off(signal, onSignal)
    }
  }
}

async function watchUntil(stop: Promise<void>, watched: readonly Watched[], screen: Screen): Promise<void> {
  let isOver = false
  stop.then(() => {
    isOver = true
  })
  for (const one of watched) {
    const { process: child, command } = one
    child.exited.then(exit => {
      one.isSilent = true
      if (isOver) return
      screen.say(describeExit(child, exit))
      if (exit.signal !== null) screen.say(`start it again with: ${command}`)
    })
  }
  const gone = Promise.all(watched.map(({ process: child }) => child.exited)).then(() => {
    isOver = true
  })
  for (let poll = 0; !isOver; poll++) {
    const wake = delay(POLL_MS)
    await Promise.all(watched.map(update))
    if (isOver) break
    if (screen.isTerminal || poll % POLLS_PER_PRINT === 0) screen.draw(renderLines(watched.map(lineOf)))
    await Promise.race([wake, stop, gone])
  }
}

/** Waits, without keeping the process alive for it: the validators do that. */
function delay(ms: number): Promise<void> {
  return setTimeout(ms, undefined, { ref: false })
}

async function update(one: Watched): Promise<void> {
  const snapshot = await pollValidator(one.url)
  one.isSilent = snapshot === null
  if (snapshot === null) return
  one.snapshot = snapshot
  one.interval.add(snapshot)
}

function lineOf({ process: { name, exit }, snapshot, isSilent, interval, url }: Watched): ValidatorLine {
  const silence = exit !== null ? 'stopped' : snapshot === null ? 'starting' : 'silent'
  // Who was killed may have been started again by hand.
  const state = isSilent ? silence : 'running'
  return { name, snapshot, blockIntervalMs: interval.meanMs, state, url }
}

/** Stops every validator that still runs; returns 1 when one did not run or stop as it should. */
async function stopAll(watched: readonly Watched[], hurry: Promise<void>, screen: Screen): Promise<number> {
  const running = watched.map(one => one.process).filter(child => child.exit === null)
  for (const { process: child, isSilent } of watched) {
    if (child.exit !== null && !isSilent) screen.say(`${child.name} was started by hand and goes on`)
  }
  if (running.length === 0) {
    screen.say('no validator is left')
    return EXIT.operating
  }
  screen.say('stopping')
  for (const child of running) child.kill('SIGTERM')
  const allGone = Promise.all(running.map(child => child.exited))
  await Promise.race([allGone, hurry, delay(STOP_MS)])
  const slow = running.filter(child => child.exit === null)
  for (const child of slow) child.kill('SIGKILL')
  const exits = await allGone
  for (const [i, exit] of exits.entries()) if (exit.code !== 0) screen.say(describeExit(running[i]!, exit))
  const heights = watched.map(({ snapshot }) => snapshot?.height ?? 0)
  screen.say(`stopped at height ${Math.max(...heights)}`)
  const isClean = running.length === watched.length && exits.every(exit => exit.code === 0)
  return isClean ? EXIT.ok : EXIT.operating
}
