import { parse, TomlError } from 'smol-toml'
import { errorMessage } from '../util/index.ts'
import { ConfigError } from './config-error.ts'
import type { RawValue } from './field.ts'

/** A parsed config.toml: values by table ('' above the first one), and the line on which each key stands. */
export interface TomlFile {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, unknown>>
  /** 1-based line of `key` in `table`, or of the table itself for the key '', where it could be found. */
  lineOf(table: string, key: string): number | undefined
}

/** Parses the text of a config.toml; `path` is for messages. Throws ConfigError (FILE_INVALID) naming the line. */
export function parseTomlFile(text: string, path: string): TomlFile {
  const root = parseToml(text, path)
  const tables = new Map<string, Map<string, unknown>>([['', new Map()]])
  for (const [key, value] of Object.entries(root)) {
    if (isTable(value)) tables.set(key, flattenTable(value))
    else tables.get('')!.set(key, value)
  }
  const lines = findKeyLines(text)
  return { tables, lineOf: (table, key) => lines.get(table === '' ? key : `${table}.${key}`) }
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: 16 })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const what = errorMessage(error)
      .split('\n')[0]!
      .replace(/^Invalid TOML document: /, '')
    throw new ConfigError('FILE_INVALID', `${path} line ${error.line}: ${what}`)
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** Tables within a table become dotted keys, so that an unknown one is named in full. */
function flattenTable(table: Record<string, unknown>): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  for (const [key, value] of Object.entries(table)) {
    if (!isTable(value)) flat.set(key, value)
    else for (const [inner, innerValue] of flattenTable(value)) flat.set(`${key}.${inner}`, innerValue)
  }
  return flat
}

const TABLE_LINE = /^\s*\[\s*([\w.-]+)\s*\]/
const KEY_LINE = /^\s*(?:"([^"]*)"|'([^']*)'|([\w-]+(?:\s*\.\s*[\w-]+)*))\s*=\s*(.*)$/

/** The parser tells no positions, so the lines are found by reading the text once more, the simple way. */
function findKeyLines(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  const found = (name: string, line: number) => lines.has(name) || lines.set(name, line)
  let table = ''
  let closing: string | null = null
  for (const [index, line] of text.split('\n').entries()) {
    if (closing !== null) {
      if (line.includes(closing)) closing = null
      continue
    }
    const header = TABLE_LINE.exec(line)
    if (header !== null) {
      table = `${header[1]!}.`
      found(table, index + 1)
      continue
    }
    const match = KEY_LINE.exec(line)
    if (match === null) continue
    const key = match[1] ?? match[2] ?? match[3]!.replaceAll(/\s/g, '')
    found(table + key, index + 1)
    closing = unclosedQuote(match[4]!)
  }
  return lines
}

function unclosedQuote(value: string): string | null {
  const quote = ['"""', "'''"].find(one => value.startsWith(one))
  return quote === undefined || value.indexOf(quote, 3) >= 0 ? null : quote
}

/** `value` when it is of a kind that config.toml may hold, else undefined. */
export function asRawValue(value: unknown): RawValue | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return Array.isArray(value) && value.every(one => typeof one === 'string') ? value : undefined
}
