import {
  mountSimDisk,
  type PersistOp,
  type PersistPhase,
  SimDisk,
  type SimMount
} from '../../src/sim/disk/index.ts'
import { makePrng } from '../../src/sim/prng.ts'
import type { Clock } from '../../src/util/index.ts'

/** A clock that stands still. */
export const stoppedClock: Clock = {
  now: () => 1_700_000_000_000,
  monotonic: () => 0,
  setTimer: () => ({ cancel() {} })
}

export interface CrashAt {
  readonly index: number
  readonly phase: PersistPhase
}

/** A disk that loses power at the given moment, for tests that try every one. */
export function diskCrashingAt(seed: string, at: CrashAt | null): SimDisk {
  const prng = makePrng(seed)
  const disk: SimDisk = new SimDisk({
    random: () => prng.float(),
    onPersist(op: PersistOp, phase: PersistPhase) {
      if (at !== null && op.index === at.index && phase === at.phase) disk.crash()
    }
  })
  return disk
}

/**
 * Runs `work` with a power cut at every persist operation it makes, before, within and after; then gives `check` a
 * fresh mount of what is left.
 */
export async function forEveryCrash(
  seed: string,
  work: (mount: SimMount) => Promise<void>,
  check: (mount: SimMount, at: CrashAt) => Promise<void>
): Promise<number> {
  const whole = diskCrashingAt(seed, null)
  await work(mountSimDisk(whole))
  const count = whole.persistCount
  for (let index = 0; index < count; index++) {
    for (const phase of ['before', 'torn', 'after'] as const) {
      const at = { index, phase }
      const disk = diskCrashingAt(`${seed}/${index}/${phase}`, at)
      await untilQuiet(work(mountSimDisk(disk)))
      await check(mountSimDisk(disk), at)
    }
  }
  return count
}

/** Resolves when the promise does, or when it can be seen that it never will: nothing left to do in this process. */
export async function untilQuiet(promise: Promise<unknown>): Promise<void> {
  const quiet = new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)))
  await Promise.race([promise, quiet])
}
