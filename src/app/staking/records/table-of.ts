import type { Table } from '../state/table.ts'
import type { Message } from '../wire/schema.ts'

/** A table whose records are stored as messages. */
export function tableOf<T>(
  name: string,
  message: Message<T>,
  more: Pick<Table<T>, 'groups' | 'otherIds'> = {}
): Table<T> {
  return { name, encode: record => message.encode(record), decode: stored => message.decode(stored), ...more }
}
