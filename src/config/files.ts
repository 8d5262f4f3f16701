import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname } from 'node:path'
import { errorMessage } from '../util/index.ts'
import { ConfigError } from './config-error.ts'

/** A config, key or genesis file larger than this is not read (64 MiB). */
const MAX_FILE_BYTES = 67_108_864

export const SECRET_FILE_MODE = 0o600
export const PUBLIC_FILE_MODE = 0o644
const DIRECTORY_MODE = 0o700

/** Reads a file; `what` names it in errors. Null when there is none. Throws ConfigError (FILE_UNREADABLE). */
export function readBytes(path: string, what: string): Uint8Array | null {
  try {
    const { size } = statSync(path)
    if (size <= MAX_FILE_BYTES) return readFileSync(path)
    throw new ConfigError('FILE_UNREADABLE', `${what} ${path} has ${size} bytes: too large to be one`)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    if (errorCode(error) === 'ENOENT') return null
    const message = `cannot read ${what} ${path}: ${errorMessage(error)}`
    throw new ConfigError('FILE_UNREADABLE', message, { cause: error })
  }
}

/** As {@link readBytes}, for a file that must be text: bytes that are not UTF-8 are an error (FILE_INVALID). */
export function readTextFile(path: string, what: string): string | null {
  const bytes = readBytes(path, what)
  return bytes === null ? null : decodeText(bytes, path, what)
}

/** Bytes of a file as text. Throws ConfigError (FILE_INVALID) when they are not UTF-8. */
export function decodeText(bytes: Uint8Array, path: string, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ConfigError('FILE_INVALID', `${what} ${path} is damaged: it is not text in UTF-8`, {
      cause: error
    })
  }
}

/** As {@link readBytes}, but a missing file is an error too, which says `advice`. */
export function readRequiredBytes(path: string, what: string, advice: string): Uint8Array {
  const bytes = readBytes(path, what)
  if (bytes === null) throw new ConfigError('FILE_MISSING', `there is no ${what} at ${path}: ${advice}`)
  return bytes
}

/** As {@link readTextFile}, but a missing file is an error too, which says `advice`. */
export function readRequiredFile(path: string, what: string, advice: string): string {
  return decodeText(readRequiredBytes(path, what, advice), path, what)
}

/**
 * Refuses a secret that others can read, or that belongs to somebody else. Throws ConfigError (FILE_MODE) with the
 * command that mends it. Where the system has no such notions (Windows) it passes.
 */
export function checkSecretFile(path: string, what: string): void {
  if (process.platform === 'win32') return
  const { mode, uid } = statSync(path)
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0')
    throw new ConfigError(
      'FILE_MODE',
      `${what} ${path} is open to others (mode ${shown}); run: chmod 600 ${path}`
    )
  }
  const self = process.getuid?.() ?? 0
  if (self !== 0 && uid !== self) {
    throw new ConfigError(
      'FILE_MODE',
      `${what} ${path} belongs to user id ${uid}, and this is ${self}; chown it`
    )
  }
}

/** Makes the directory and those above it, closed to others. */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE })
  } catch (error) {
    throw unwritable(path, error)
  }
}

/**
 * Writes a new file, whole or not at all, durable on return; never replaces one. False when the file exists already.
 * Throws ConfigError (FILE_UNREADABLE).
 */
export function createFile(path: string, text: string, mode: number): boolean {
  makeDirectory(dirname(path))
  const temporary = writeTemporary(path, text, mode)
  try {
    linkSync(temporary, path)
    syncDirectory(dirname(path))
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw unwritable(path, error)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Replaces a file, whole or not at all, durable on return. Throws ConfigError (FILE_UNREADABLE). */
export function replaceFile(path: string, text: string, mode: number): void {
  makeDirectory(dirname(path))
  const temporary = writeTemporary(path, text, mode)
  try {
    renameSync(temporary, path)
    syncDirectory(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw unwritable(path, error)
  }
}

function writeTemporary(path: string, text: string, mode: number): string {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    rmSync(temporary, { force: true })
    const descriptor = openSync(temporary, 'wx', mode)
    try {
      writeFileSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    return temporary
  } catch (error) {
    rmSync(temporary, { force: true })
    throw unwritable(path, error)
  }
}

/** Makes a rename or a new name durable. Windows cannot open directories, and does not need it. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function unwritable(path: string, error: unknown): ConfigError {
  return new ConfigError('FILE_UNREADABLE', `cannot write ${path}: ${errorMessage(error)}`, { cause: error })
}

/** The system's code of an error (ENOENT), undefined when it has none. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
