import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Tells one process from every other, also from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** Boot and start time of the process where the system tells them (Linux), else ''. */
  readonly started: string
}

export function currentProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) }
}

/** Whether the process still runs. Only meaningful for a process of this host. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (!exists(identity.pid)) return false
  const started = startOf(identity.pid)
  return identity.started === '' || started === '' || started === identity.started
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process; the name before it may hold spaces. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${ticks}`
  } catch {
    return ''
  }
}
