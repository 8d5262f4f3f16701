import type { Clock } from '../util/index.ts'

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, action) {
    const handle = setTimeout(action, Math.max(0, delayMs))
    return { cancel: () => clearTimeout(handle) }
  }
}
