import type { FileSystem, InPlaceFile } from '../../blockstore/index.ts'
import { EMPTY_SIGN_STATE, type LastSignState } from './last-sign-state.ts'
import { laterState, SignJournal } from './sign-journal.ts'
import { formatSignState, parseSignState, SIGN_STATE_MODE, SignerError } from './sign-state-file.ts'

/**
 * What the file always measures. A state fits into its first sector of 512 bytes, which a disk writes whole or not at
 * all, unless its chain id and height are both extreme.
 */
const STATE_BYTES = 1024
const SPACE = 0x20

/**
 * What one key signed last, on disk. priv_validator_state.json always says it, for people and other programs, but after
 * a power cut it may be some signatures late; the journal beside it never is. The later of the two counts.
 */
export class SignStateStore {
  readonly #journal: SignJournal
  readonly #mirror: InPlaceFile
  #last: LastSignState

  private constructor(journal: SignJournal, mirror: InPlaceFile, last: LastSignState) {
    this.#journal = journal
    this.#mirror = mirror
    this.#last = last
  }

  /**
   * Errors: SIGN_STATE_MISSING, SIGN_STATE_DAMAGED also when `isOwn` refuses what the file says. A journal of another
   * key says nothing of this one; a damaged file is refused whatever the journal says, since it may have come from
   * another machine that signed later.
   */
  static async open(
    files: FileSystem,
    path: string,
    isOwn: (state: LastSignState) => boolean
  ): Promise<SignStateStore> {
    const state = parseSignState(await files.read(path), path)
    if (!isOwn(state)) {
      throw new SignerError(
        'SIGN_STATE_DAMAGED',
        `${path} is damaged or belongs to another key: what it says was signed last and the signature in it do not agree; restore it from a backup at least as new as the last signature`
      )
    }
    const journal = await SignJournal.open(files, path, isOwn)
    const last = journal.newest === null ? state : laterState(state, journal.newest)
    return SignStateStore.#start(files, path, journal, last)
  }

  /** Says that nothing was signed; for a key that never signed. */
  static async create(files: FileSystem, path: string): Promise<SignStateStore> {
    await SignJournal.clear(files, path)
    const journal = await SignJournal.open(files, path, () => true)
    return SignStateStore.#start(files, path, journal, EMPTY_SIGN_STATE)
  }

  static async #start(
    files: FileSystem,
    path: string,
    journal: SignJournal,
    last: LastSignState
  ): Promise<SignStateStore> {
    await files.writeAtomic(path, padded(formatSignState(last, 'compact')), SIGN_STATE_MODE)
    return new SignStateStore(journal, await files.openInPlace(path), last)
  }

  get last(): LastSignState {
    return this.#last
  }

  /** Durable when it resolves. One call after another. */
  async save(next: LastSignState): Promise<void> {
    await this.#journal.write(next)
    this.#mirror.write(0, padded(formatSignState(next, 'compact')))
    this.#last = next
  }

  async close(): Promise<void> {
    await this.#mirror.sync()
    await this.#mirror.close()
    await this.#journal.close()
  }
}

/** With spaces behind it, which JSON allows, so that a shorter state covers a longer one. */
function padded(json: Uint8Array): Uint8Array {
  const whole = new Uint8Array(STATE_BYTES).fill(SPACE)
  whole.set(json)
  return whole
}
