import { describe, expect, it } from 'vitest'
import { type FileSystem, Wal, type WalRecord } from '../../../src/blockstore/index.ts'
import { mountSimDisk, SimDisk } from '../../../src/sim/disk/index.ts'
import { stoppedClock } from '../../support/disk.ts'

const DIRECTORY = '/home/data/cs.wal'
const HEAD = `${DIRECTORY}/wal`

function makeDisk(): { disk: SimDisk; fileSystem: FileSystem } {
  const disk = new SimDisk({ random: () => 0.5 })
  return { disk, fileSystem: mountSimDisk(disk).fileSystem }
}

function openWal(
  fileSystem: FileSystem,
  options: { maxFileBytes?: number; maxFiles?: number } = {}
): Promise<Wal> {
  return Wal.open({ fileSystem, directory: DIRECTORY, clock: stoppedClock, ...options })
}

/** A record such as a vote makes: no run of zeros, some 150 bytes. */
function vote(n: number): WalRecord {
  const message = Uint8Array.from({ length: 120 }, (_, i) => 1 + ((i * 7 + n * 13) % 255))
  return { kind: 'message', message, peer: 'p' }
}
const endHeight = (height: number): WalRecord => ({ kind: 'endHeight', height })
const plain = (records: readonly WalRecord[] | null): unknown =>
  records?.map(record =>
    record.kind === 'message' ? { ...record, message: [...record.message] } : record
  ) ?? null

/** A log of heights 1 and 2 and the records of height 3, each flushed by itself. */
async function writeLog(fileSystem: FileSystem): Promise<{ bytes: Uint8Array; offsets: number[] }> {
  const wal = await openWal(fileSystem)
  await wal.flush()
  const offsets: number[] = []
  for (const record of [vote(1), endHeight(1), vote(2), endHeight(2), vote(3), vote(4), vote(5)]) {
    offsets.push(((await fileSystem.read(HEAD)) ?? []).length)
    wal.append(record)
    await wal.flush()
  }
  await wal.close()
  const bytes = (await fileSystem.read(HEAD))!
  return { bytes, offsets: [...offsets, bytes.length] }
}

/** A log whose head holds these bytes, on a disk of its own. */
async function logOf(bytes: Uint8Array): Promise<FileSystem> {
  const { fileSystem } = makeDisk()
  await fileSystem.writeAtomic(HEAD, bytes)
  return fileSystem
}

