import { BlockStoreError } from '../../blockstore/index.ts'
import { assert } from '../../util/index.ts'
import type { SimDatabase } from './sim-database.ts'
import type { SimFile } from './sim-file.ts'

/** What is made durable, in the words of the ports. */
export type PersistLabel =
  | 'sync'
  | 'writeAtomic'
  | 'create'
  | 'truncate'
  | 'remove'
  | 'rename'
  | 'batch'
  | 'batchSync'

export interface PersistOp {
  /** Counts every operation on this disk from 0, over crashes too. */
  readonly index: number
  readonly label: PersistLabel
  readonly path: string
  /** Bytes that want to go to the disk. */
  readonly bytes: number
}

/** `before` nothing of the operation is on the disk, at `torn` any part of it may be, `after` all of it is. */
export type PersistPhase = 'before' | 'torn' | 'after'

export interface SimDiskOptions {
  /** Uniform in [0, 1), from the simulator's seed. Used only for what a crash leaves. */
  readonly random: () => number
  /** Called three times for every operation; may call {@link SimDisk.crash}. */
  readonly onPersist?: (op: PersistOp, phase: PersistPhase) => void
  /** Makes the operation fail: EIO as a broken device, ENOSPC as a full one. */
  readonly fault?: (op: PersistOp) => 'EIO' | 'ENOSPC' | null
  /** Runs `action` when the operation is done by the device; by default in a microtask. */
  readonly schedule?: (op: PersistOp, action: () => void) => void
}

/** One start of the node: what it opened is dead once the disk crashed. */
export interface Incarnation {
  isAlive: boolean
}

export interface PersistRequest {
  readonly label: PersistLabel
  readonly path: string
  readonly bytes: number
  /** Puts the data into the device's cache: from here on a crash may keep any part of it. */
  start(): void
  /** Makes it durable. */
  commit(): void
  /** After a fault, instead of `commit`. When missing, a failed operation leaves no trace and is not started. */
  failed?(): void
}

/**
 * A disk that forgets like a real one. Data not synced before {@link crash} survives in any subset of its sectors,
 * database batches as any prefix, names as any prefix of the changes since the last directory sync. A disk outlives the
 * incarnations that mount it (`mountSimDisk`); everything follows from `random` and the order of the calls.
 */
export class SimDisk {
  readonly options: SimDiskOptions
  readonly files = new Map<string, SimFile>()
  readonly databases = new Map<string, SimDatabase>()
  /** Undoes the changes of names that no directory sync covers yet, in order. */
  #nameUndo: (() => void)[] = []
  #incarnation: Incarnation = { isAlive: false }
  #nextIndex = 0
  /** Free space; operations that want more fail with ENOSPC. */
  freeBytes = Number.POSITIVE_INFINITY

  constructor(options: SimDiskOptions) {
    this.options = options
  }

  /** Persist operations so far: the index of the next one. */
  get persistCount(): number {
    return this.#nextIndex
  }

  /** Begins a new incarnation; the one before must have crashed or ended. */
  newIncarnation(): Incarnation {
    this.#incarnation.isAlive = false
    for (const database of this.databases.values()) database.isOpen = false
    this.#incarnation = { isAlive: true }
    return this.#incarnation
  }

  /** Power off: the incarnation's ports become inert (their promises never settle) and unsynced data is partly lost. */
  crash(): void {
    this.#incarnation.isAlive = false
    const { random } = this.options
    const namesKept = Math.floor(random() * (this.#nameUndo.length + 1))
    for (const undo of this.#nameUndo.slice(namesKept).reverse()) undo()
    this.#nameUndo = []
    for (const file of this.files.values()) file.crash(random)
    for (const database of this.databases.values()) database.crash(random)
  }

  /** Flips one bit of a file at rest. */
  flipBit(path: string, bit: number): void {
    const file = this.files.get(path)
    assert(file !== undefined && bit < file.size * 8, `no bit ${bit} in ${path}`)
    file.flipBit(bit)
  }

  /** A disk with the same durable and volatile content and other options, to try several futures from one moment. */
  fork(options: SimDiskOptions): SimDisk {
    assert(this.#nameUndo.length === 0, 'fork after a crash or a directory sync')
    const copy = new SimDisk(options)
    for (const [path, file] of this.files) copy.files.set(path, file.clone())
    for (const [path, database] of this.databases) copy.databases.set(path, database.clone())
    return copy
  }

  /** Runs one operation through hook, faults and scheduling; `done` is never called once the incarnation is dead. */
  persist(life: Incarnation, request: PersistRequest, done: (error: BlockStoreError | null) => void): void {
    if (!life.isAlive) return
    const op = { index: this.#nextIndex++, label: request.label, path: request.path, bytes: request.bytes }
    this.options.onPersist?.(op, 'before')
    if (!life.isAlive) return
    const schedule = this.options.schedule ?? scheduleMicrotask
    schedule(op, () => this.#run(life, op, request, done))
  }

  /** A change of names that a crash may undo until the next {@link syncNames}. */
  noteNameChange(undo: () => void): void {
    this.#nameUndo.push(undo)
  }

  syncNames(): void {
    if (this.#nameUndo.length > 0) this.#nameUndo = []
  }

  #run(
    life: Incarnation,
    op: PersistOp,
    request: PersistRequest,
    done: (error: BlockStoreError | null) => void
  ): void {
    if (!life.isAlive) return
    const fault = op.bytes > this.freeBytes ? 'ENOSPC' : (this.options.fault?.(op) ?? null)
    if (fault !== null) {
      if (request.failed !== undefined) {
        request.start()
        request.failed()
      }
      done(faultError(fault, op))
      return
    }
    request.start()
    this.options.onPersist?.(op, 'torn')
    if (!life.isAlive) return
    this.freeBytes -= op.bytes
    request.commit()
    this.options.onPersist?.(op, 'after')
    if (life.isAlive) done(null)
  }
}

function faultError(fault: 'EIO' | 'ENOSPC', op: PersistOp): BlockStoreError {
  const code = fault === 'EIO' ? 'IO' : 'NO_SPACE'
  return new BlockStoreError(code, `cannot ${op.label} ${op.path}: ${fault}`)
}

function scheduleMicrotask(_op: PersistOp, action: () => void): void {
  queueMicrotask(action)
}
