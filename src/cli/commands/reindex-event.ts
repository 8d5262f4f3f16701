import type { Command } from 'commander'
import { EventIndexer } from '../../blockstore/index.ts'
import type { Height } from '../../types/index.ts'
import { silentLogger } from '../../util/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'
import { wholeNumber } from '../numbers.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { type StoppedHome, withStoppedHome } from '../stopped/stopped-home.ts'

interface ReindexFlags {
  readonly startHeight?: number
  readonly endHeight?: number
  readonly output: OutputFormat
}

interface ReindexAnswer {
  readonly indexer: 'kv' | 'psql'
  readonly from: Height
  readonly to: Height
  readonly written: number
  /** Were there already. */
  readonly known: number
  /** Whose results are not stored. */
  readonly missing: number
}

export function addReindexEventCommand(program: Command, io: CliIo): void {
  const command = program
    .command('reindex-event')
    .description('make the index of transactions and block events anew from the stored blocks')
    .option('--start-height <height>', 'the first height (default: the first stored)', wholeNumber(1, 1e15))
    .option(
      '--end-height <height>',
      'the last height (default: the last stored). It bounds what goes to PostgreSQL; the index beside the blocks has no gaps and always ends with them',
      wholeNumber(1, 1e15)
    )
    .addHelpText(
      'after',
      '\nNeeds the results of the blocks: without storage.discard_abci_responses. The node must be stopped. With indexer =\n' +
        '"psql" it writes to PostgreSQL what is not there yet, and changes nothing that is.\n\n' +
        'Example:\n  $ pnyx reindex-event --home ./node --start-height 1000'
    )
  withOutput(command).action(async (flags: ReindexFlags, self: Command) => {
    const loaded = loadSettings(self, io)
    if (loaded.config.txIndex.indexer === 'null') {
      throw new CliError('REFUSED', 'tx_index.indexer = "null": this node keeps no index')
    }
    const answer = await withStoppedHome(loaded, home => reindex(home, flags))
    printAnswer(io, flags.output, answer, toText)
  })
}

async function reindex(home: StoppedHome, { startHeight, endHeight }: ReindexFlags): Promise<ReindexAnswer> {
  const { blockStore, stateStore, loaded } = home
  const from = Math.max(startHeight ?? blockStore.base, blockStore.base)
  const last = stateStore.loadState()?.lastBlockHeight ?? 0
  if (from > last)
    throw new CliError('REFUSED', `there is nothing from height ${from} on: the last is ${last}`)
  const { indexer, psqlConn } = loaded.config.txIndex
  const to = indexer === 'psql' ? Math.min(endHeight ?? last, last) : last
  if (endHeight !== undefined && endHeight < from) {
    throw new UsageError(`--end-height ${endHeight} is below the first height, ${from}`)
  }
  if (stateStore.loadResults(to) === null) {
    throw new CliError(
      'REFUSED',
      `the results of block ${to} are not stored: set storage.discard_abci_responses = false`
    )
  }
  return indexer === 'psql' ? writeToPsql(home, psqlConn, from, to) : indexAnew(home, from, to)
}

async function indexAnew(
  { store, blockStore, stateStore }: StoppedHome,
  from: Height,
  to: Height
): Promise<ReindexAnswer> {
  const parts = { store, blocks: blockStore, results: stateStore, logger: silentLogger }
  // Opened for a state that ends below, it forgets what is above; opened again, it catches up.
  await (await EventIndexer.open(parts, from - 1)).stop()
  const indexer = await EventIndexer.open(parts, to)
  await indexer.whenIdle()
  if (indexer.height < to)
    throw new CliError('REFUSED', `indexing ended at height ${indexer.height} of ${to}`)
  return { indexer: 'kv', from, to, written: to - from + 1, known: 0, missing: 0 }
}

async function writeToPsql(
  { genesisFile, blockStore, stateStore }: StoppedHome,
  url: string,
  from: Height,
  to: Height
): Promise<ReindexAnswer> {
  const { connectPostgres, storedBlocks, writeStored } = await import('../../psql-sink/index.ts')
  const counts = await writeStored(
    {
      connect: connectPostgres(url),
      chainId: genesisFile.genesis.chainId,
      blocks: storedBlocks(blockStore, stateStore)
    },
    from,
    to
  )
  return { indexer: 'psql', from, to, ...counts }
}

function toText({ indexer, from, to, written, known, missing }: ReindexAnswer): string {
  if (indexer === 'kv') return `indexed heights ${from} to ${to}`
  const unknown = missing > 0 ? `, ${missing} without stored results left out` : ''
  return `heights ${from} to ${to}: ${written} written to PostgreSQL, ${known} were there${unknown}`
}
