import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { ConfigError } from './config-error.ts'
import { createFile, errorCode, PUBLIC_FILE_MODE } from './files.ts'
import { currentProcess, isRunning, type ProcessIdentity } from './process-identity.ts'

/** A held lock on a home directory. */
export interface HomeLock {
  /** Gives the home free; calling it again does nothing. */
  release(): void
}

const MAX_ATTEMPTS = 5
const schema = z.strictObject({ pid: z.int().min(1), host: z.string(), started: z.string() })

/** Locks of this process, so that it cannot take its own for one left by an earlier process of the same pid. */
const heldHere = new Set<string>()

/**
 * Takes the lock of a home directory, so that two processes never work on the same data or sign with the same key.
 * A lock left by a process that is gone is taken over. Throws ConfigError (HOME_LOCKED) with one line saying who
 * holds it, or FILE_MISSING when there is no such home. A second safeguard, where processes cannot see each other, is
 * the lock of the database.
 */
export function lockHome(lockFile: string): HomeLock {
  if (!existsSync(dirname(lockFile))) {
    throw new ConfigError(
      'FILE_MISSING',
      `there is no home directory ${dirname(lockFile)}: \`pnyx init\` makes one`
    )
  }
  const text = JSON.stringify(currentProcess())
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (heldHere.has(lockFile)) throw lockedBy(lockFile, currentProcess())
    if (createFile(lockFile, text, PUBLIC_FILE_MODE)) {
      heldHere.add(lockFile)
      return { release: () => releaseLock(lockFile, text) }
    }
    const found = readLock(lockFile)
    if (found !== null) clearStaleLock(lockFile, found)
  }
  throw new ConfigError('HOME_LOCKED', `cannot take ${lockFile}: other processes keep taking it`)
}

function readLock(lockFile: string): string | null {
  try {
    return readFileSync(lockFile, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

/**
 * Removes the lock if its process is gone. It is moved away first and read again: of two processes that find the
 * same stale lock only one moves it, and one that moved a fresh lock by mistake puts it back.
 */
function clearStaleLock(lockFile: string, found: string): void {
  const holder = parseHolder(lockFile, found)
  const self = currentProcess()
  if (holder.host !== self.host || (!isSelf(holder, self) && isRunning(holder)))
    throw lockedBy(lockFile, holder)
  const moved = `${lockFile}.${process.pid}.stale`
  if (readLock(lockFile) !== found) return
  try {
    renameSync(lockFile, moved)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const movedText = readFileSync(moved, 'utf8')
  if (movedText !== found) restoreLock(lockFile, moved)
  rmSync(moved, { force: true })
}

/** A lock with our own pid that we do not hold was left by an earlier process: in a container pids repeat. */
function isSelf(holder: ProcessIdentity, self: ProcessIdentity): boolean {
  return holder.pid === self.pid
}

function restoreLock(lockFile: string, moved: string): void {
  try {
    linkSync(moved, lockFile)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

function parseHolder(lockFile: string, text: string): ProcessIdentity {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    const message = `${lockFile} cannot be read: if no other pnyx process uses this home, delete it`
    throw new ConfigError('HOME_LOCKED', message, { cause: error })
  }
}

function lockedBy(lockFile: string, holder: ProcessIdentity): ConfigError {
  const elsewhere = holder.host !== currentProcess().host
  const who = elsewhere ? `process ${holder.pid} on host ${holder.host}` : `process ${holder.pid}`
  const advice = elsewhere ? `; if that host no longer runs it, delete ${lockFile}` : '; stop it first'
  return new ConfigError('HOME_LOCKED', `this home is in use by ${who} (${lockFile})${advice}`)
}

function releaseLock(lockFile: string, text: string): void {
  if (!heldHere.delete(lockFile)) return
  if (readLock(lockFile) === text) rmSync(lockFile, { force: true })
}
