import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { playStory, type SimOptions, StoryError, saveStory } from '../../sim/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { printAnswer } from '../output.ts'
import type { SimulateFlags } from './simulate-flags.ts'

/** No story that a person reads is longer. */
const MAX_BYTES = 4 * 1024 * 1024
/** Flags that say how a run goes: a scenario says that by itself. */
const RUN_FLAGS = [
  'seed',
  'seeds',
  'validators',
  'heights',
  'byzantine',
  'faults',
  'options',
  'save'
] as const

/** Plays a golden scenario on a real node; throws CliError where the node does something else. */
export async function playScenario(flags: SimulateFlags, file: string, io: CliIo): Promise<void> {
  const other = RUN_FLAGS.find(name => flags[name] !== undefined)
  if (other !== undefined) throw new UsageError(`--scenario says everything: it does not go with --${other}`)
  const played = await playStory(readScenario(file)).catch((error: unknown) => {
    throw error instanceof StoryError ? new UsageError(`--scenario ${file}: ${error.message}`) : error
  })
  printAnswer(io, flags.output, played, playedToText)
  if (played.difference === null) return
  throw new CliError(
    'SIMULATION_FAILED',
    `${file}: the node does something else at '${played.difference.command}'`
  )
}

function playedToText({ commands, lines, difference }: Awaited<ReturnType<typeof playStory>>): string {
  if (difference === null) return `the node did what the scenario says: ${commands} commands, ${lines} lines`
  const { command, told, played } = difference
  return `command   ${command}\nscenario  ${told ?? '(nothing)'}\nnode      ${played ?? '(nothing)'}`
}

function readScenario(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES) throw new UsageError(`--scenario ${file}: this file is no scenario`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`--scenario ${file}: this file cannot be read`)
  }
}

/** Runs once more, and writes what the node that broke met as a golden scenario. */
export async function saveScenario(options: SimOptions, file: string, io: CliIo): Promise<void> {
  const saved = await saveStory(options)
  if (saved === null) {
    io.print('no node has met anything that could be saved')
    return
  }
  try {
    writeFileSync(file, saved.text)
  } catch {
    throw new UsageError(`--save ${file}: this file cannot be written`)
  }
  io.print(`${file} tells what ${saved.of} met`)
}
