import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Wal } from '../../blockstore/index.ts'
import { loadValidatorKey } from '../../config/index.ts'
import { silentLogger } from '../../util/index.ts'
import { readJournal, systemClock } from '../../validator/index.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { walDirectory } from '../node/room-settings.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { type Replay, replayHeight } from '../replay/replay-height.ts'
import { type StoppedHome, withStoppedHome } from '../stopped/stopped-home.ts'

interface ReplayFlags {
  readonly output: OutputFormat
  readonly console?: boolean
}

export function addReplayCommand(program: Command, io: CliIo): void {
  const command = program
    .command('replay')
    .description(
      'show what the write-ahead log holds of the height in progress, and what the node did about it'
    )
    .option('--console', 'stop after every record until Enter is pressed (q ends)')
    .addHelpText(
      'after',
      '\nRules are named by the lines of the paper (docs/paper.md). Nothing is changed. The node must be stopped.\n\n' +
        'Example:\n  $ pnyx replay --home ./node'
    )
  withOutput(command).action(async (flags: ReplayFlags, self: Command) => {
    const replay = await withStoppedHome(loadSettings(self, io), replayHome)
    if (flags.console && flags.output === 'text') await walkThrough(replay, io)
    else printAnswer(io, flags.output, replay, replayToText)
  })
}

/** Reads a copy of the log: opening one cuts what a crash left half written. */
async function replayHome({ loaded, stateStore, files }: StoppedHome): Promise<Replay> {
  const state = stateStore.loadState()
  if (state === null) throw new CliError('REFUSED', 'there is no state yet: this node has never run')
  const original = walDirectory(loaded.paths)
  if (!existsSync(original)) throw new CliError('REFUSED', `there is no log in ${original}`)
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-replay-'))
  try {
    cpSync(original, directory, { recursive: true })
    const wal = await Wal.open({ fileSystem: files, directory, clock: systemClock })
    const { records, isWhole } = await readJournal(wal, state.lastBlockHeight, silentLogger)
    await wal.close()
    if (!isWhole) {
      throw new CliError('REFUSED', `the log does not hold the whole of height ${state.lastBlockHeight + 1}`)
    }
    const { address } = loadValidatorKey(loaded.paths.validatorKeyFile)
    return replayHeight(state, records, address)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function walkThrough(replay: Replay, io: CliIo): Promise<void> {
  if (io.ask === null) throw new CliError('REFUSED', '--console wants a terminal')
  for (const [index, record] of replay.records.entries()) {
    const answer = await io.ask(`${recordToText(record, index)} `)
    if (answer.trim().toLowerCase() === 'q') return
  }
  io.print(endToText(replay))
}

function replayToText(replay: Replay): string {
  const lines = replay.records.map(recordToText)
  return [`height ${replay.height}: ${replay.records.length} records`, ...lines, endToText(replay)].join('\n')
}

function recordToText({ record, transition }: Replay['records'][number], index: number): string {
  const number = String(index + 1).padStart(5)
  return transition === null ? `${number}  ${record}` : `${number}  ${record}\n       -> ${transition}`
}

function endToText({ state, awaits }: Replay): string {
  return `ends in [${state}]\n${awaits}`
}
