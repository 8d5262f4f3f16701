import { BLOCK_BUGS } from './bugs/blocks.ts'
import { EVIDENCE_BUGS } from './bugs/evidence.ts'
import { HOST_BUGS } from './bugs/host.ts'
import { MACHINE_BUGS } from './bugs/machine.ts'
import { OUTCOME_BUGS } from './bugs/outcomes.ts'
import { POOL_BUGS } from './bugs/pool.ts'
import { STORAGE_BUGS } from './bugs/storage.ts'
import { SYNC_BUGS } from './bugs/sync.ts'
import type { PlantedBug } from './plant.ts'

/** Defects that real implementations have had, or that a slip of the pen would make; one line each. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...MACHINE_BUGS,
  ...POOL_BUGS,
  ...HOST_BUGS,
  ...STORAGE_BUGS,
  ...BLOCK_BUGS,
  ...SYNC_BUGS,
  ...EVIDENCE_BUGS,
  ...OUTCOME_BUGS
]
