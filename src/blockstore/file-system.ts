/** An append-only file. What was appended is durable once `sync` resolved after it. */
export interface AppendFile {
  /** Buffers; nothing is promised before {@link sync}. */
  append(bytes: Uint8Array): void
  /** Writes and syncs everything appended so far; callers that wait together share one fsync. */
  sync(): Promise<void>
  /** Size including what is buffered. */
  readonly size: number
  close(): Promise<void>
}

/** The file port, for the WAL and the signer's state; paths are absolute. Errors are BlockStoreError with `cause`. */
export interface FileSystem {
  /** Null when the file does not exist. */
  read(path: string): Promise<Uint8Array | null>
  /** Temp file in the same directory, fsync, rename, fsync of the directory; mode applies to a new file. */
  writeAtomic(path: string, bytes: Uint8Array, mode?: number): Promise<void>
  openAppend(path: string): Promise<AppendFile>
  /** Cuts the file to `size` bytes and syncs it. */
  truncate(path: string, size: number): Promise<void>
  remove(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** File names directly in the directory, sorted; empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>
  makeDirectory(path: string): Promise<void>
}