describe('write-ahead log', () => {
  it('begins with endHeight 0 and gives back what was appended', async () => {
    const { fileSystem } = makeDisk()
    const wal = await openWal(fileSystem)
    expect(await wal.replay(0)).toEqual([])
    wal.append(vote(1))
    wal.append({ kind: 'timeout', durationMs: 3000, height: 1, round: 0, step: 3 })
    expect(plain(await wal.replay(0))).toEqual(
      plain([vote(1), { kind: 'timeout', durationMs: 3000, height: 1, round: 0, step: 3 }])
    )
    expect(await wal.replay(1)).toBeNull()
    await wal.close()
    const again = await openWal(fileSystem)
    expect(again.repair).toBeNull()
    expect((await again.replay(0))!.length).toBe(2)
  })

  it('replays only what follows the endHeight asked for', async () => {
    const { fileSystem } = makeDisk()
    await writeLog(fileSystem)
    const wal = await openWal(fileSystem)
    expect(plain(await wal.replay(2))).toEqual(plain([vote(3), vote(4), vote(5)]))
    expect((await wal.replay(1))!.length).toBe(5)
    expect(await wal.replay(3)).toBeNull()
  })

  it('shares one sync among callers that wait together', async () => {
    const { disk, fileSystem } = makeDisk()
    const wal = await openWal(fileSystem)
    await wal.flush()
    const before = disk.persistCount
    const waits: Promise<void>[] = []
    for (let i = 0; i < 100; i++) {
      wal.append(vote(i))
      waits.push(wal.flush())
    }
    await Promise.all(waits)
    expect(disk.persistCount - before).toBe(2)
    await wal.flush()
    expect(disk.persistCount - before).toBe(2)
  })

  it('cuts a torn tail at every byte, keeping each whole record before it', async () => {
    const { bytes, offsets } = await writeLog(makeDisk().fileSystem)
    for (let cut = 1; cut < bytes.length; cut++) {
      const fileSystem = await logOf(bytes.subarray(0, cut))
      const wal = await openWal(fileSystem)
      const whole = [0, ...offsets].filter(offset => offset <= cut).at(-1)!
      expect(wal.repair?.offset ?? whole, `cut at ${cut}`).toBe(whole)
      expect(wal.repair?.cutBytes ?? 0).toBeLessThanOrEqual(cut - whole)
      wal.append(vote(9))
      await wal.close()
      const again = await openWal(fileSystem)
      expect(again.repair).toBeNull()
      const height = whole >= offsets[4]! ? 2 : whole >= offsets[2]! ? 1 : 0
      const replayed = (await again.replay(height))!
      expect(plain([replayed.at(-1)!])).toEqual(plain([vote(9)]))
    }
  })

  it('refuses to replay the height in progress when any bit of its last record flipped', async () => {
    const { bytes, offsets } = await writeLog(makeDisk().fileSystem)
    for (let bit = offsets[6]! * 8; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >>> 3]! ^= 1 << (bit & 7)
      const wal = await openWal(await logOf(flipped))
      expect(wal.repair).toBeNull()
      await expect(wal.replay(2), `bit ${bit}`).rejects.toMatchObject({ code: 'WAL_DAMAGED' })
    }
  })

  it('sees a flipped bit also when zeros written ahead follow', async () => {
    const { bytes, offsets } = await writeLog(makeDisk().fileSystem)
    for (let bit = offsets[6]! * 8; bit < bytes.length * 8; bit += 5) {
      const flipped = new Uint8Array(bytes.length + 5000)
      flipped.set(bytes)
      flipped[bit >>> 3]! ^= 1 << (bit & 7)
      const wal = await openWal(await logOf(flipped))
      await expect(wal.replay(2), `bit ${bit}`).rejects.toMatchObject({ code: 'WAL_DAMAGED' })
    }
  })

  it('ignores damage in old heights and refuses damage in the current one', async () => {
    const { bytes, offsets } = await writeLog(makeDisk().fileSystem)
    for (let at = offsets[0]!; at < offsets[6]!; at++) {
      const damaged = Uint8Array.from(bytes)
      damaged[at]! ^= 0x10
      const wal = await openWal(await logOf(damaged))
      if (at < offsets[3]!) {
        expect(plain(await wal.replay(2)), `byte ${at}`).toEqual(plain([vote(3), vote(4), vote(5)]))
      } else {
        await expect(wal.replay(2), `byte ${at}`).rejects.toMatchObject({ code: 'WAL_DAMAGED' })
      }
    }
  })

  it('refuses a synced sector that reads as zeros, since a later record says it was synced', async () => {
    const { bytes, offsets } = await writeLog(makeDisk().fileSystem)
    const zeroed = Uint8Array.from(bytes)
    zeroed.fill(0, offsets[4]!, offsets[5]!)
    const wal = await openWal(await logOf(zeroed))
    expect(wal.repair).toBeNull()
    await expect(wal.replay(2)).rejects.toMatchObject({ code: 'WAL_DAMAGED' })
  })

  it('cuts at a hole that was never synced, whatever follows it', async () => {
    const { fileSystem } = makeDisk()
    const wal = await openWal(fileSystem)
    wal.append(vote(0))
    await wal.flush()
    const synced = (await fileSystem.read(HEAD))!.length
    for (let i = 1; i < 40; i++) wal.append(vote(i))
    await wal.close()
    const bytes = Uint8Array.from((await fileSystem.read(HEAD))!)
    bytes.fill(0, 1024, 1536)
    const again = await openWal(await logOf(bytes))
    expect(again.repair!.offset).toBeGreaterThanOrEqual(synced)
    expect(again.repair!.offset).toBeLessThan(1536)
    const replayed = (await again.replay(0))!
    expect(plain(replayed)).toEqual(plain(Array.from({ length: replayed.length }, (_, i) => vote(i))))
  })

  it('stays damaged over restarts until a later height ended', async () => {
    const { bytes } = await writeLog(makeDisk().fileSystem)
    const damaged = Uint8Array.from(bytes)
    damaged[bytes.length - 30]! ^= 1
    const fileSystem = await logOf(damaged)
    const first = await openWal(fileSystem)
    await expect(first.replay(2)).rejects.toMatchObject({ code: 'WAL_DAMAGED' })
    await first.close()
    const second = await openWal(fileSystem)
    await expect(second.replay(2)).rejects.toMatchObject({ code: 'WAL_DAMAGED' })
    second.append(endHeight(8))
    second.append(vote(9))
    await second.close()
    const third = await openWal(fileSystem)
    expect(plain(await third.replay(8))).toEqual(plain([vote(9)]))
  })

  it('does not take bytes inside a message for a record', async () => {
    const { fileSystem } = makeDisk()
    const { bytes } = await writeLog(makeDisk().fileSystem)
    const wal = await openWal(fileSystem)
    wal.append(vote(1))
    await wal.flush()
    const from = (await fileSystem.read(HEAD))!.length
    wal.append({ kind: 'message', message: bytes, peer: 'attacker' })
    await wal.close()
    const torn = Uint8Array.from((await fileSystem.read(HEAD))!)
    torn.fill(0, from, from + 30)
    const again = await openWal(await logOf(torn))
    expect(again.repair!.offset).toBe(from)
    expect(plain(await again.replay(0))).toEqual(plain([vote(1)]))
  })

  it('rotates large heads, loses nothing and keeps the order', async () => {
    const { fileSystem } = makeDisk()
    const wal = await openWal(fileSystem, { maxFileBytes: 1000 })
    for (let i = 0; i < 100; i++) {
      wal.append(vote(i))
      if (i % 3 === 0) await wal.flush()
    }
    expect((await fileSystem.list(DIRECTORY)).length).toBeGreaterThan(5)
    expect(plain(await wal.replay(0))).toEqual(plain(Array.from({ length: 100 }, (_, i) => vote(i))))
    await wal.close()
    const again = await openWal(fileSystem)
    expect((await again.replay(0))!.length).toBe(100)
  })

  it('prunes files of old heights only', async () => {
    const { fileSystem } = makeDisk()
    const wal = await openWal(fileSystem)
    for (let height = 1; height <= 6; height++) {
      wal.append(vote(height))
      wal.append(endHeight(height))
      await wal.rotate()
    }
    expect((await fileSystem.list(DIRECTORY)).length).toBe(7)
    await wal.prune(5)
    expect(plain(await wal.replay(4))).toEqual(plain([vote(5), endHeight(5), vote(6), endHeight(6)]))
    expect(await fileSystem.list(DIRECTORY)).toEqual(['wal', 'wal.003', 'wal.004', 'wal.005'])
    await wal.close()
    const again = await openWal(fileSystem)
    await again.prune(7)
    expect(await again.replay(6)).toEqual([])
    expect(await fileSystem.list(DIRECTORY)).toEqual(['wal', 'wal.005'])
  })

  it('keeps a bounded number of files', async () => {
    const { fileSystem } = makeDisk()
    const wal = await openWal(fileSystem, { maxFiles: 3 })
    for (let i = 0; i < 8; i++) {
      wal.append(vote(i))
      await wal.rotate()
    }
    expect(await fileSystem.list(DIRECTORY)).toEqual(['wal', 'wal.005', 'wal.006', 'wal.007'])
    expect(await wal.replay(0)).toBeNull()
  })

  it('fails for good when a sync fails', async () => {
    let isBroken = false
    const disk = new SimDisk({ random: () => 0.5, fault: () => (isBroken ? 'EIO' : null) })
    const wal = await openWal(mountSimDisk(disk).fileSystem)
    await wal.flush()
    isBroken = true
    wal.append(vote(1))
    await expect(wal.flush()).rejects.toMatchObject({ code: 'IO' })
    isBroken = false
    await expect(wal.flush()).rejects.toMatchObject({ code: 'IO' })
  })
})
