import { readFileSync } from 'node:fs'

/** Ticks of the kernel's accounting, as `getconf CLK_TCK` says on every common Linux. */
const TICK_MS = 10
const USER_TICKS = 11
const SYSTEM_TICKS = 12

/** CPU milliseconds all threads of a process have used. Linux only; 0 for a process that is gone. */
export function cpuMsOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  // The name in parentheses may hold blanks; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[USER_TICKS] ?? 0) + Number(fields[SYSTEM_TICKS] ?? 0)) * TICK_MS
}

export interface Memory {
  /** Resident now, and at the highest, in MiB. */
  readonly nowMib: number
  readonly peakMib: number
}

export function memoryOf(pid: number): Memory {
  const status = read(`/proc/${pid}/status`)
  return { nowMib: kibField(status, 'VmRSS') / 1024, peakMib: kibField(status, 'VmHWM') / 1024 }
}

function kibField(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
