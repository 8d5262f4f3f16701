import { setTimeout } from 'node:timers/promises'
import { PnyxError } from '../../src/util/index.ts'

export class WaitError extends PnyxError<'WAITED_IN_VAIN'> {}

const POLL_MS = 25

/**
 * The first value of `look` that is neither null nor undefined nor false. Another process cannot be awaited, so it is
 * asked again and again. Throws WaitError after `deadlineMs`.
 */
export async function waitFor<T>(
  what: string,
  deadlineMs: number,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>
): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    const value = await look()
    if (value !== null && value !== undefined && value !== false) return value
    if (performance.now() - startedAt > deadlineMs) {
      throw new WaitError('WAITED_IN_VAIN', `waited ${deadlineMs} ms in vain for ${what}`)
    }
    await setTimeout(POLL_MS)
  }
}
