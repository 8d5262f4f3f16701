import { describe, expect, it } from 'vitest'
import {
  type BatchOp,
  BlockStore,
  type DecidedBlock,
  type FileSystem,
  type KeyValueStore,
  MemoryKeyValueStore,
  numberKey
} from '../../../src/blockstore/index.ts'
import { mountSimDisk, SimDisk, type SimMount } from '../../../src/sim/disk/index.ts'
import { makePrng } from '../../../src/sim/prng.ts'
import { DEFAULT_CONSENSUS_PARAMS, encodeBlock } from '../../../src/types/index.ts'
import { type CrashAt, forEveryCrash } from '../../support/disk.ts'
import { commitOf, decidedChain, GENESIS_SECONDS } from '../../support/stored-chain.ts'

const DIRECTORY = '/home/data/blocks'

interface Bed {
  readonly store: KeyValueStore
  readonly fileSystem: FileSystem
}

function makeBed(): Bed {
  const { fileSystem } = mountSimDisk(new SimDisk({ random: () => 0.5 }))
  return { store: new MemoryKeyValueStore(), fileSystem }
}

function open({ store, fileSystem }: Bed, maxSegmentBytes = 1 << 20): Promise<BlockStore> {
  return BlockStore.open({ store, fileSystem, directory: DIRECTORY, inlineLimitBytes: 2000, maxSegmentBytes })
}

async function saveAll(blockStore: BlockStore, chain: readonly DecidedBlock[]): Promise<void> {
  for (const decided of chain) await blockStore.saveBlock(decided)
}

async function expectStored(blockStore: BlockStore, decided: DecidedBlock): Promise<void> {
  const { block, blockId, parts } = decided
  const { height } = block.header
  const bytes = Buffer.concat(parts.map(part => part.bytes))
  expect(bytes.equals((await blockStore.loadBlockBytes(height))!), `bytes of block ${height}`).toBe(true)
  expect(bytes.equals(encodeBlock((await blockStore.loadBlock(height))!)), `block ${height}`).toBe(true)
  expect(blockStore.heightOfHash(blockId.hash)).toBe(height)
  const { header } = block
  const meta = { blockId, header, numTxs: block.txs.length, blockSize: bytes.length }
  expect(blockStore.loadMeta(height)).toEqual(meta)
  for (const { index, proof, bytes: partBytes } of parts) {
    const loaded = (await blockStore.loadPart(height, index))!
    expect(loaded.proof).toEqual(proof)
    expect(Buffer.from(partBytes).equals(loaded.bytes)).toBe(true)
  }
  expect(await blockStore.loadPart(height, parts.length)).toBeNull()
  expect(blockStore.loadSeenCommit(height)!.blockId).toEqual(blockId)
}

