import { describe, expect, it } from 'vitest'
import { mountSimDisk, SimDisk, SimFile } from '../../../src/sim/disk/index.ts'
import { NIL_BLOCK_ID, timestampFromMs, type Vote } from '../../../src/types/index.ts'
import { FileSigner, parseSignState, signJournalPath } from '../../../src/validator/index.ts'
import { testKey } from './support.ts'

const PATH = '/node/data/priv_validator_state.json'
const JOURNAL = signJournalPath(PATH)
const NONE = new Uint8Array(0)

function prevote(height: number): Vote {
  return {
    type: 'prevote',
    height,
    round: 0,
    blockId: NIL_BLOCK_ID,
    timestamp: timestampFromMs(1_700_000_000_123),
    validatorAddress: testKey(1).address,
    validatorIndex: 0,
    signature: NONE,
    extension: NONE,
    extensionSignature: NONE
  }
}

/** A disk that keeps all or nothing of what no sync covers when the power goes. */
function newDisk(keeps: 'all' | 'nothing', onPersist?: () => void): SimDisk {
  return new SimDisk({ random: () => (keeps === 'all' ? 0.99 : 0), ...(onPersist && { onPersist }) })
}

async function signed(disk: SimDisk, ...heights: readonly number[]): Promise<FileSigner> {
  const { fileSystem } = mountSimDisk(disk)
  const signer = disk.files.has(PATH)
    ? await FileSigner.open(testKey(1), fileSystem, PATH)
    : await FileSigner.create(testKey(1), fileSystem, PATH)
  for (const height of heights) expect((await signer.signVote('chain', prevote(height))).ok).toBe(true)
  return signer
}

async function reopened(disk: SimDisk, key = testKey(1)): Promise<FileSigner> {
  return FileSigner.open(key, mountSimDisk(disk).fileSystem, PATH)
}

function heightInFile(disk: SimDisk): number {
  return parseSignState(disk.files.get(PATH)!.content(), PATH).height
}

describe('what was signed last, on disk', () => {
  it('is in the file at once, for whoever copies it when the process is gone', async () => {
    const disk = newDisk('all')
    await signed(disk, 5)
    expect(heightInFile(disk)).toBe(5)
    await signed(disk, 6, 7)
    expect(heightInFile(disk)).toBe(7)
  })

  it('costs one sync a signature', async () => {
    let operations = 0
    const disk = newDisk('nothing', () => operations++)
    const signer = await signed(disk, 5)
    const before = disk.persistCount
    await signer.signVote('chain', prevote(6))
    expect(disk.persistCount - before).toBe(1)
    expect(operations).toBeGreaterThan(0)
  })

  it('outlives a power cut that takes every write no sync covers, in the journal', async () => {
    const disk = newDisk('nothing')
    await signed(disk, 5, 6, 7)
    disk.crash()
    expect(heightInFile(disk)).toBe(0)
    const signer = await reopened(disk)
    expect(signer.last.height).toBe(7)
    expect(heightInFile(disk)).toBe(7)
    expect((await signer.signVote('chain', prevote(6))).ok).toBe(false)
  })

  it('is the state before when the power goes while a slot is written, whatever is left of the slot', async () => {
    for (const keeps of ['all', 'nothing'] as const) {
      let countdown = Number.POSITIVE_INFINITY
      const disk: SimDisk = newDisk(keeps, () => {
        if (countdown-- === 0) disk.crash()
      })
      const signer = await signed(disk, 5, 6)
      countdown = 1
      void signer.signVote('chain', prevote(7))
      await new Promise(resolve => setImmediate(resolve))
      expect((await reopened(disk)).last.height).toBe(keeps === 'all' ? 7 : 6)
    }
  })

  it('falls back to the other slot when one is damaged', async () => {
    const disk = newDisk('nothing')
    await signed(disk, 5, 6)
    disk.crash()
    // Slots are written in turn: 6 stands in the second.
    disk.flipBit(JOURNAL, (4096 + 40) * 8)
    expect((await reopened(disk)).last.height).toBe(5)
  })

  it('is what the file says when it came from a machine that signed later', async () => {
    const disk = newDisk('nothing')
    await signed(disk, 5)
    const other = newDisk('nothing')
    await signed(other, 50)
    disk.files.set(PATH, new SimFile(other.files.get(PATH)!.content()))
    const signer = await reopened(disk)
    expect(signer.last.height).toBe(50)
    await signer.signVote('chain', prevote(51))
    disk.crash()
    expect((await reopened(disk)).last.height).toBe(51)
  })

  it('is not taken from the journal of another key', async () => {
    const disk = newDisk('nothing')
    await signed(disk, 5)
    disk.files.set(PATH, new SimFile(Buffer.from('{"height":"0","round":0,"step":0}')))
    expect((await reopened(disk, testKey(2))).last.height).toBe(0)
    expect((await reopened(disk)).last.height).toBe(5)
  })

  it('is refused when the file is missing or damaged, whatever the journal says', async () => {
    const disk = newDisk('nothing')
    await signed(disk, 5)
    disk.files.set(PATH, new SimFile(Buffer.from('{"height":"5"')))
    await expect(reopened(disk)).rejects.toMatchObject({ code: 'SIGN_STATE_DAMAGED' })
    disk.files.delete(PATH)
    await expect(reopened(disk)).rejects.toMatchObject({ code: 'SIGN_STATE_MISSING' })
  })

  it('begins anew for a key that is said never to have signed', async () => {
    const disk = newDisk('nothing')
    await signed(disk, 5)
    await FileSigner.create(testKey(1), mountSimDisk(disk).fileSystem, PATH)
    expect((await reopened(disk)).last.height).toBe(0)
  })
})
