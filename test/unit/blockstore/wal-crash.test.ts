import { describe, expect, it } from 'vitest'
import { Wal, type WalRecord } from '../../../src/blockstore/index.ts'
import type { SimMount } from '../../../src/sim/disk/index.ts'
import { type CrashAt, forEveryCrash, stoppedClock } from '../../support/disk.ts'

const DIRECTORY = '/home/data/cs.wal'

const openWal = ({ fileSystem }: SimMount): Promise<Wal> =>
  Wal.open({ fileSystem, directory: DIRECTORY, clock: stoppedClock, maxFileBytes: 3000 })

function note(n: number): WalRecord {
  return { kind: 'note', label: `n${n}`, data: new Uint8Array(20 + ((n * 97) % 900)).fill(1 + (n % 255)) }
}
const isNote = (record: WalRecord, n: number): boolean => record.kind === 'note' && record.label === `n${n}`

describe('write-ahead log and power cuts', () => {
  it('has every flushed record after a cut at any moment, in order, and no invented one', async () => {
    let flushed = 0
    const work = async (mount: SimMount): Promise<void> => {
      flushed = 0
      const wal = await openWal(mount)
      await wal.flush()
      for (let n = 0; n < 24; n++) {
        wal.append(note(n))
        if (n % 4 === 3) {
          await wal.flush()
          flushed = n + 1
        }
      }
      await wal.close()
      flushed = 24
    }
    const check = async (mount: SimMount, at: CrashAt): Promise<void> => {
      const wal = await openWal(mount)
      const label = `crash ${at.phase} ${at.index}`
      const records = await wal.replay(0)
      if (flushed > 0) expect(records, label).not.toBeNull()
      const survived = records ?? []
      expect(survived.length, label).toBeGreaterThanOrEqual(flushed)
      for (const [n, record] of survived.entries())
        expect(isNote(record, n), `${label}, record ${n}`).toBe(true)
      // What is written from here on is read back as well.
      wal.append(note(1000))
      await wal.flush()
      await wal.close()
      const again = await (await openWal(mount)).replay(0)
      if (records !== null) expect(isNote(again!.at(-1)!, 1000), label).toBe(true)
    }
    for (let seed = 0; seed < 12; seed++) {
      expect(await forEveryCrash(`wal ${seed}`, work, check)).toBeGreaterThan(12)
    }
  })

  it('finds the height in progress after a cut at any moment of pruning and rotating', async () => {
    let ended = 0
    const work = async (mount: SimMount): Promise<void> => {
      ended = 0
      const wal = await openWal(mount)
      for (let height = 1; height <= 6; height++) {
        for (let n = 0; n < 6; n++) wal.append(note(n))
        wal.append({ kind: 'endHeight', height })
        await wal.flush()
        ended = height
        await wal.prune(height)
      }
    }
    const check = async (mount: SimMount, at: CrashAt): Promise<void> => {
      const wal = await openWal(mount)
      if (ended > 0) expect(await wal.replay(ended), `crash ${at.phase} ${at.index}`).not.toBeNull()
    }
    for (let seed = 0; seed < 6; seed++) await forEveryCrash(`heights ${seed}`, work, check)
  })
})
