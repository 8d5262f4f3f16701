import type { Clock } from '../util/index.ts'

/** The machine's own time. This room is a real port implementation, so it may read it. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, action) {
    const handle = setTimeout(action, delayMs)
    return { cancel: () => clearTimeout(handle) }
  }
}
