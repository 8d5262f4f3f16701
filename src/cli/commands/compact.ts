import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { LevelKeyValueStore } from '../../blockstore/index.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { databasePath, withLockedHome } from '../stopped/stopped-home.ts'

interface CompactAnswer {
  readonly database: string
  readonly bytes_before: number
  readonly bytes_after: number
}

export function addCompactCommand(program: Command, io: CliIo): void {
  const command = program
    .command('compact')
    .aliases(['experimental-compact-goleveldb'])
    .description('give back the disk space of what was deleted from the database')
    .addHelpText(
      'after',
      '\nA running node does this by itself, bit by bit; it is worth the time after much was pruned. The node must be stopped.\n\n' +
        'Example:\n  $ pnyx compact --home ./node'
    )
  withOutput(command).action(async (flags: { output: OutputFormat }, self: Command) => {
    const loaded = loadSettings(self, io)
    const answer = await withLockedHome(loaded, () => compact(databasePath(loaded)))
    printAnswer(io, flags.output, answer, toText)
  })
}

async function compact(database: string): Promise<CompactAnswer> {
  const before = sizeOf(database)
  const store = await LevelKeyValueStore.open({ path: database })
  try {
    await store.compact()
  } finally {
    await store.close()
  }
  return { database, bytes_before: before, bytes_after: sizeOf(database) }
}

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
}

function toText({ database, bytes_before: before, bytes_after: after }: CompactAnswer): string {
  return `${database}: ${mebibytes(before)} before, ${mebibytes(after)} now`
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}
