import { nanosBetween } from '../../types/index.ts'
import type { Machine } from '../run/machine.ts'
import type { World } from '../run/world.ts'
import type { Fail } from './fail.ts'

/** No block may go that the application still wants. `onPruned` is called when some have gone since the last look. */
export function checkBase(machine: Machine, fail: Fail, onPruned: () => void): void {
  const { name, sim, retainHeight, isDamaged } = machine
  const { node } = sim
  if (node === null) return
  const { base } = node.blockStore
  if (base > Math.max(1, retainHeight) && !isDamaged) {
    fail(
      'integrity',
      `${name} keeps blocks from ${base} on only, its application wants them from ${retainHeight} on`
    )
  }
  if (base > machine.base) onPruned()
  machine.base = base
}

/** Evidence outlives blocks: as long as it may come, header, commit and validators of its height must be there. */
export function whyHistoryIsShort({ sim }: Machine, { ledger }: World): string | null {
  const { blockStore, stateStore, state } = sim.node!
  const { maxAgeNumBlocks, maxAgeDuration } = state.consensusParams.evidence
  for (let height = 1; height < blockStore.base; height++) {
    const time = ledger.entry(height)?.block.header.time
    if (time === undefined) continue
    const isOld = state.lastBlockHeight - height > maxAgeNumBlocks
    if (isOld && nanosBetween(time, state.lastBlockTime) > maxAgeDuration) continue
    const lacks =
      (blockStore.loadMeta(height) === null && 'header') ||
      (blockStore.loadCommit(height) === null && 'commit') ||
      (stateStore.loadValidators(height) === null && 'validators')
    if (lacks) return `it has let go the ${lacks} of height ${height}, of which evidence may still come`
  }
  return null
}