describe('block store', () => {
  it('is empty at first', async () => {
    const blockStore = await open(makeBed())
    expect([blockStore.base, blockStore.headerBase, blockStore.height]).toEqual([0, 0, 0])
    expect(blockStore.loadMeta(1)).toBeNull()
    expect(blockStore.loadMeta(-1)).toBeNull()
    expect(await blockStore.loadBlock(1)).toBeNull()
    expect(await blockStore.loadBlockByHash('ab'.repeat(32))).toBeNull()
    expect(await blockStore.loadPart(1, 0)).toBeNull()
    expect(blockStore.loadCommit(0)).toBeNull()
    expect(blockStore.heightOfHash('')).toBeNull()
    expect(blockStore.heightOfHash('zz')).toBeNull()
  })

  it('gives back small and large blocks by height, hash and part, also after reopening', async () => {
    const bed = makeBed()
    const chain = decidedChain([0, 100, 5000, 200_000, 0, 70_000])
    const first = await open(bed)
    await saveAll(first, chain)
    for (const decided of chain) await expectStored(first, decided)
    await first.close()
    const again = await open(bed)
    expect([again.base, again.height]).toEqual([1, 6])
    for (const decided of chain) await expectStored(again, decided)
    expect(again.loadCommit(3)).toEqual(commitOf(3, chain[2]!.blockId))
    expect(again.loadCommit(6)).toBeNull()
    expect(again.loadCommit(0)).toBeNull()
  })

  it('starts at any height, and then goes on one by one', async () => {
    const bed = makeBed()
    const chain = decidedChain([0, 0, 0], 50)
    const blockStore = await open(bed)
    await blockStore.saveSeenCommit(commitOf(49, chain[0]!.blockId))
    await blockStore.saveBlock(chain[0]!)
    expect([blockStore.base, blockStore.height]).toEqual([50, 50])
    await expect(blockStore.saveBlock(chain[2]!)).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' })
    await blockStore.saveBlock(chain[1]!)
    expect(blockStore.loadSeenCommit(49)).not.toBeNull()
  })

  it('keeps extended commits when there are any', async () => {
    const [decided] = decidedChain([0])
    const { seenCommit } = decided!
    const extendedCommit = {
      ...seenCommit,
      signatures: seenCommit.signatures.map(signature => ({
        ...signature,
        extension: Uint8Array.of(1),
        extensionSignature: new Uint8Array(64).fill(2)
      }))
    }
    const blockStore = await open(makeBed())
    await blockStore.saveBlock({ ...decided!, extendedCommit })
    expect(blockStore.loadExtendedCommit(1)!.signatures.length).toBe(4)
    expect(blockStore.loadExtendedCommit(2)).toBeNull()
  })

  it('syncs once for a small block and twice for a large one', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    const mount = mountSimDisk(disk)
    const bed = { store: mount.openKeyValueStore('/db'), fileSystem: mount.fileSystem }
    const blockStore = await open(bed)
    const chain = decidedChain([0, 0, 100_000, 100_000])
    const syncs: number[] = []
    for (const decided of chain) {
      const before = disk.persistCount
      await blockStore.saveBlock(decided)
      syncs.push(disk.persistCount - before)
    }
    // The third also creates the first segment file.
    expect(syncs).toEqual([1, 1, 3, 2])
  })

  it('survives a power cut at every moment: each saved block whole, the one under way whole or absent', async () => {
    const chain = decidedChain([0, 3000, 70_000, 0, 4000])
    const marker = numberKey(0x61, 0)
    let saved = 0
    const bedOf = (mount: SimMount): Bed => ({
      store: mount.openKeyValueStore('/db'),
      fileSystem: mount.fileSystem
    })
    const work = async (mount: SimMount): Promise<void> => {
      saved = 0
      const blockStore = await open(bedOf(mount), 8000)
      for (const decided of chain) {
        const { height } = decided.block.header
        const extra: BatchOp = { type: 'put', key: marker, value: Uint8Array.of(height) }
        await blockStore.saveBlock(decided, [extra])
        saved = height
      }
    }
    const check = async (mount: SimMount, at: CrashAt): Promise<void> => {
      const bed = bedOf(mount)
      const blockStore = await open(bed, 8000)
      const label = `crash ${at.phase} ${at.index}, ${saved} saved`
      expect([saved, saved + 1], label).toContain(blockStore.height)
      expect(bed.store.get(marker)?.[0] ?? 0, label).toBe(blockStore.height)
      for (const decided of chain.slice(0, blockStore.height)) await expectStored(blockStore, decided)
      for (const decided of chain.slice(blockStore.height)) await blockStore.saveBlock(decided)
      for (const decided of chain) await expectStored(blockStore, decided)
    }
    for (let seed = 0; seed < 3; seed++) {
      expect(await forEveryCrash(`blocks ${seed}`, work, check)).toBeGreaterThan(9)
    }
  })

  it('cuts off what a crash left in a segment behind the last saved block', async () => {
    const bed = makeBed()
    const chain = decidedChain([9000, 9000])
    const path = `${DIRECTORY}/00000001.seg`
    const first = await open(bed)
    await first.saveBlock(chain[0]!)
    await first.close()
    const size = (await bed.fileSystem.read(path))!.length
    const file = await bed.fileSystem.openAppend(path)
    file.append(new Uint8Array(3000).fill(9))
    await file.sync()
    await file.close()
    const again = await open(bed)
    expect((await bed.fileSystem.read(path))!.length).toBe(size)
    await again.saveBlock(chain[1]!)
    for (const decided of chain) await expectStored(again, decided)
  })

  it('refuses a segment that lost synced bytes, and unknown segments', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    const { fileSystem } = mountSimDisk(disk)
    const bed = { store: new MemoryKeyValueStore(), fileSystem }
    const blockStore = await open(bed)
    await saveAll(blockStore, decidedChain([9000, 9000]))
    await blockStore.close()
    const path = `${DIRECTORY}/00000001.seg`
    const size = (await fileSystem.read(path))!.length
    await fileSystem.truncate(path, size - 1)
    await expect(open(bed)).rejects.toMatchObject({ code: 'CORRUPT' })
    await fileSystem.writeAtomic(`${DIRECTORY}/00000007.seg`, Uint8Array.of(1))
    await expect(open({ store: new MemoryKeyValueStore(), fileSystem })).rejects.toMatchObject({
      code: 'CORRUPT'
    })
  })

  it('says so when stored bytes are damaged', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    const { fileSystem } = mountSimDisk(disk)
    const bed = { store: new MemoryKeyValueStore(), fileSystem }
    await saveAll(await open(bed), decidedChain([9000, 0, 0, 0, 0, 0]))
    disk.flipBit(`${DIRECTORY}/00000001.seg`, 40_000)
    const again = await open(bed)
    await expect(again.loadBlock(1)).rejects.toMatchObject({ code: 'CORRUPT' })
    await bed.store.batch([{ type: 'put', key: numberKey(0x03, 2), value: Uint8Array.of(1, 2, 3) }], {
      sync: true
    })
    expect(() => again.loadMeta(2)).toThrowError(expect.objectContaining({ code: 'CORRUPT' }))
  })

  it('notices when opening that a recent height is gone', async () => {
    for (const bucket of [0x03, 0x04, 0x06] as const) {
      const bed = makeBed()
      await saveAll(await open(bed), decidedChain([0, 0, 0, 0]))
      await bed.store.batch([{ type: 'del', key: numberKey(bucket, 3) }], { sync: true })
      await expect(open(bed)).rejects.toMatchObject({ code: 'CORRUPT' })
    }
  })

  it('removes the newest block for a rollback', async () => {
    const bed = makeBed()
    const chain = decidedChain([0, 9000, 9000])
    const blockStore = await open(bed)
    await saveAll(blockStore, chain)
    await blockStore.deleteNewestBlock()
    expect(blockStore.height).toBe(2)
    expect(await blockStore.loadBlock(3)).toBeNull()
    expect(blockStore.loadCommit(2)).toBeNull()
    const again = await open(bed)
    await again.saveBlock(chain[2]!)
    await expectStored(again, chain[2]!)
    const short = await open(makeBed())
    await short.saveBlock(chain[0]!)
    await expect(short.deleteNewestBlock()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('pruning of blocks', () => {
  const ageAt = (height: number, maxAgeNumBlocks: number, maxAgeSeconds: number) => ({
    lastBlockHeight: height,
    lastBlockTime: { seconds: GENESIS_SECONDS + height, nanos: 0 },
    evidence: {
      ...DEFAULT_CONSENSUS_PARAMS.evidence,
      maxAgeNumBlocks,
      maxAgeDuration: BigInt(maxAgeSeconds) * 1_000_000_000n
    }
  })

  it('forgets blocks but keeps headers and commits that evidence may need', async () => {
    const bed = makeBed()
    const chain = decidedChain(Array.from({ length: 130 }, (_, i) => (i % 10 === 0 ? 3000 : 0)))
    const blockStore = await open(bed)
    await saveAll(blockStore, chain)
    // Older than 60 blocks and older than 50 seconds: heights below 70.
    expect(await blockStore.pruneTo(120, ageAt(130, 60, 50))).toEqual({ block: 120, header: 70 })
    for (const height of [1, 69, 70, 119, 120, 130]) {
      expect((await blockStore.loadBlock(height)) !== null, `block ${height}`).toBe(height >= 120)
      expect(blockStore.loadMeta(height) !== null, `header ${height}`).toBe(height >= 70)
      expect(blockStore.loadSeenCommit(height) !== null, `seen commit ${height}`).toBe(height >= 120)
      if (height < 130) expect(blockStore.loadCommit(height) !== null, `commit ${height}`).toBe(height >= 70)
      expect(blockStore.heightOfHash(chain[height - 1]!.blockId.hash)).toBe(height >= 120 ? height : null)
    }
    const again = await open(bed)
    expect([again.base, again.headerBase, again.height]).toEqual([120, 70, 130])
    // Time alone keeps them as well.
    expect(await again.pruneTo(120, ageAt(130, 0, 20))).toEqual({ block: 120, header: 110 })
    expect(await again.pruneTo(1000, ageAt(130, 0, 0))).toEqual({ block: 130, header: 130 })
    await expectStored(again, chain[129]!)
  })

  it('removes segments that hold nothing any more', async () => {
    const bed = makeBed()
    const chain = decidedChain(Array.from({ length: 12 }, () => 3000))
    const blockStore = await open(bed, 5000)
    await saveAll(blockStore, chain)
    expect((await bed.fileSystem.list(DIRECTORY)).length).toBe(6)
    await blockStore.pruneTo(6, ageAt(12, 0, 0))
    expect(await bed.fileSystem.list(DIRECTORY)).toEqual([
      '00000003.seg',
      '00000004.seg',
      '00000005.seg',
      '00000006.seg'
    ])
    for (const decided of chain.slice(5)) await expectStored(blockStore, decided)
    const again = await open(bed, 5000)
    for (const decided of chain.slice(5)) await expectStored(again, decided)
    await again.pruneTo(12, ageAt(12, 0, 0))
    expect(await bed.fileSystem.list(DIRECTORY)).toEqual(['00000006.seg'])
  })

  it('goes on beside saving, and survives a power cut at every moment', async () => {
    const chain = decidedChain(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 2000 : 0)))
    let acknowledged = 0
    const bedOf = (mount: SimMount): Bed => ({
      store: mount.openKeyValueStore('/db'),
      fileSystem: mount.fileSystem
    })
    const work = async (mount: SimMount): Promise<void> => {
      acknowledged = 0
      const blockStore = await open(bedOf(mount), 4000)
      for (const decided of chain) {
        const { height } = decided.block.header
        const saving = blockStore.saveBlock(decided)
        if (height > 6) await blockStore.pruneTo(height - 4, ageAt(height - 1, 6, 0))
        await saving
        acknowledged = height
      }
    }
    const check = async (mount: SimMount, at: CrashAt): Promise<void> => {
      const blockStore = await open(bedOf(mount), 4000)
      expect(blockStore.height, `crash ${at.phase} ${at.index}`).toBeGreaterThanOrEqual(acknowledged)
      for (const decided of chain.slice(Math.max(0, blockStore.base - 1), blockStore.height)) {
        await expectStored(blockStore, decided)
      }
      for (let height = blockStore.headerBase; height < blockStore.height; height++) {
        expect(blockStore.loadMeta(height) === null, `header ${height}`).toBe(height === 0)
      }
    }
    for (let seed = 0; seed < 3; seed++) await forEveryCrash(`prune ${seed}`, work, check)
  })
})

it('the same seed leaves the same disk', async () => {
  const images = [0, 1].map(async () => {
    const prng = makePrng('image')
    const disk = new SimDisk({ random: () => prng.float() })
    const { fileSystem } = mountSimDisk(disk)
    const file = await fileSystem.openAppend('/f')
    for (let i = 0; i < 50; i++) file.append(new Uint8Array(300).fill(i + 1))
    void file.sync()
    await Promise.resolve()
    disk.crash()
    return Buffer.from(disk.files.get('/f')!.content()).toString('base64')
  })
  expect(await images[0]).toBe(await images[1])
})
