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

function longFlags(command: Command): string[] {
  const own = command.options.flatMap(option => option.long ?? [])
  return [...own, ...command.commands.flatMap(longFlags)]
}

function plain(name: string): string {
  return name.replaceAll('_', '-')
}
