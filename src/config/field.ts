import * as z from 'zod'
import { durationToMs, parseDuration } from './duration.ts'

/** A value as config.toml can hold it. */
export type RawValue = string | number | boolean | readonly string[]

export type FieldKind = 'string' | 'number' | 'boolean' | 'list'

/** One key of config.toml: its name, what it may hold, its default, and what an operator should know about it. */
export interface Field<Value> {
  readonly key: string
  /** How text from a flag or the environment becomes a {@link RawValue}. */
  readonly kind: FieldKind
  readonly fallback: RawValue
  /** Says in words what the schema accepts, to end "allowed: ...". */
  readonly allowed: string
  readonly comment: string
  readonly schema: z.ZodType<Value>
  /** The value may hold a password: it is not shown. */
  readonly secret?: boolean
}

/** A key of CometBFT's config.toml that Pnyx knows and does nothing with. */
export interface WithoutEffect {
  readonly key: string
  readonly reason: string
  /** CometBFT's default: a file that only carries it asks for nothing. Absent where no value asks for anything. */
  readonly usual?: RawValue
  /** Refuse any other value, since going on would be dangerous rather than merely different. */
  readonly refuse?: boolean
}

export type Fields = Readonly<Record<string, Field<unknown>>>

export interface Section<F extends Fields = Fields> {
  /** The table in the file; '' for the keys above the first table. */
  readonly table: string
  readonly comment: string
  readonly fields: F
  readonly withoutEffect: readonly WithoutEffect[]
}

export type SectionValues<S> =
  S extends Section<infer F>
    ? { readonly [K in keyof F]: F[K] extends Field<infer Value> ? Value : never }
    : never

type FieldText = { readonly key: string; readonly comment: string }

export function text(
  fallback: string,
  options: FieldText & { readonly allowed?: string; readonly pattern?: RegExp; readonly secret?: boolean }
): Field<string> {
  const schema = options.pattern === undefined ? z.string() : z.string().regex(options.pattern)
  return { ...options, kind: 'string', fallback, allowed: options.allowed ?? 'a string', schema }
}

export function choice<const C extends string>(
  choices: readonly [C, ...C[]],
  fallback: C,
  options: FieldText
): Field<C> {
  const allowed = choices.map(one => `"${one}"`).join(', ')
  return { ...options, kind: 'string', fallback, allowed, schema: z.enum(choices) as z.ZodType<C> }
}

export function flag(fallback: boolean, options: FieldText): Field<boolean> {
  return { ...options, kind: 'boolean', fallback, allowed: 'true or false', schema: z.boolean() }
}

export function integer(
  fallback: number,
  options: FieldText & { readonly min: number; readonly max: number }
): Field<number> {
  const { key, comment, min, max } = options
  const allowed = `a whole number from ${min} to ${max}`
  return { key, comment, kind: 'number', fallback, allowed, schema: z.int().min(min).max(max) }
}

/** Milliseconds from a Go duration, from `min` to `max` (texts). */
export function duration(
  fallback: string,
  options: FieldText & { readonly min?: string; readonly max?: string }
): Field<number> {
  const { key, comment, min = '0s', max = '8760h' } = options
  const [least, most] = [parseDuration(min)!, parseDuration(max)!]
  const schema = z
    .string()
    .transform(given => parseDuration(given))
    .refine(value => value !== null && value >= least && value <= most)
    .transform(value => durationToMs(value!))
  const allowed = `a duration from ${min} to ${max}, such as "500ms", "3s" or "1h30m"`
  return { key, comment, kind: 'string', fallback, allowed, schema }
}

/** A TOML array of strings; flags and the environment give it with commas. */
export function list(fallback: readonly string[], options: FieldText): Field<readonly string[]> {
  const schema = z.array(z.string())
  return { ...options, kind: 'list', fallback, allowed: 'a list of strings', schema }
}

/**
 * Texts with commas between them, as CometBFT writes its lists of peers; an array is accepted too. `read` turns one
 * entry into a value, or undefined when it is wrong.
 */
export function commaList<Value>(
  options: FieldText & { readonly allowed: string; readonly read: (entry: string) => Value | undefined }
): Field<readonly Value[]> {
  const { key, comment, allowed, read } = options
  const schema = z
    .union([z.string(), z.array(z.string())])
    .transform(given => splitCommas(given).map(read))
    .refine(values => values.every(value => value !== undefined))
    .transform(values => values as readonly Value[])
  return { key, comment, allowed, kind: 'string', fallback: '', schema }
}

function splitCommas(given: string | readonly string[]): readonly string[] {
  const entries = typeof given === 'string' ? given.split(',') : given
  return entries.map(entry => entry.trim()).filter(entry => entry !== '')
}

/** A text that `read` turns into a value, or undefined when it is wrong. */
export function parsed<Value>(
  fallback: string,
  options: FieldText & { readonly allowed: string; readonly read: (given: string) => Value | undefined }
): Field<Value> {
  const { key, comment, allowed, read } = options
  const schema = z
    .string()
    .transform(read)
    .refine(value => value !== undefined)
    .transform(value => value as Value)
  return { key, comment, allowed, kind: 'string', fallback, schema }
}
