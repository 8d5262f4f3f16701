export interface AppendOptions {
  /**
   * Writes zeros this many bytes ahead of small records, so that syncing them need not change the file's size (about
   * a third cheaper on ext4). After a crash the file may then end in zeros, which its reader must cut off.
   */
  readonly preallocateBytes?: number
}

/** An append-only file. What was appended is durable once `sync` resolved after it. */
export interface AppendFile {
  /** Buffers without copying: `bytes` must not change afterwards. Nothing is promised before {@link sync}. */
  append(bytes: Uint8Array): void
  /**
   * Writes and syncs everything appended so far; callers that wait together share one fsync. After one failure every
   * later sync fails too: the state of the file is unknown until it is opened again.
   */
  sync(): Promise<void>
  /** Size including what is buffered, without zeros written ahead. */
  readonly size: number
  /** Writes what is buffered, cuts zeros written ahead; syncs nothing. */
  close(): Promise<void>
}

/** A small file whose bytes are replaced where they stand. */
export interface InPlaceFile {
  /** Every reader sees it at once; durable after {@link sync}. A crash before may keep any part of it. Throws when it fails. */
  write(offset: number, bytes: Uint8Array): void
  sync(): Promise<void>
  close(): Promise<void>
}

/** The file port, for the WAL and the signer's state; paths are absolute. Errors are BlockStoreError with `cause`. */
export interface FileSystem {
  /** Null when the file does not exist. */
  read(path: string): Promise<Uint8Array | null>
  /** `length` bytes from `offset`, fewer at the end of the file; null when the file does not exist. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null>
  /** Temp file in the same directory, fsync, rename, fsync of the directory; mode applies to a new file. */
  writeAtomic(path: string, bytes: Uint8Array, mode?: number): Promise<void>
  /** Opens at the end, creating a durable empty file (mode 0600) when there is none. */
  openAppend(path: string, options?: AppendOptions): Promise<AppendFile>
  /** Opens a file that exists. */
  openInPlace(path: string): Promise<InPlaceFile>
  /** Cuts the file to `size` bytes and syncs it. */
  truncate(path: string, size: number): Promise<void>
  /** Does nothing when the file does not exist. A crash may bring the file back. */
  remove(path: string): Promise<void>
  /** Durable when it resolves. */
  rename(from: string, to: string): Promise<void>
  /** File names directly in the directory, sorted; empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>
  /** With parents, mode 0700; does nothing when it exists. */
  makeDirectory(path: string): Promise<void>
}
