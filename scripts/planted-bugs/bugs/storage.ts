import type { PlantedBug } from '../plant.ts'

/** Block store, state store, write-ahead log. */
export const STORAGE_BUGS: readonly PlantedBug[] = [
  {
    name: 'blocks are saved without a sync',
    file: 'blockstore/block-store.ts',
    find: '      await this.#store.batch(ops, { sync: true })\n      this.#height = height\n',
    replace: '      await this.#store.batch(ops, { sync: false })\n      this.#height = height\n'
  },
  {
    name: 'a block is saved piece by piece',
    file: 'blockstore/block-store.ts',
    find: '      await this.#store.batch(ops, { sync: true })\n      this.#height = height\n',
    replace:
      '      for (const op of ops.reverse()) await this.#store.batch([op], { sync: true })\n      this.#height = height\n'
  },
  {
    name: 'a flush of the log does not reach the disk',
    file: 'blockstore/wal.ts',
    find: '    await head.sync()\n',
    replace: ''
  },
  {
    name: 'a torn record stays at the end of the log',
    file: 'blockstore/wal.ts',
    find: '    await fileSystem.truncate(path, scan.end)\n',
    replace: ''
  },
  {
    name: 'results are saved after the app has committed',
    file: 'validator/block-executor.ts',
    find: '    await stateStore.saveResults(block.header.height, response)\n    const next = stateAfter(state, blockId, block, response)\n    const retainHeight = await this.#commitApp(next, block, response)\n',
    replace:
      '    const next = stateAfter(state, blockId, block, response)\n    const retainHeight = await this.#commitApp(next, block, response)\n    await stateStore.saveResults(block.header.height, response)\n'
  },
  {
    name: 'the app does not keep how much it has executed',
    file: 'app/kvstore-state.ts',
    find: 'const record = JSON.stringify({ size: state.size,',
    replace: 'const record = JSON.stringify({ size: 0,'
  },
  {
    name: 'marks of committed evidence are not saved',
    file: 'validator/block-executor.ts',
    find: 'await stateStore.saveState(next, evidence.committedOps(block))',
    replace: 'await stateStore.saveState(next, [])'
  },
  {
    name: 'one block too many is pruned',
    file: 'blockstore/block-pruner.ts',
    find: 'await write({ ...base, block: to }, blockDeletions(store, base.block, to), to === retainHeight)',
    replace:
      'await write({ ...base, block: to }, blockDeletions(store, base.block, to + 1), to === retainHeight)'
  },
  {
    name: 'blocks are pruned that the app still wants',
    file: 'blockstore/block-store.ts',
    find: 'this.#prune(Math.min(retainHeight, this.#height), age)',
    replace: 'this.#prune(Math.min(retainHeight + 1, this.#height), age)'
  },
  {
    name: 'headers are pruned with their blocks',
    file: 'blockstore/block-pruner.ts',
    find: 'const expired = firstNeeded(request, base.header, to)',
    replace: 'const expired = to'
  },
  {
    name: 'a log that begins a new file forgets the old ones',
    file: 'blockstore/wal.ts',
    find: '    await this.#limitFiles()\n',
    replace: '    await this.#files.removeOldest(this.#files.rotated.length)\n',
    request: { faults: ['rotation', 'crash'] }
  },
  {
    name: 'records that come while the log changes files are lost',
    file: 'blockstore/wal.ts',
    find: '    for (const { time, record } of held) this.#write(time, record)\n',
    replace: '    held.length = 0\n',
    request: { byzantine: 0, faults: ['rotation', 'crash', 'loss'] }
  },
  {
    name: 'the log is replayed from its newest file only',
    file: 'blockstore/wal.ts',
    find: 'if (found !== null || older < 0 ||',
    replace: 'if (found !== null || older < 1_000 ||',
    request: { faults: ['rotation', 'crash'] }
  }
]
