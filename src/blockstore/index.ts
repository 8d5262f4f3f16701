export type { AppendFile, FileSystem } from './file-system.ts'
export type { BatchOp, KeyValueStore, RangeOptions } from './key-value-store.ts'
