import type { Command } from 'commander'

/** What can follow a command, for a completion script. */
export interface CompletionNode {
  /** Words after the program's name: '' for the program itself, `query block` for a command of a group. */
  readonly path: string
  /** Other names of the command, without its group. */
  readonly aliases: readonly string[]
  /** What its arguments may be, where that is a fixed list. */
  readonly words: readonly string[]
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly flags: readonly {
    readonly name: string
    readonly description: string
    readonly takesValue: boolean
    readonly choices: readonly string[]
  }[]
}

/** Every command with what can follow it, groups before their commands. Flags that help does not show are left out. */
export function completionNodes(program: Command): readonly CompletionNode[] {
  const ofProgram = visibleFlags(program)
  const globals = ofProgram.filter(({ name }) => name !== '--version')
  const walk = (command: Command, path: readonly string[]): CompletionNode[] => {
    const own = visibleFlags(command)
    const commands = command.commands.filter(one => one.name() !== 'help')
    const node: CompletionNode = {
      path: path.join(' '),
      aliases: command.aliases(),
      words: command.registeredArguments.flatMap(argument => argument.argChoices ?? []),
      commands: commands.map(one => ({ name: one.name(), description: firstLine(one.description()) })),
      flags: command === program ? ofProgram : [...own, ...globals]
    }
    return [node, ...commands.flatMap(one => walk(one, [...path, one.name()]))]
  }
  return walk(program, [])
}

function visibleFlags(command: Command): CompletionNode['flags'] {
  const help = { name: '--help', description: 'explain a command', takesValue: false, choices: [] }
  const flags = command.options
    .filter(option => option.long !== undefined && !option.hidden)
    .map(option => ({
      name: option.long!,
      description: firstLine(option.description),
      takesValue: option.required,
      choices: option.argChoices ?? []
    }))
  return command.parent === null ? [...flags, help] : flags
}

function firstLine(text: string): string {
  return text.split('\n')[0]!.trim()
}
