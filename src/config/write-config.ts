import { SECTIONS, settingName } from './config.ts'
import type { RawValue, Section } from './field.ts'

const WIDTH = 110

const HEADER = `# Settings of this Pnyx node. Every key can also be given as a flag (--p2p.laddr) or in the environment
# (PNYX_P2P_LADDR): flags win over the environment, and that over this file. Durations are written "500ms",
# "3s", "1h30m". What the whole chain must agree on is not here but in genesis.json.
`

/**
 * The text of a config.toml with every key, its comment and its default; `overrides` (by setting name) replace
 * defaults. The result always resolves to the same values again.
 */
export function formatConfig(overrides: Readonly<Record<string, RawValue>> = {}): string {
  const blocks = [HEADER]
  for (const section of Object.values<Section>(SECTIONS)) {
    const fields = Object.values(section.fields)
    if (fields.length === 0) continue
    if (section.table !== '') blocks.push(`${comment(section.comment)}[${section.table}]\n`)
    for (const field of fields) {
      const value = overrides[settingName(section.table, field.key)] ?? field.fallback
      blocks.push(`${comment(field.comment)}${field.key} = ${formatValue(value)}\n`)
    }
  }
  return blocks.join('\n')
}

/** A value as TOML. */
export function formatValue(value: RawValue): string {
  if (typeof value === 'string') return formatString(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return `[${value.map(formatString).join(', ')}]`
}

/** JSON's escapes are all TOML's too; TOML wants DEL escaped as well. */
function formatString(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
}

function comment(text: string): string {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return `${[...lines, line].join('\n')}\n`
}
