export { mountSimDisk, type SimMount } from './mount.ts'
export {
  type PersistLabel,
  type PersistOp,
  type PersistPhase,
  SimDisk,
  type SimDiskOptions
} from './sim-disk.ts'
export { SimFile } from './sim-file.ts'
