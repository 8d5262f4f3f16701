import { encodeFrame, type FileSystem, framePayloadAt, type InPlaceFile } from '../../blockstore/index.ts'
import { assert } from '../../util/index.ts'
import { comparePosition, type LastSignState } from './last-sign-state.ts'
import { formatSignState, readSignState, SIGN_STATE_MODE } from './sign-state-file.ts'

/** A slot has a page of its own: a torn write harms no other. */
const SLOT_BYTES = 4096
const SLOTS = 2

/** Where the journal of a sign state file stands. */
export function signJournalPath(statePath: string): string {
  return `${statePath}.journal`
}

/** The newest state in a journal's bytes that `accepts` takes; null when there is none. */
export function newestInJournal(
  bytes: Uint8Array,
  accepts: (state: LastSignState) => boolean = () => true
): LastSignState | null {
  return newestSlot(bytes, accepts)?.state ?? null
}

/** The later of two states; the first when they are of one position. */
export function laterState(one: LastSignState, other: LastSignState): LastSignState {
  return comparePosition(one, other) === 'new' ? other : one
}

/**
 * What was signed last, durable with one sync where a file that is replaced needs two: of two slots, each with a
 * checksum, the older one is overwritten, so that a write cut short harms only a state whose signature never left.
 */
export class SignJournal {
  /** What it held when it was opened. */
  readonly newest: LastSignState | null
  readonly #file: InPlaceFile
  #next: number

  private constructor(file: InPlaceFile, newest: { slot: number; state: LastSignState } | null) {
    this.#file = file
    this.newest = newest?.state ?? null
    this.#next = newest === null ? 0 : (newest.slot + 1) % SLOTS
  }

  /** Opens the journal beside `statePath`, making it when it is missing; states that `accepts` refuses do not count. */
  static async open(
    files: FileSystem,
    statePath: string,
    accepts: (state: LastSignState) => boolean
  ): Promise<SignJournal> {
    const path = signJournalPath(statePath)
    const bytes = await files.read(path)
    if (bytes === null || bytes.length !== SLOTS * SLOT_BYTES) await SignJournal.clear(files, statePath)
    const newest = bytes === null ? null : newestSlot(bytes, accepts)
    return new SignJournal(await files.openInPlace(path), newest)
  }

  /** Makes it empty, for a key that never signed. */
  static clear(files: FileSystem, statePath: string): Promise<void> {
    return files.writeAtomic(signJournalPath(statePath), new Uint8Array(SLOTS * SLOT_BYTES), SIGN_STATE_MODE)
  }

  /** Durable when it resolves. One call after another. */
  async write(state: LastSignState): Promise<void> {
    const frame = encodeFrame(formatSignState(state))
    assert(frame.length <= SLOT_BYTES, `a sign state of ${frame.length} bytes is too large`)
    this.#file.write(this.#next * SLOT_BYTES, frame)
    await this.#file.sync()
    this.#next = (this.#next + 1) % SLOTS
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function newestSlot(
  bytes: Uint8Array,
  accepts: (state: LastSignState) => boolean
): { slot: number; state: LastSignState } | null {
  let newest: { slot: number; state: LastSignState } | null = null
  for (let slot = 0; slot < SLOTS; slot++) {
    const payload = framePayloadAt(bytes, slot * SLOT_BYTES, SLOT_BYTES)
    const state = payload === null ? null : readSignState(payload)
    if (state === null || !accepts(state)) continue
    if (newest === null || laterState(newest.state, state) === state) newest = { slot, state }
  }
  return newest
}
