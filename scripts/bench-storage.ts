/**
 * What storage costs on this machine: `npx tsx scripts/bench-storage.ts [directory]`. For every operation: CPU of the
 * process (all threads) and wall time in microseconds, and syncs asked for. Figures of one run compare with each other;
 * absolute ones move with the load of the machine. Run it on the disk the node will use, not on tmpfs.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BlockStore,
  type DecidedBlock,
  decodeResults,
  encodeResults,
  type KeyValueStore,
  LevelKeyValueStore,
  NodeFileSystem,
  StateStore,
  Wal
} from '../src/blockstore/index.ts'
import { mountSimDisk, SimDisk } from '../src/sim/disk/index.ts'
import type { ChainState } from '../src/types/index.ts'
import { countingMetrics } from '../test/support/counting-metrics.ts'
import { stoppedClock } from '../test/support/disk.ts'
import {
  decidedBlock,
  firstState,
  genesisOf,
  resultsOf,
  stateAfterBlock
} from '../test/support/stored-chain.ts'

const SMALL_RUNS = 400
const LARGE_RUNS = 40
const WARM_UP = 10

const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'pnyx-bench-'))
const metrics = countingMetrics()
const fileSystem = new NodeFileSystem({ metrics })
const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Runs `operation` one after another; `step` counts from 0. */
async function measure(name: string, runs: number, operation: (step: number) => unknown): Promise<void> {
  for (let step = 0; step < WARM_UP; step++) await operation(step)
  const walls: number[] = []
  const syncsBefore = metrics.observed('storage_fsync_seconds')
  const cpuBefore = cpuMicros()
  for (let step = WARM_UP; step < WARM_UP + runs; step++) {
    const startedAt = performance.now()
    await operation(step)
    walls.push((performance.now() - startedAt) * 1000)
  }
  const cpu = (cpuMicros() - cpuBefore) / runs
  const syncs = (metrics.observed('storage_fsync_seconds') - syncsBefore) / runs
  walls.sort((a, b) => a - b)
  const at = (share: number): string => walls[Math.floor(share * (runs - 1))]!.toFixed(0).padStart(7)
  console.log(
    `${name.padEnd(44)}${cpu.toFixed(1).padStart(9)}${at(0.5)}${at(0.99)}${syncs.toFixed(2).padStart(7)}`
  )
}

function chainOf(
  count: number,
  txBytes: number,
  from: number,
  previous: DecidedBlock | null
): DecidedBlock[] {
  const chain: DecidedBlock[] = []
  for (let i = 0; i < count; i++) chain.push(decidedBlock(from + i, txBytes, chain.at(-1) ?? previous))
  return chain
}

async function benchPorts(): Promise<void> {
  const level = await LevelKeyValueStore.open({ path: join(directory, 'kv'), metrics })
  const value = new Uint8Array(250).fill(1)
  const key = (n: number): Uint8Array => Uint8Array.of(n >> 16, n >> 8, n)
  await measure('LevelDB batch of 1, synced', SMALL_RUNS, n =>
    level.batch([{ type: 'put', key: key(n), value }], { sync: true })
  )
  await measure('LevelDB batch of 8, not synced', SMALL_RUNS, n =>
    level.batch(
      Array.from({ length: 8 }, (_, i) => ({ type: 'put', key: key(8 * n + i), value }) as const),
      { sync: false }
    )
  )
  await measure('LevelDB get', SMALL_RUNS * 10, n => level.get(key(n % 400)))
  await level.close()
  const path = join(directory, 'priv_validator_state.json')
  await measure('writeAtomic of 300 B', SMALL_RUNS, () => fileSystem.writeAtomic(path, value, 0o600))
}

async function benchWal(): Promise<void> {
  const wal = await Wal.open({ fileSystem, directory: join(directory, 'cs.wal'), clock: stoppedClock })
  const vote = { kind: 'message', message: new Uint8Array(190).fill(7), peer: '' } as const
  const part = { kind: 'message', message: new Uint8Array(65_800).fill(7), peer: 'peer' } as const
  await measure('WAL append of a vote, no flush', SMALL_RUNS * 10, () => wal.append(vote))
  await wal.flush()
  await measure('WAL append of a vote and flush', SMALL_RUNS, () => {
    wal.append(vote)
    return wal.flush()
  })
  await measure('WAL 16 appends, 16 flushes together', SMALL_RUNS, () =>
    Promise.all(
      Array.from({ length: 16 }, () => {
        wal.append(vote)
        return wal.flush()
      })
    )
  )
  await measure('WAL append of a 64-KiB part and flush', LARGE_RUNS * 4, () => {
    wal.append(part)
    return wal.flush()
  })
  await wal.close()
  const startedAt = performance.now()
  const again = await Wal.open({ fileSystem, directory: join(directory, 'cs.wal'), clock: stoppedClock })
  const records = await again.replay(0)
  const ms = (performance.now() - startedAt).toFixed(1)
  console.log(`WAL opened and ${records?.length} records replayed in ${ms} ms`)
  await again.close()
}

