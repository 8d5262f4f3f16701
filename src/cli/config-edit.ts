import {
  type Field,
  formatValue,
  resolveConfig,
  SECTIONS,
  type Section,
  settingName,
  valueFromText
} from '../config/index.ts'
import { UsageError } from './cli-error.ts'

/**
 * The text of a config.toml with one setting changed and everything else, comments too, as it was. Throws UsageError for a
 * setting that does not exist, ConfigError when the whole would not be right.
 */
export function withSetting(text: string, name: string, value: string, filePath: string): string {
  const place = findSetting(name)
  const raw = valueFromText(place.table, place.field, value)
  const changed = replaceLine(text, place.table, place.field.key, `${place.field.key} = ${formatValue(raw)}`)
  resolveConfig({ fileText: changed, filePath, flags: {}, environment: {} })
  return changed
}

function findSetting(name: string): { readonly table: string; readonly field: Field<unknown> } {
  for (const section of Object.values<Section>(SECTIONS)) {
    for (const field of Object.values(section.fields)) {
      if (settingName(section.table, field.key) === name) return { table: section.table, field }
    }
  }
  throw new UsageError(`there is no setting ${name}; \`pnyx config show\` lists them`)
}

function replaceLine(text: string, table: string, key: string, line: string): string {
  const lines = text.split('\n')
  const start = table === '' ? 0 : lines.findIndex(one => headerOf(one) === table) + 1
  if (table !== '' && start === 0) return `${text.replace(/\n*$/, '\n')}\n[${table}]\n${line}\n`
  const nextHeader = lines.findIndex((one, index) => index >= start && headerOf(one) !== null)
  const end = nextHeader < 0 ? lines.length : nextHeader
  const at = lines.findIndex((one, index) => index >= start && index < end && keyOf(one) === key)
  if (at < 0) return [...lines.slice(0, start), line, ...lines.slice(start)].join('\n')
  return [...lines.slice(0, at), line, ...lines.slice(lastLineOf(lines, at) + 1)].join('\n')
}

function headerOf(line: string): string | null {
  return /^\s*\[\s*([\w.-]+)\s*\]/.exec(line)?.[1] ?? null
}

function keyOf(line: string): string | null {
  return /^\s*["']?([\w-]+)["']?\s*=/.exec(line)?.[1] ?? null
}

/** A list may go over several lines. */
function lastLineOf(lines: readonly string[], at: number): number {
  if (!/=\s*\[/.test(lines[at]!)) return at
  let last = at
  while (last < lines.length - 1 && !/\]\s*(?:#.*)?$/.test(lines[last]!)) last++
  return last
}
