import { hexFromAminoJson, integerFromAminoJson, timeFromAminoJson } from './amino-json.ts'
import { GenesisError } from './genesis.ts'
import type { Hex, Timestamp } from './primitives.ts'
import { ZERO_TIME } from './primitives.ts'

/**
 * One JSON object of the genesis and the name it goes by in errors, such as `consensus_params.block`. As in Go, a field
 * that is missing or null has the zero value; what has none says so.
 */
export class GenesisFields {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #path: string

  constructor(values: ReadonlyMap<string, unknown>, path: string) {
    this.#values = values
    this.#path = path
  }

  pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`
  }

  fail(key: string, problem: string): never {
    throw new GenesisError(`${this.pathOf(key)} ${problem}`)
  }

  has(key: string): boolean {
    const value = this.#values.get(key)
    return value !== undefined && value !== null
  }

  require(key: string): void {
    if (!this.has(key)) this.fail(key, 'is missing')
  }

  /** Names that are not among `known`, as paths. */
  unknown(known: readonly string[]): string[] {
    return [...this.#values.keys()].filter(key => !known.includes(key)).map(key => this.pathOf(key))
  }

  string(key: string): string {
    if (!this.has(key)) return ''
    const value = this.#values.get(key)
    return typeof value === 'string' ? value : this.fail(key, `is ${kindOf(value)}, not a string`)
  }

  /** An int64, which stands in a string. */
  int64(key: string): bigint {
    if (!this.has(key)) return 0n
    const value = this.#values.get(key)
    const integer = integerFromAminoJson(value)
    if (integer !== null && integer < 2n ** 63n) return integer
    if (typeof value === 'number') this.fail(key, `is a number; put it in quotes: "${value}"`)
    return this.fail(key, `is ${shown(value)}, not a 64-bit integer in a string, such as "10"`)
  }

  /** An int64 that a double holds exactly. */
  safeInt64(key: string): number {
    const integer = this.int64(key)
    const number = Number(integer)
    if (Number.isSafeInteger(number)) return number
    return this.fail(key, `is ${integer}; more than ${Number.MAX_SAFE_INTEGER} is not supported`)
  }

  /** Bytes in hex. */
  hex(key: string): Hex {
    if (!this.has(key)) return ''
    const value = this.#values.get(key)
    return hexFromAminoJson(value) ?? this.fail(key, `is ${shown(value)}, not hex with two digits a byte`)
  }

  time(key: string): Timestamp {
    if (!this.has(key)) return ZERO_TIME
    const value = this.#values.get(key)
    const example = '"2024-01-31T12:00:00.5Z"'
    return (
      timeFromAminoJson(value) ?? this.fail(key, `is ${shown(value)}, not a time in UTC, such as ${example}`)
    )
  }

  object(key: string): GenesisFields {
    this.require(key)
    return new GenesisFields(membersOf(this.#values.get(key), this.pathOf(key)), this.pathOf(key))
  }

  list(key: string): readonly unknown[] {
    if (!this.has(key)) return []
    const value = this.#values.get(key)
    return Array.isArray(value) ? value : this.fail(key, `is ${kindOf(value)}, not a list`)
  }

  objects(key: string): readonly GenesisFields[] {
    return this.list(key).map((value, index) => {
      const path = `${this.pathOf(key)}[${index}]`
      return new GenesisFields(membersOf(value, path), path)
    })
  }

  strings(key: string): readonly string[] {
    return this.list(key).map((value, index) => {
      if (typeof value === 'string') return value
      return this.fail(`${key}[${index}]`, `is ${kindOf(value)}, not a string`)
    })
  }
}

function membersOf(value: unknown, path: string): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return new Map(Object.entries(value))
  throw new GenesisError(`${path} is ${kindOf(value)}, not an object`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** A string as it stands, shortened; anything else by its kind. */
function shown(value: unknown): string {
  if (typeof value !== 'string') return kindOf(value)
  return JSON.stringify(value.length > 64 ? `${value.slice(0, 61)}...` : value)
}
