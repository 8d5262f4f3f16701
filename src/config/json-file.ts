import * as z from 'zod'
import { ConfigError } from './config-error.ts'

/**
 * Parses the JSON text of a file into the shape of `schema`. Errors name the file and the field but never show a
 * value: the file may hold a secret. Throws ConfigError (FILE_INVALID).
 */
export function parseJsonFile<T>(text: string, what: string, path: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseJson(text, what, path))
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  throw damaged(what, path, `${field}${issue.message}`)
}

function parseJson(text: string, what: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(what, path, text.trim() === '' ? 'it is empty' : 'it is not JSON')
  }
}

/** The error for a file whose content cannot be right. */
export function damaged(what: string, path: string, reason: string): ConfigError {
  return new ConfigError('FILE_INVALID', `${what} ${path} is damaged: ${reason}`)
}

/** Exactly `length` bytes in standard base64 with its padding; anything a lenient reader would skip is refused. */
export function base64Bytes(length: number): z.ZodType<Uint8Array> {
  return z
    .string()
    .refine(text => isBase64Of(text, length), `expected ${length} bytes of base64`)
    .transform(text => new Uint8Array(Buffer.from(text, 'base64')))
}

function isBase64Of(text: string, length: number): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === length && bytes.toString('base64') === text
}
