import { Command, CommanderError } from 'commander'
import type { CliIo } from './cli-io.ts'
import { addCompactCommand } from './commands/compact.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addConfigCommands } from './commands/config.ts'
import { addDebugCommands } from './commands/debug.ts'
import { addDiagnoseCommand } from './commands/diagnose.ts'
import { addEvidenceCommands } from './commands/evidence.ts'
import { addGenNodeKeyCommand } from './commands/gen-node-key.ts'
import { addGenValidatorCommand } from './commands/gen-validator.ts'
import { addGenesisCommands } from './commands/genesis.ts'
import { addInitCommand } from './commands/init.ts'
import { addInspectCommand } from './commands/inspect.ts'
import { addKeysCommands } from './commands/keys.ts'
import { addQueryCommands } from './commands/query.ts'
import { addReindexEventCommand } from './commands/reindex-event.ts'
import { addReplayCommand } from './commands/replay.ts'
import { addResetStateCommand } from './commands/reset-state.ts'
import { addRollbackCommand } from './commands/rollback.ts'
import { addShowNodeIdCommand } from './commands/show-node-id.ts'
import { addShowValidatorCommand } from './commands/show-validator.ts'
import { addSimulateCommand } from './commands/simulate.ts'
import { addStartCommand } from './commands/start.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTestnetCommand } from './commands/testnet.ts'
import { addTopCommand } from './commands/top.ts'
import { addTxCommands } from './commands/tx.ts'
import { addUnsafeResetAllCommand } from './commands/unsafe-reset-all.ts'
import { addUnsafeResetPrivValidatorCommand } from './commands/unsafe-reset-priv-validator.ts'
import { addVersionCommand } from './commands/version.ts'
import { EXIT, failureOf } from './exit-codes.ts'
import { spellCommands, spellFlags } from './flag-spelling.ts'
import { addGlobalFlags } from './globals.ts'
import { spellTraceFile } from './simulate/trace-flag.ts'
import { PNYX_VERSION } from './version.ts'

const ADDERS: readonly ((program: Command, io: CliIo) => void)[] = [
  addInitCommand,
  addStartCommand,
  addTestnetCommand,
  addSimulateCommand,
  addStatusCommand,
  addDiagnoseCommand,
  addTopCommand,
  addDebugCommands,
  addTxCommands,
  addKeysCommands,
  addQueryCommands,
  addEvidenceCommands,
  addGenesisCommands,
  addGenValidatorCommand,
  addGenNodeKeyCommand,
  addShowValidatorCommand,
  addShowNodeIdCommand,
  addConfigCommands,
  addInspectCommand,
  addRollbackCommand,
  addReplayCommand,
  addReindexEventCommand,
  addCompactCommand,
  addResetStateCommand,
  addUnsafeResetAllCommand,
  addUnsafeResetPrivValidatorCommand,
  addCompletionCommand,
  addVersionCommand
]

/** The whole command line, ready to parse. */
export function makeProgram(io: CliIo): Command {
  const program = new Command('pnyx')
    .description('A validator node for Tendermint-style BFT chains, data-compatible with CometBFT v0.38.')
    .version(PNYX_VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: text => io.print(text.trimEnd()), writeErr: () => {} })
  addGlobalFlags(program)
  for (const add of ADDERS) add(program, io)
  program.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 could not do it, 64 wrong command line, 70 a bug in pnyx.'
  )
  return program
}

/** Runs one command line (without `node` and the script) and returns the exit code. Never throws. */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const program = makeProgram(io)
  try {
    const spelled = spellCommands(spellFlags(spellTraceFile(args), program), program)
    await program.parseAsync(spelled, { from: 'user' })
    return EXIT.ok
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.code === 'commander.help')
      return helpInstead(program, args)
    const { exitCode, line } = failureOf(thrown)
    if (line !== '') io.note(`pnyx: ${line}`)
    if (program.opts<{ trace?: boolean }>().trace && thrown instanceof Error && exitCode !== EXIT.ok) {
      io.note(thrown.stack ?? '')
    }
    return exitCode
  }
}

/** `pnyx`, or `pnyx query`: a group named without a command explains itself. */
function helpInstead(program: Command, args: readonly string[]): number {
  let command = program
  for (const arg of args) command = command.commands.find(one => one.name() === arg) ?? command
  command.outputHelp()
  return EXIT.ok
}
