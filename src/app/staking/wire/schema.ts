import { ProtoReader, ProtoWriter } from '../../../codec/index.ts'
import type { Timestamp } from '../../../types/index.ts'

/** One field of a protobuf message: how its value is written, read, and what it is when absent. */
export interface Field<V> {
  readonly number: number
  /** Undefined for a field that must be there. */
  readonly absent: V | undefined
  write(writer: ProtoWriter, value: V): void
  /** `before` is what the field has been read as so far, for repeated fields. */
  read(reader: ProtoReader, before: V): V
}

type Fields = Readonly<Record<string, Field<unknown>>>
type ValueOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer V> ? V : never
}

/** A protobuf message as bytes and as a value. */
export interface Message<T> {
  readonly name: string
  encode(value: T): Uint8Array
  /** Throws DecodeError, also on unknown fields, missing ones, and bytes that have a shorter form. */
  decode(bytes: Uint8Array): T
  write(writer: ProtoWriter, value: T): void
  read(reader: ProtoReader): T
}

/** The type of a message's value. */
export type MessageValue<M> = M extends Message<infer T> ? T : never

/** A message by its fields. The order in which they stand does not matter: they are written by number. */
export function message<const F extends Fields>(name: string, fields: F): Message<ValueOf<F>> {
  const inOrder = Object.entries(fields).sort(([, a], [, b]) => a.number - b.number)
  const byNumber = new Map(inOrder.map(entry => [entry[1].number, entry]))
  const empty = Object.fromEntries(inOrder.map(([key, field]) => [key, field.absent]))
  const required = inOrder.filter(([, field]) => field.absent === undefined).map(([key]) => key)
  const write = (writer: ProtoWriter, value: Readonly<Record<string, unknown>>): void => {
    for (const [key, field] of inOrder) field.write(writer, value[key])
  }
  const read = (reader: ProtoReader): Record<string, unknown> => {
    const value = { ...empty }
    while (reader.next()) {
      const entry = byNumber.get(reader.field)
      if (entry === undefined) reader.unknown()
      const [key, field] = entry
      value[key] = field.read(reader, value[key])
    }
    for (const key of required) reader.require(value[key] !== undefined, key)
    return value
  }
  return {
    name,
    encode(value) {
      const writer = new ProtoWriter(128)
      write(writer, value as Readonly<Record<string, unknown>>)
      return writer.finish()
    },
    decode: bytes => read(new ProtoReader(bytes, name)) as ValueOf<F>,
    write: write as (writer: ProtoWriter, value: ValueOf<F>) => void,
    read: read as (reader: ProtoReader) => ValueOf<F>
  }
}

const MAX_BYTES = 1 << 22
/** The longest integer of Cosmos SDK's math.Int, 256 bits, has 78 digits. */
const MAX_DIGITS = 78
const INTEGER = /^(?:0|[1-9]\d*)$/
const NO_BYTES = new Uint8Array(0)
const NANOS_PER_SECOND = 1_000_000_000n

export function text(number: number, maxBytes = 4096): Field<string> {
  return {
    number,
    absent: '',
    write: (writer, value) => writer.string(number, value),
    read: reader => reader.string(maxBytes)
  }
}

/** A view on the input when read. */
export function bytes(number: number, maxBytes = MAX_BYTES): Field<Uint8Array> {
  return {
    number,
    absent: NO_BYTES,
    write: (writer, value) => writer.bytes(number, value),
    read: reader => reader.bytes(maxBytes)
  }
}

/** A uint64 that fits a safe integer. */
export function uint(number: number): Field<number> {
  return {
    number,
    absent: 0,
    write: (writer, value) => writer.int64(number, value),
    read: reader => reader.uint64()
  }
}

/** An int64, or an int32 that is not negative, that fits a safe integer. */
export function int(number: number): Field<number> {
  return {
    number,
    absent: 0,
    write: (writer, value) => writer.int64(number, value),
    read: reader => reader.int64()
  }
}

/** A uint64 above 0, or null where it is absent. */
export function optionalUint(number: number): Field<number | null> {
  return {
    number,
    absent: null,
    write: (writer, value) => {
      if (value !== null) writer.int64(number, value)
    },
    read: reader => reader.uint64()
  }
}

export function int64(number: number): Field<bigint> {
  return {
    number,
    absent: 0n,
    write: (writer, value) => writer.bigint64(number, value),
    read: reader => reader.bigint64()
  }
}

export function bool(number: number): Field<boolean> {
  return {
    number,
    absent: false,
    write: (writer, value) => writer.bool(number, value),
    read: reader => reader.bool()
  }
}

/** One of some words, by its number on the wire; never absent. */
export function choice<W extends string>(number: number, words: Readonly<Record<W, number>>): Field<W> {
  const byNumber = new Map(Object.entries<number>(words).map(([word, code]) => [code, word as W]))
  return {
    number,
    absent: undefined,
    write: (writer, value) => writer.int32(number, words[value]),
    read: reader => byNumber.get(reader.int32()) ?? reader.fail(`field ${number} has no such value`)
  }
}

