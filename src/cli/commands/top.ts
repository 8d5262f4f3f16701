import { type Command, InvalidArgumentError, Option } from 'commander'
import { durationToMs, parseDuration } from '../../config/index.ts'
import type { CliIo } from '../cli-io.ts'
import { rpcClientOf, withNode } from '../globals.ts'
import { wholeNumber } from '../numbers.ts'
import { plainPicture, runTop } from '../top/run-top.ts'
import { NodeWatch } from '../top/watch-node.ts'

interface TopFlags {
  readonly interval: number
  readonly count: number
  readonly once?: boolean
}

export function addTopCommand(program: Command, io: CliIo): void {
  const command = program
    .command('top')
    .description('watch consensus live: validators, proposals, votes, locks and peers')
    .addOption(
      new Option('--interval <duration>', 'how often to look').default(1000, '1s').argParser(interval)
    )
    .option('--count <number>', 'look so often and end (0: until q)', wholeNumber(0, 1e9), 0)
    .option('--once', 'print one whole picture as plain text and end')
    .addHelpText(
      'after',
      '\nIn a terminal: q ends it. In a pipe it prints a line each time. NO_COLOR turns colours off. A vote is shown by the\n' +
        'first digits of its block, "nil", or "." when none came; "*" marks the node that is asked.\n\n' +
        'Example:\n  $ pnyx top --node tcp://127.0.0.1:26657 --interval 500ms'
    )
  withNode(command).action(async (flags: TopFlags, self: Command) => {
    const watch = new NodeWatch(rpcClientOf(self, io), Date.now)
    if (flags.once) io.print(plainPicture(await watch.look()))
    else await runTop(watch, { intervalMs: flags.interval, count: flags.count }, io)
  })
}

function interval(text: string): number {
  const nanoseconds = parseDuration(text)
  const ms = nanoseconds === null ? 0 : durationToMs(nanoseconds)
  if (ms >= 100 && ms <= 3_600_000) return ms
  throw new InvalidArgumentError('it must be a duration from 100ms to 1h, such as 500ms.')
}
