import { type Command, Option } from 'commander'
import type { CliIo } from './cli-io.ts'

export type OutputFormat = 'json' | 'text'

/** Adds `--output json|text` to a command that answers something. */
export function withOutput(command: Command): Command {
  const option = new Option('--output <format>', 'how to print the answer')
    .choices(['json', 'text'])
    .default('text')
  return command.addOption(option)
}

/** Prints an answer: the whole of it as JSON, or what `toText` makes of it. */
export function printAnswer<T>(
  io: CliIo,
  format: OutputFormat,
  answer: T,
  toText: (answer: T) => string
): void {
  io.print(format === 'json' ? JSON.stringify(answer, null, 2) : toText(answer))
}

/** Any JSON value as indented lines of `name: value`. */
export function toPlainText(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return listToText(value, indent)
  if (typeof value === 'object' && value !== null) return objectToText(value, indent)
  return `${indent}${scalar(value)}`
}

function objectToText(value: object, indent: string): string {
  return Object.entries(value)
    .map(([name, inner]) =>
      isNested(inner)
        ? `${indent}${name}:\n${toPlainText(inner, `${indent}  `)}`
        : `${indent}${name}: ${scalar(inner)}`
    )
    .join('\n')
}

function listToText(values: readonly unknown[], indent: string): string {
  return values
    .map(value => {
      const text = toPlainText(value, `${indent}  `)
      return `${indent}- ${text.slice(indent.length + 2)}`
    })
    .join('\n')
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return printable(value)
  return value === null || value === undefined ? '-' : JSON.stringify(value)
}

/** Text from elsewhere without what could move the cursor or change colours of a terminal. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    character => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
  )
}

/** Rows with their columns aligned; numbers-only columns to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map(row => row.length))
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)))
  const isNumeric = widths.map((_, i) => rows.slice(1).every(row => /^[\d.,%-]*$/.test(row[i] ?? '')))
  return rows
    .map(row =>
      row
        .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