/**
 * An integer of any size that is not negative, in decimal digits (Cosmos SDK's Int; Dec likewise, as a number of 10^-18).
 * Always written, 0 as well, and required.
 */
export function amount(number: number): Field<bigint> {
  return {
    number,
    absent: undefined,
    write: (writer, value) => writer.string(number, value.toString()),
    read: reader => readInteger(reader, reader.string(MAX_DIGITS))
  }
}

/** {@link amount} that may be absent. */
export function optionalAmount(number: number): Field<bigint | null> {
  return {
    number,
    absent: null,
    write: (writer, value) => {
      if (value !== null) writer.string(number, value.toString())
    },
    read: reader => readInteger(reader, reader.string(MAX_DIGITS))
  }
}

/** {@link amount} in a bytes field, as x/slashing has its fractions. */
export function amountBytes(number: number): Field<bigint> {
  return {
    number,
    absent: undefined,
    write: (writer, value) => writer.bytes(number, Buffer.from(value.toString(), 'latin1')),
    read: reader => readInteger(reader, Buffer.from(reader.bytes(MAX_DIGITS)).toString('latin1'))
  }
}

function readInteger(reader: ProtoReader, digits: string): bigint {
  if (!INTEGER.test(digits)) reader.fail(`field ${reader.field} is not a whole number`)
  return BigInt(digits)
}

/** An embedded message that is always there. */
export function embedded<T>(number: number, inner: Message<T>): Field<T> {
  return {
    number,
    absent: undefined,
    write: (writer, value) => writeMessage(writer, number, inner, value),
    read: reader => inner.read(reader.message(inner.name))
  }
}

/** An embedded message, or null where it is absent. */
export function optional<T>(number: number, inner: Message<T>): Field<T | null> {
  return {
    number,
    absent: null,
    write: (writer, value) => {
      if (value !== null) writeMessage(writer, number, inner, value)
    },
    read: reader => inner.read(reader.message(inner.name))
  }
}

export function repeated<T>(number: number, inner: Message<T>, maxCount = 65_536): Field<readonly T[]> {
  return {
    number,
    absent: [],
    write: (writer, values) => {
      for (const value of values) writeMessage(writer, number, inner, value)
    },
    read: (reader, before) => {
      if (before.length === maxCount) reader.fail(`field ${number} comes more than ${maxCount} times`)
      return appended(before, inner.read(reader.repeatedMessage(inner.name)))
    }
  }
}

export function repeatedBytes(
  number: number,
  maxCount: number,
  maxBytes: number
): Field<readonly Uint8Array[]> {
  return {
    number,
    absent: [],
    write: (writer, values) => {
      for (const value of values) writer.repeatedBytes(number, value)
    },
    read: (reader, before) => {
      if (before.length === maxCount) reader.fail(`field ${number} comes more than ${maxCount} times`)
      return appended(before, reader.repeatedBytes(maxBytes))
    }
  }
}

export function repeatedText(number: number, maxCount: number, maxBytes: number): Field<readonly string[]> {
  return {
    number,
    absent: [],
    write: (writer, values) => {
      for (const value of values) writer.repeatedBytes(number, Buffer.from(value))
    },
    read: (reader, before) => {
      if (before.length === maxCount) reader.fail(`field ${number} comes more than ${maxCount} times`)
      return appended(before, Buffer.from(reader.repeatedBytes(maxBytes)).toString())
    }
  }
}

/** The array read so far is this field's own, except for the shared empty one. */
function appended<T>(before: readonly T[], value: T): readonly T[] {
  if (before.length === 0) return [value]
  ;(before as T[]).push(value)
  return before
}

function writeMessage<T>(writer: ProtoWriter, number: number, inner: Message<T>, value: T): void {
  const mark = writer.begin(number)
  inner.write(writer, value)
  writer.end(mark)
}

const secondsAndNanos = message('Timestamp', { seconds: int(1), nanos: int(2) })

/** google.protobuf.Timestamp; always written, the year 1 as what it is. */
export function timestamp(number: number): Field<Timestamp> {
  return embedded(number, secondsAndNanos)
}

/** google.protobuf.Duration in nanoseconds, not negative. */
export function duration(number: number): Field<bigint> {
  return {
    number,
    absent: undefined,
    write: (writer, value) => {
      const seconds = Number(value / NANOS_PER_SECOND)
      const nanos = Number(value % NANOS_PER_SECOND)
      writeMessage(writer, number, secondsAndNanos, { seconds, nanos })
    },
    read: reader => {
      const { seconds, nanos } = secondsAndNanos.read(reader.message('Duration'))
      if (seconds < 0 || nanos < 0 || nanos >= 1e9) reader.fail(`field ${number} is no duration`)
      return BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos)
    }
  }
}
