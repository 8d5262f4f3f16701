import type { Command } from 'commander'
import {
  configFileOf,
  formatConfig,
  formatValue,
  type LoadedConfig,
  PUBLIC_FILE_MODE,
  readTextFile,
  replaceFile,
  type Setting,
  shownValue
} from '../../config/index.ts'
import type { CliIo } from '../cli-io.ts'
import { withSetting } from '../config-edit.ts'
import { addSettingFlags, homeOf, loadSettings } from '../globals.ts'
import { knownApp } from '../known-app.ts'
import { printAnswer, withOutput } from '../output.ts'

export function addConfigCommands(program: Command, io: CliIo): void {
  const group = program.command('config').description('look at the settings of a node, and change them')
  const show = group
    .command('show')
    .description('print every setting in force and where it comes from')
    .addHelpText('after', '\nExample:\n  $ pnyx config show --home ./node')
  addSettingFlags(withOutput(show))
  show.action((options: { output: 'json' | 'text' }, command: Command) => {
    const loaded = loadSettings(command, io)
    printAnswer(io, options.output, settingsToJson(loaded.settings), () => settingsToText(loaded))
  })
  const validate = group
    .command('validate')
    .description('check config.toml and say what has no effect')
    .addHelpText('after', '\nExample:\n  $ pnyx config validate --home ./node')
  addSettingFlags(withOutput(validate))
  validate.action(({ output }: { output: 'json' | 'text' }, command: Command) => {
    const { warnings, paths, hasFile, config } = loadSettings(command, io)
    knownApp(config.base.proxyApp)
    if (output === 'text') for (const warning of warnings) io.note(`warning: ${warning}`)
    const { configFile: file } = paths
    printAnswer(io, output, { file, has_file: hasFile, warnings }, () =>
      hasFile ? `${file} is right` : `there is no ${file}: defaults are in force`
    )
  })
  addDiff(group, io)
  addSet(group, io)
}

function addDiff(group: Command, io: CliIo): void {
  const diff = group
    .command('diff')
    .description('print the settings that are not at their defaults')
    .addHelpText('after', '\nExample:\n  $ pnyx config diff --home ./node')
  addSettingFlags(withOutput(diff))
  diff.action((options: { output: 'json' | 'text' }, command: Command) => {
    const loaded = loadSettings(command, io)
    const changed = new Map([...loaded.settings].filter(([, { isDefault }]) => !isDefault))
    printAnswer(io, options.output, settingsToJson(changed), () =>
      changed.size === 0
        ? 'every setting is at its default'
        : settingsToText({ ...loaded, settings: changed })
    )
  })
}

function addSet(group: Command, io: CliIo): void {
  const set = group
    .command('set')
    .description('change one setting in config.toml; comments and the other settings stay as they are')
    .argument('<name>', 'as `pnyx config show` lists it: p2p.laddr')
    .argument('<value>', 'as a flag would take it; lists with commas')
    .addHelpText(
      'after',
      '\nA running node keeps the old value until it is started again.\n\n' +
        'Example:\n  $ pnyx config set consensus.timeout_commit 500ms --home ./node'
    )
  withOutput(set).action(
    (name: string, value: string, { output }: { output: 'json' | 'text' }, command: Command) => {
      const file = configFileOf(homeOf(command, io))
      const text = readTextFile(file, 'config file') ?? formatConfig()
      replaceFile(file, withSetting(text, name, value, file), PUBLIC_FILE_MODE)
      printAnswer(io, output, { file, set: name }, () => `${file}: ${name} is set`)
    }
  )
}

function settingsToJson(settings: ReadonlyMap<string, Setting>): object {
  const shown = [...settings].map(([name, setting]) => {
    const { source, isDefault } = setting
    return [name, { value: shownValue(setting), source, isDefault }]
  })
  return Object.fromEntries(shown)
}

/** config.toml's own form, with the source of each value that is not the default. */
function settingsToText({ settings }: LoadedConfig): string {
  const lines: string[] = []
  let table = ''
  for (const [name, setting] of settings) {
    const { source, isDefault } = setting
    const dot = name.indexOf('.')
    const [inTable, key] = dot < 0 ? ['', name] : [name.slice(0, dot), name.slice(dot + 1)]
    if (inTable !== table) lines.push('', `[${inTable}]`)
    table = inTable
    lines.push(`${key} = ${formatValue(shownValue(setting))}${isDefault ? '' : `  # ${source}`}`)
  }
  return lines.join('\n')
}
