import { Argument, type Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { completionNodes } from '../completion/command-tree.ts'
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts'

export function addCompletionCommand(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands and flags')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', '\nExample:\n  $ source <(pnyx completion bash)')
    .action((shell: Shell) => io.print(completionScript(shell, completionNodes(program)).trimEnd()))
}
