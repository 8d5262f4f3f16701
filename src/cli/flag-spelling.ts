import type { Command } from 'commander'

/**
 * Lets every flag be written with `-` or with `_`, as CometBFT does: --log-level is --log_level. Only names that some
 * command has are changed, and nothing after `--`.
 */
export function spellFlags(args: readonly string[], program: Command): string[] {
  const spelling = new Map<string, string>()
  for (const name of longFlags(program)) spelling.set(plain(name), name)
  const end = args.indexOf('--')
  return args.map((arg, index) => {
    if (!arg.startsWith('--') || (end >= 0 && index >= end)) return arg
    const [name = '', ...value] = arg.split('=')
    const known = spelling.get(plain(name))
    return known === undefined ? arg : [known, ...value].join('=')
  })
}

/** Lets every command be written with `-` or with `_`, as CometBFT does: unsafe_reset_all is unsafe-reset-all. */
export function spellCommands(args: readonly string[], program: Command): string[] {
  const spelled: string[] = []
  let command = program
  let isValue = false
  for (const arg of args) {
    const word = plain(arg)
    const named = command.commands.find(one => one.name() === word || one.aliases().includes(word))
    const isCommand = !isValue && named !== undefined
    spelled.push(isCommand ? word : arg)
    if (isCommand) command = named
    isValue = program.options.some(option => option.required && option.long === arg)
  }
  return spelled
}

function longFlags(command: Command): string[] {
  const own = command.options.flatMap(option => option.long ?? [])
  return [...own, ...command.commands.flatMap(longFlags)]
}

function plain(name: string): string {
  return name.replaceAll('_', '-')
}
