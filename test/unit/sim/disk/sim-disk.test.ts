import { describe, expect, it } from 'vitest'
import type { PersistOp, PersistPhase } from '../../../../src/sim/disk/index.ts'
import { mountSimDisk, SimDisk } from '../../../../src/sim/disk/index.ts'
import { makePrng } from '../../../../src/sim/prng.ts'

const put = (n: number, value = n) =>
  ({ type: 'put', key: Uint8Array.of(n), value: Uint8Array.of(value) }) as const
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  const never = Symbol('never')
  const quiet = new Promise(resolve => setImmediate(() => resolve(never)))
  const settled = promise.then(
    () => true,
    () => true
  )
  return (await Promise.race([settled, quiet])) !== never
}

describe('simulated disk', () => {
  it('keeps any prefix of unsynced batches, and all of it up to the last synced one', async () => {
    const lengths = new Set<number>()
    for (let seed = 0; seed < 60; seed++) {
      const prng = makePrng(`batches ${seed}`)
      const disk = new SimDisk({ random: () => prng.float() })
      const store = mountSimDisk(disk).openKeyValueStore('/db')
      for (let n = 0; n < 8; n++) await store.batch([put(n), put(100 + n)], { sync: n === 3 })
      disk.crash()
      const left = mountSimDisk(disk).openKeyValueStore('/db')
      const present = Array.from({ length: 8 }, (_, n) => left.get(Uint8Array.of(n)) !== undefined)
      const length = present.indexOf(false) === -1 ? 8 : present.indexOf(false)
      expect(present).toEqual(Array.from({ length: 8 }, (_, n) => n < length))
      for (let n = 0; n < 8; n++) expect(left.get(Uint8Array.of(100 + n)) !== undefined).toBe(present[n])
      lengths.add(length)
    }
    expect([...lengths].sort()).toEqual([4, 5, 6, 7, 8])
  })

  it('restores what an unsynced batch overwrote or deleted', async () => {
    const disk = new SimDisk({ random: () => 0 })
    const store = mountSimDisk(disk).openKeyValueStore('/db')
    await store.batch([put(1, 5), put(2, 6)], { sync: true })
    await store.batch([put(1, 7), { type: 'del', key: Uint8Array.of(2) }, put(3), put(1, 8)], { sync: false })
    disk.crash()
    const left = mountSimDisk(disk).openKeyValueStore('/db')
    expect([1, 2, 3].map(n => left.get(Uint8Array.of(n))?.[0])).toEqual([5, 6, undefined])
  })

  it('loses unsynced bytes of a file in many ways, never synced ones', async () => {
    const outcomes = new Set<string>()
    for (let seed = 0; seed < 80; seed++) {
      const prng = makePrng(`file ${seed}`)
      const disk: SimDisk = new SimDisk({
        random: () => prng.float(),
        onPersist: (op, phase) => {
          if (op.index === 2 && phase === 'torn') disk.crash()
        }
      })
      const { fileSystem } = mountSimDisk(disk)
      const file = await fileSystem.openAppend('/f')
      file.append(new Uint8Array(700).fill(1))
      await file.sync()
      file.append(new Uint8Array(1400).fill(2))
      expect(await isSettled(file.sync())).toBe(false)
      const left = (await mountSimDisk(disk).fileSystem.read('/f'))!
      expect(left.subarray(0, 700).every(byte => byte === 1)).toBe(true)
      const tail = left.subarray(700)
      const isWhole = tail.length === 1400 && tail.every(byte => byte === 2)
      const hasHole = tail.includes(0)
      outcomes.add(isWhole ? 'whole' : hasHole ? 'hole' : tail.length === 0 ? 'nothing' : 'cut')
    }
    expect(outcomes).toContain('whole')
    expect(outcomes).toContain('hole')
    expect(outcomes).toContain('cut')
  })

  it('leaves the old or the new file when a cut hits writeAtomic', async () => {
    const left = new Set<string>()
    for (let seed = 0; seed < 30; seed++) {
      for (const phase of ['before', 'torn', 'after'] as const) {
        const prng = makePrng(`atomic ${seed}`)
        const disk: SimDisk = new SimDisk({
          random: () => prng.float(),
          onPersist: (op, at) => {
            if (op.index === 1 && at === phase) disk.crash()
          }
        })
        const { fileSystem } = mountSimDisk(disk)
        await fileSystem.writeAtomic('/s', Buffer.from('old'))
        void fileSystem.writeAtomic('/s', Buffer.from('new'))
        await new Promise(resolve => setImmediate(resolve))
        left.add(`${phase} ${Buffer.from((await mountSimDisk(disk).fileSystem.read('/s'))!)}`)
      }
    }
    expect([...left].sort()).toEqual(['after new', 'before old', 'torn new', 'torn old'])
  })

  it('may bring back a removed file, but not once the directory was synced', async () => {
    const seen = new Set<boolean>()
    for (let seed = 0; seed < 20; seed++) {
      const prng = makePrng(`remove ${seed}`)
      const disk = new SimDisk({ random: () => prng.float() })
      const { fileSystem } = mountSimDisk(disk)
      await fileSystem.writeAtomic('/a', Uint8Array.of(1))
      await fileSystem.writeAtomic('/b', Uint8Array.of(1))
      await fileSystem.remove('/a')
      await fileSystem.writeAtomic('/c', Uint8Array.of(1))
      await fileSystem.remove('/b')
      disk.crash()
      const again = mountSimDisk(disk).fileSystem
      expect(await again.read('/a')).toBeNull()
      expect(await again.read('/c')).not.toBeNull()
      seen.add((await again.read('/b')) !== null)
    }
    expect(seen.size).toBe(2)
  })

  it('makes every port of a crashed incarnation inert', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    const mount = mountSimDisk(disk)
    const store = mount.openKeyValueStore('/db')
    const file = await mount.fileSystem.openAppend('/f')
    disk.crash()
    file.append(Uint8Array.of(1))
    const count = disk.persistCount
    for (const promise of [
      store.batch([put(1)], { sync: true }),
      store.close(),
      file.sync(),
      file.close(),
      mount.fileSystem.read('/f'),
      mount.fileSystem.writeAtomic('/g', Uint8Array.of(1)),
      mount.fileSystem.openAppend('/h'),
      mount.fileSystem.list('/')
    ]) {
      expect(await isSettled(promise)).toBe(false)
    }
    expect(disk.persistCount).toBe(count)
    expect([...disk.files.keys()]).toEqual(['/f'])
    const again = mountSimDisk(disk)
    expect(again.openKeyValueStore('/db').get(Uint8Array.of(1))).toBeUndefined()
  })

  it('tells of every operation before, within and after it', async () => {
    const told: string[] = []
    const onPersist = ({ index, label, path }: PersistOp, phase: PersistPhase): void => {
      told.push(`${index} ${label} ${path} ${phase}`)
    }
    const mount = mountSimDisk(new SimDisk({ random: () => 0.5, onPersist }))
    const store = mount.openKeyValueStore('/db')
    await store.batch([put(1)], { sync: true })
    await mount.fileSystem.writeAtomic('/f', Uint8Array.of(1))
    expect(told).toEqual([
      '0 batchSync /db before',
      '0 batchSync /db torn',
      '0 batchSync /db after',
      '1 writeAtomic /f before',
      '1 writeAtomic /f torn',
      '1 writeAtomic /f after'
    ])
  })

  it('injects errors: the database takes no more writes, and the batch that failed may be there later', async () => {
    const present = new Set<boolean>()
    for (let seed = 0; seed < 20; seed++) {
      const prng = makePrng(`fault ${seed}`)
      const disk = new SimDisk({ random: () => prng.float(), fault: op => (op.index === 1 ? 'EIO' : null) })
      const store = mountSimDisk(disk).openKeyValueStore('/db')
      await store.batch([put(1)], { sync: true })
      await expect(store.batch([put(2)], { sync: true })).rejects.toMatchObject({ code: 'IO' })
      expect(store.get(Uint8Array.of(2))).toBeUndefined()
      await expect(store.batch([put(3)], { sync: true })).rejects.toMatchObject({ code: 'IO' })
      disk.crash()
      const left = mountSimDisk(disk).openKeyValueStore('/db')
      expect(left.get(Uint8Array.of(1))).toBeDefined()
      expect(left.get(Uint8Array.of(3))).toBeUndefined()
      present.add(left.get(Uint8Array.of(2)) !== undefined)
    }
    expect(present.size).toBe(2)
  })

  it('runs full', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    disk.freeBytes = 10
    const { fileSystem } = mountSimDisk(disk)
    await fileSystem.writeAtomic('/a', new Uint8Array(8))
    await expect(fileSystem.writeAtomic('/b', new Uint8Array(8))).rejects.toMatchObject({ code: 'NO_SPACE' })
    expect(await fileSystem.read('/b')).toBeNull()
  })

  it('forks into disks that go separate ways', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    const mount = mountSimDisk(disk)
    const store = mount.openKeyValueStore('/db')
    await store.batch([put(1)], { sync: true })
    await mount.fileSystem.writeAtomic('/f', Uint8Array.of(1))
    const fork = disk.fork({ random: () => 0.5 })
    await store.batch([put(2)], { sync: true })
    await mount.fileSystem.writeAtomic('/f', Uint8Array.of(2))
    const other = mountSimDisk(fork)
    expect(other.openKeyValueStore('/db').get(Uint8Array.of(2))).toBeUndefined()
    expect([...(await other.fileSystem.read('/f'))!]).toEqual([1])
  })

  it('locks a database while it is open, and can have damaged values', async () => {
    const disk = new SimDisk({ random: () => 0.5 })
    const mount = mountSimDisk(disk)
    const store = mount.openKeyValueStore('/db')
    expect(() => mount.openKeyValueStore('/db')).toThrowError(expect.objectContaining({ code: 'LOCKED' }))
    await store.batch([put(1)], { sync: true })
    await store.close()
    const again = mount.openKeyValueStore('/db')
    disk.databases.get('/db')!.damagedKeys.add('01')
    expect(() => again.get(Uint8Array.of(1))).toThrowError(expect.objectContaining({ code: 'CORRUPT' }))
    await again.close()
    disk.databases.get('/db')!.isCorrupt = true
    expect(() => mount.openKeyValueStore('/db')).toThrowError(expect.objectContaining({ code: 'CORRUPT' }))
  })
})
