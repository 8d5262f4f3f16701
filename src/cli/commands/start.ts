import type { Command } from 'commander'
import { Option } from 'commander'
import pico from 'picocolors'
import { builtInApps } from '../../app/index.ts'
import { lockHome } from '../../config/index.ts'
import type { CliIo } from '../cli-io.ts'
import { addSettingFlags, loadSettings } from '../globals.ts'
import { BYZANTINE_HELP, type ByzantinePlan, parseByzantinePlan } from '../node/byzantine-plan.ts'
import { makeProcessLogger } from '../node/pino-logger.ts'
import { runNode } from '../node/run-node.ts'
import { stopWithStdin } from '../node/stop-with-stdin.ts'

/** A stop that takes longer is cut short: the write-ahead log makes up for it. */
const STOP_TIMEOUT_MS = 5_000
const LINGER_MS = 1_000

interface StartOptions {
  readonly genesisHash?: string
  readonly stopWithStdin?: boolean
  readonly byzantine?: ByzantinePlan
}

export function addStartCommand(program: Command, io: CliIo): void {
  const command = program
    .command('start')
    .aliases(['node', 'run'])
    .description('run the node until Ctrl-C or SIGTERM')
    .option('--genesis-hash <hex>', 'refuse to start when the genesis file has another sha256')
    .addOption(new Option('--byzantine <behaviour>', BYZANTINE_HELP).argParser(parseByzantinePlan))
    .addOption(new Option('--stop-with-stdin', 'stop when the standard input is closed').hideHelp())
    .addHelpText(
      'after',
      '\nEvery key of config.toml is a flag too (--p2p.seeds ...); `pnyx config show` lists them.\n' +
        `Applications: ${Object.keys(builtInApps).join(', ')}.\n\n` +
        'Example:\n  $ pnyx start --home ./node --consensus.timeout_commit 500ms'
    )
  addSettingFlags(command)
  command.action((options: StartOptions, self: Command) => start(self, options, io))
}

/** Red unless NO_COLOR asks for plain text: this must not be overlooked, also in a log file. */
function red(text: string, { environment }: CliIo): string {
  return pico.createColors(environment.NO_COLOR === undefined).red(text)
}

async function start(command: Command, options: StartOptions, io: CliIo): Promise<void> {
  const loaded = loadSettings(command, io)
  const { byzantine = null, genesisHash = null } = options
  const { logLevel, logFormat } = loaded.config.base
  const lock = lockHome(loaded.paths.lockFile)
  const colours = process.stdout.isTTY && io.environment.NO_COLOR === undefined
  const { logger, flush } = makeProcessLogger({ levels: logLevel, format: logFormat, colours })
  const leave = () => {
    lock.release()
    flush()
  }
  const unwatchStdin = options.stopWithStdin ? stopWithStdin() : () => {}
  try {
    for (const warning of loaded.warnings) logger.warn(warning)
    // Loaded only now: the other commands need neither the network stack nor the database.
    const { composeNode } = await import('../node/compose-node.ts')
    await runNode({
      start: () =>
        composeNode({ loaded, genesisHash, logger, byzantine, warn: line => io.note(red(line, io)) }),
      events: process,
      logger,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      exitNow: (code, line) => {
        if (line !== '') io.note(`pnyx: ${line}`)
        leave()
        process.exit(code)
      }
    })
  } finally {
    unwatchStdin()
    leave()
    // Whatever handle a library has forgotten must not keep a stopped node alive.
    setTimeout(() => process.exit(), LINGER_MS).unref()
  }
}
