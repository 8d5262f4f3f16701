import { type Timestamp, timestampFromRfc3339 } from '../../types/index.ts'
import { invalidParams, type RpcError } from '../rpc-error.ts'
import { clip, parseBase64, parseHex, parseInt64 } from './scalars.ts'

const MAX_INT32 = 0x7fffffff
const MAX_UINT32 = 0xffffffff

/**
 * The fields of one JSON object, read strictly by name: a field of the wrong kind, a missing one, and one nobody asked
 * for are errors that name the path.
 */
export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>
  readonly #path: string
  readonly #read = new Set<string>()

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidParams(`${path} must be an object`)
    }
    this.#object = value as Record<string, unknown>
    this.#path = path
  }

  /** The value under `name`, undefined when absent. */
  optional(name: string): unknown {
    this.#read.add(name)
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name)
  }

  object(name: string): JsonFields {
    return new JsonFields(this.#required(name), this.pathOf(name))
  }

  /** The objects of a list of at most `limit`. */
  list(name: string, limit: number): JsonFields[] {
    const value = this.#required(name)
    if (!Array.isArray(value)) throw this.#wrong(name, 'a list')
    if (value.length > limit) throw this.#wrong(name, `a list of at most ${limit}`)
    return value.map((item, index) => new JsonFields(item, `${this.pathOf(name)}[${index}]`))
  }

  text(name: string): string {
    const value = this.#required(name)
    if (typeof value !== 'string') throw this.#wrong(name, 'a string')
    return value
  }

  /** An int64 written as a string of digits. */
  int64(name: string): bigint {
    const value = this.#required(name)
    if (typeof value !== 'string') throw this.#wrong(name, 'a 64-bit integer as a string')
    return this.#within(name, () => parseInt64(value))
  }

  /** An int64 that the domain carries as a number. */
  safeInt64(name: string): number {
    const value = this.int64(name)
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
      throw this.#wrong(name, 'an integer below 2^53')
    }
    return Number(value)
  }

  int32(name: string): number {
    return this.#integer(name, -MAX_INT32 - 1, MAX_INT32)
  }

  uint32(name: string): number {
    return this.#integer(name, 0, MAX_UINT32)
  }

  /** Hex of any case, answered in lower case. */
  hex(name: string): string {
    const text = this.text(name)
    return Buffer.from(this.#within(name, () => parseHex(text))).toString('hex')
  }

  /** Base64; null and absent are no bytes. */
  bytes(name: string): Uint8Array {
    const value = this.optional(name)
    if (value === undefined || value === null) return new Uint8Array(0)
    if (typeof value !== 'string') throw this.#wrong(name, 'base64')
    return this.#within(name, () => parseBase64(value))
  }

  /** RFC 3339 in UTC. */
  time(name: string): Timestamp {
    const text = this.text(name)
    const time = text.endsWith('Z') ? timestampFromRfc3339(text) : null
    if (time === null) throw this.#wrong(name, 'a time as in 2006-01-02T15:04:05.999Z')
    return time
  }

  /** Refuses fields that were not read. */
  end(): void {
    const unknown = Object.keys(this.#object).find(name => !this.#read.has(name))
    if (unknown !== undefined) throw invalidParams(`unknown field ${this.pathOf(clip(unknown))}`)
  }

  pathOf(name: string): string {
    return `${this.#path}.${name}`
  }

  #integer(name: string, min: number, max: number): number {
    const value = this.#required(name)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw this.#wrong(name, `an integer from ${min} to ${max}`)
    }
    return value
  }

  #required(name: string): unknown {
    const value = this.optional(name)
    if (value === undefined) throw invalidParams(`${this.pathOf(name)} is missing`)
    return value
  }

  #wrong(name: string, expected: string): RpcError {
    return invalidParams(`${this.pathOf(name)} must be ${expected}`)
  }

  #within<T>(name: string, parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      throw invalidParams(`${this.pathOf(name)}: ${(error as Error).message}`)
    }
  }
}