async function benchBlocks(): Promise<void> {
  const store = await LevelKeyValueStore.open({ path: join(directory, 'chain'), metrics })
  const blockStore = await BlockStore.open({ store, fileSystem, directory: join(directory, 'blocks') })
  const empty = chainOf(SMALL_RUNS + WARM_UP, 0, 1, null)
  await measure('save an empty block', SMALL_RUNS, n => blockStore.saveBlock(empty[n]!))
  const inline = chainOf(LARGE_RUNS + WARM_UP, 12_000, empty.length + 1, empty.at(-1)!)
  await measure('save a 12-kB block (in LevelDB)', LARGE_RUNS, n => blockStore.saveBlock(inline[n]!))
  const from = empty.length + inline.length + 1
  const large = chainOf(LARGE_RUNS + WARM_UP, 1 << 20, from, inline.at(-1)!)
  await measure('save a 1-MiB block (in a segment)', LARGE_RUNS, n => blockStore.saveBlock(large[n]!))
  await measure('load an empty block', SMALL_RUNS, n => blockStore.loadBlock(1 + (n % 300)))
  await measure('load a 1-MiB block', LARGE_RUNS, n => blockStore.loadBlock(from + (n % 40)))
  await measure('load a part of a 1-MiB block, cached', SMALL_RUNS, n =>
    blockStore.loadPart(from + 45, n % 17)
  )
  await measure('load a header', SMALL_RUNS * 10, n => blockStore.loadMeta(1 + (n % 300)))
  await blockStore.close()
  await benchState(store, 4)
  await store.close()
  const other = await LevelKeyValueStore.open({ path: join(directory, 'chain200'), metrics })
  await benchState(other, 200)
  await other.close()
}

async function benchState(store: KeyValueStore, validators: number): Promise<void> {
  const stateStore = await StateStore.open(store, genesisOf(validators))
  let state: ChainState = firstState(validators)
  await stateStore.saveState(state)
  const states: ChainState[] = []
  for (const decided of chainOf(SMALL_RUNS + WARM_UP, 0, 1, null)) {
    state = stateAfterBlock(state, decided)
    states.push(state)
  }
  await measure(`save state, ${validators} validators, not synced`, SMALL_RUNS, n =>
    stateStore.saveState(states[n]!)
  )
  await measure(`load validators of a height, ${validators}`, LARGE_RUNS, n =>
    stateStore.loadValidators(300 + ((n * 67) % 90))
  )
  if (validators > 4) return
  const results = resultsOf(1000)
  const bytes = encodeResults(results)
  await measure('encode results of 1000 transactions', LARGE_RUNS, () => encodeResults(results))
  await measure('decode results of 1000 transactions', LARGE_RUNS, () => decodeResults(bytes))
  await measure('save results of 1000 transactions', LARGE_RUNS, n => stateStore.saveResults(n, results))
}

async function benchSimulated(): Promise<void> {
  const mount = mountSimDisk(new SimDisk({ random: () => 0.5 }))
  const store = mount.openKeyValueStore('/db')
  const stateStore = await StateStore.open(store, genesisOf(4))
  const blockStore = await BlockStore.open({ store, fileSystem: mount.fileSystem, directory: '/blocks' })
  const wal = await Wal.open({ fileSystem: mount.fileSystem, directory: '/wal', clock: stoppedClock })
  let state: ChainState = firstState(4)
  await stateStore.saveState(state)
  const blocks = chainOf(SMALL_RUNS * 5 + WARM_UP, 250, 1, null)
  const states = blocks.map(decided => {
    state = stateAfterBlock(state, decided)
    return state
  })
  const vote = { kind: 'message', message: new Uint8Array(190).fill(7), peer: '' } as const
  await measure('simulated disk: everything of one height', SMALL_RUNS * 5, async n => {
    for (let i = 0; i < 8; i++) wal.append(vote)
    await wal.flush()
    await wal.flush()
    await blockStore.saveBlock(blocks[n]!)
    await stateStore.saveResults(n + 1, resultsOf(1, n + 1))
    await stateStore.saveState(states[n]!)
    wal.append({ kind: 'endHeight', height: n + 1 })
  })
}

console.log(
  `${'operation'.padEnd(44)}${'CPU us'.padStart(9)}${'p50 us'.padStart(7)}${'p99 us'.padStart(7)}${'syncs'.padStart(7)}`
)
try {
  await benchPorts()
  await benchWal()
  await benchBlocks()
  await benchSimulated()
} finally {
  await rm(directory, { recursive: true })
}
