import { blockIdKey, encodeBlock } from '../../types/index.ts'
import { whyCommitIsWrong } from '../ledger/verify-block.ts'
import type { Machine } from '../run/machine.ts'
import type { World } from '../run/world.ts'
import { checkBase, whyHistoryIsShort } from './pruned.ts'

/** At the end every honest store is read from the first block that it may not have let go to the last, and compared with the ledger. */
export async function checkStores(world: World): Promise<void> {
  await world.ledger.settled()
  for (const machine of world.honest) {
    if (machine.sim.node === null || machine.isDamaged) continue
    checkBase(machine, world.court.fail, () => {})
    const wrong =
      (await whyStoreIsWrong(machine, world)) ??
      whyHistoryIsShort(machine, world) ??
      whyStateIsWrong(machine, world)
    if (wrong !== null) world.court.fail('integrity', `${machine.name}: ${wrong}`)
  }
}

async function whyStoreIsWrong({ sim }: Machine, { ledger, cluster }: World): Promise<string | null> {
  const { blockStore } = sim.node!
  const { verifier } = cluster.crypto
  const { chainId } = cluster.genesis
  for (let height = Math.max(1, blockStore.base); height <= blockStore.height; height++) {
    const entry = ledger.entry(height)
    const block = await blockStore.loadBlock(height)
    const blockId = blockStore.loadMeta(height)?.blockId
    const seen = blockStore.loadSeenCommit(height)
    if (entry === undefined) return `it holds height ${height}, which nobody committed`
    if (!block || !blockId || !seen) return `height ${height} is missing in its store`
    if (blockIdKey(blockId) !== entry.key) return `it holds another block at height ${height}`
    if (Buffer.compare(encodeBlock(block), encodeBlock(entry.block)) !== 0) {
      return `the bytes of its block ${height} differ`
    }
    const wrong = whyCommitIsWrong(chainId, ledger.setAt(height)!, height, blockId, seen, verifier)
    if (wrong !== null) return `its commit for height ${height} is wrong: ${wrong}`
  }
  return null
}

/** The state, with the priorities that no hash covers. */
function whyStateIsWrong({ sim }: Machine, { ledger }: World): string | null {
  const { state } = sim.node!
  const set = ledger.setAt(state.lastBlockHeight + 1)
  if (set === undefined) return null
  const theirs = state.validators.validators.map(v => `${v.address} ${v.power} ${v.proposerPriority}`)
  const ours = set.members.map(m => `${m.address} ${m.power} ${m.priority}`)
  if (theirs.join() !== ours.join()) {
    return `its validators of height ${state.lastBlockHeight + 1} are ${theirs.join(', ')}, not ${ours.join(', ')}`
  }
  const proposer = state.validators.proposer.address
  return proposer === set.proposer ? null : `it takes ${proposer} for the proposer, not ${set.proposer}`
}
