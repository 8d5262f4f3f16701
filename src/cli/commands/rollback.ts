import type { Command } from 'commander'
import { rollbackOneHeight } from '../../blockstore/index.ts'
import { loadValidatorKey } from '../../config/index.ts'
import type { Height } from '../../types/index.ts'
import { forgetAppData } from '../app-data.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { confirm } from '../confirm.ts'
import { loadSettings } from '../globals.ts'
import { type OutputFormat, printAnswer, withOutput } from '../output.ts'
import { type StoppedHome, withStoppedHome } from '../stopped/stopped-home.ts'

interface RollbackFlags {
  readonly hard?: boolean
  readonly yes?: boolean
  readonly output: OutputFormat
}

export function addRollbackCommand(program: Command, io: CliIo): void {
  const command = program
    .command('rollback')
    .description('take the state back by one height, for an application that was wrong about the last block')
    .option('--hard', 'delete the last block too, so that it is fetched again')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nThe application begins anew: at the next start the stored blocks are run through it again. What was signed stays\n' +
        'remembered, so nothing is signed twice. The node must be stopped.\n\n' +
        'Example:\n  $ pnyx rollback --home ./node'
    )
  withOutput(command).action((flags: RollbackFlags, self: Command) => rollback(self, flags, io))
}

async function rollback(
  command: Command,
  { hard = false, yes = false, output }: RollbackFlags,
  io: CliIo
): Promise<void> {
  await withStoppedHome(loadSettings(command, io), async home => {
    const { store, blockStore, stateStore, genesisFile } = home
    const { initialHeight, chainId } = genesisFile.genesis
    const height = stateStore.loadState()?.lastBlockHeight ?? 0
    if (blockStore.base > initialHeight) {
      throw new CliError(
        'REFUSED',
        `blocks below ${blockStore.base} are pruned, so the application cannot be made anew from them: ` +
          '`pnyx reset-state`, and fetch everything from peers'
      )
    }
    if (blockStore.height > height && !hard) {
      const answer = { done: false, height, app_hash: stateStore.loadState()?.appHash.toUpperCase() ?? '' }
      printAnswer(
        io,
        output,
        answer,
        () =>
          `nothing to do: the state is at height ${height}, and block ${blockStore.height} will be executed again`
      )
      return
    }
    if (hard) refuseLastCopy(home)
    const consequences = [
      `forget what the application made of block ${blockStore.height}`,
      `run the blocks from ${initialHeight} on through the application again at the next start`,
      ...(hard ? [`delete block ${blockStore.height}`] : []),
      ...leftInPostgres(home, height)
    ]
    await confirm(io, { consequences, word: chainId, yes })
    // First, since this is harmless alone: a crash after it costs the time of replaying.
    await forgetAppData(store)
    const back = await rollbackOneHeight(blockStore, stateStore, { removeBlock: hard })
    const answer = { done: true, height: back.height, app_hash: back.appHash.toUpperCase() }
    printAnswer(
      io,
      output,
      answer,
      () => `rolled back to height ${back.height}, app hash ${answer.app_hash || '(none)'}`
    )
  })
}

/** The sink only adds: what it wrote of the block that is taken back stands until somebody deletes it. */
function leftInPostgres({ loaded, blockStore }: StoppedHome, height: Height): readonly string[] {
  return loaded.config.txIndex.indexer === 'psql' && blockStore.height === height
    ? [`leave the events of block ${height} in PostgreSQL: delete them there (docs/operating.md says how)`]
    : []
}

/** What a validator has signed it does not sign again: where it is the only one, a deleted block never comes back. */
function refuseLastCopy({ loaded, stateStore, blockStore }: StoppedHome): void {
  const validators = stateStore.loadState()?.validators.validators ?? []
  if (validators.length !== 1) return
  if (loadValidatorKey(loaded.paths.validatorKeyFile).address !== validators[0]!.address) return
  throw new CliError(
    'REFUSED',
    `this is the only validator, so nobody else has block ${blockStore.height}, and what it has signed it does not sign ` +
      'again: the chain could not go on. Without --hard the block stays, and is executed again'
  )
}
