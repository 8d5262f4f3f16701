import type { Command } from 'commander'
import { formatValue, type LoadedConfig } from '../../config/index.ts'
import type { CliIo } from '../cli-io.ts'
import { addSettingFlags, loadSettings } from '../globals.ts'
import { printAnswer, withOutput } from '../output.ts'

export function addConfigCommands(program: Command, io: CliIo): void {
  const group = program.command('config').description('look at the settings of a node')
  const show = group
    .command('show')
    .description('print every setting in force and where it comes from')
    .addHelpText('after', '\nExample:\n  $ pnyx config show --home ./node')
  addSettingFlags(withOutput(show))
  show.action((options: { output: 'json' | 'text' }, command: Command) => {
    const loaded = loadSettings(command, io)
    printAnswer(io, options.output, Object.fromEntries(loaded.settings), () => settingsToText(loaded))
  })
  const validate = group
    .command('validate')
    .description('check config.toml and say what has no effect')
    .addHelpText('after', '\nExample:\n  $ pnyx config validate --home ./node')
  addSettingFlags(validate)
  validate.action((_options: unknown, command: Command) => {
    const { warnings, paths, hasFile } = loadSettings(command, io)
    for (const warning of warnings) io.note(`warning: ${warning}`)
    io.print(
      hasFile ? `${paths.configFile} is right` : `there is no ${paths.configFile}: defaults are in force`
    )
  })
}

/** config.toml's own form, with the source of each value that is not the default. */
function settingsToText({ settings }: LoadedConfig): string {
  const lines: string[] = []
  let table = ''
  for (const [name, { value, source, isDefault }] of settings) {
    const dot = name.indexOf('.')
    const [inTable, key] = dot < 0 ? ['', name] : [name.slice(0, dot), name.slice(dot + 1)]
    if (inTable !== table) lines.push('', `[${inTable}]`)
    table = inTable
    lines.push(`${key} = ${formatValue(value)}${isDefault ? '' : `  # ${source}`}`)
  }
  return lines.join('\n')
}
