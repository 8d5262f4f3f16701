import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NodeFileSystem, syncLabelOf } from '../../../src/blockstore/index.ts'
import { countingMetrics } from '../../support/counting-metrics.ts'

describe('file system on a real disk', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pnyx-fs-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('gives files the mode asked for, whatever the umask and a file left over', async () => {
    const fs = new NodeFileSystem()
    const path = join(directory, 'key.json')
    await writeFile(`${path}.tmp0`, 'left over', { mode: 0o666 })
    await chmod(`${path}.tmp0`, 0o666)
    await fs.writeAtomic(path, Buffer.from('secret'), 0o600)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await fs.writeAtomic(path, Buffer.from('open'), 0o644)
    expect((await stat(path)).mode & 0o777).toBe(0o644)
    const file = await fs.openAppend(join(directory, 'wal'))
    await file.close()
    expect((await stat(join(directory, 'wal'))).mode & 0o777).toBe(0o600)
    await fs.makeDirectory(join(directory, 'a/b'))
    expect((await stat(join(directory, 'a/b'))).mode & 0o777).toBe(0o700)
  })

  it('counts syncs by what is synced, one for callers that wait together', async () => {
    const metrics = countingMetrics()
    const fs = new NodeFileSystem({ metrics })
    const count = (what: string): number => metrics.count('storage_fsyncs_total', { what })
    const file = await fs.openAppend(join(directory, 'wal'))
    // Creating the file synced its directory.
    expect(count('wal')).toBe(1)
    file.append(Buffer.from('a'))
    await file.sync()
    expect(count('wal')).toBe(2)
    await file.sync()
    expect(count('wal')).toBe(2)
    file.append(Buffer.from('b'))
    await Promise.all(Array.from({ length: 30 }, () => file.sync()))
    expect(count('wal')).toBe(3)
    await file.close()
    await fs.writeAtomic(join(directory, 'priv_validator_state.json'), Buffer.from('{}'), 0o600)
    expect(count('sign_state')).toBe(2)
  })

  it('names what is synced', () => {
    expect(syncLabelOf('/h/data/cs.wal/wal')).toBe('wal')
    expect(syncLabelOf('/h/data/cs.wal/wal.003')).toBe('wal')
    expect(syncLabelOf('/h/data/priv_validator_state.json')).toBe('sign_state')
    expect(syncLabelOf('/h/data/blocks/00000001.seg')).toBe('block_segment')
    expect(syncLabelOf('/h/config/genesis.json')).toBe('file')
  })

  it('tells a full disk and keeps failing, so that nobody signs on', async () => {
    const fs = new NodeFileSystem()
    const full = join(directory, 'full')
    await symlink('/dev/full', full)
    const file = await fs.openAppend(full)
    file.append(Buffer.from('a'))
    await expect(file.sync()).rejects.toMatchObject({ code: 'NO_SPACE' })
    file.append(Buffer.from('b'))
    await expect(file.sync()).rejects.toMatchObject({ code: 'NO_SPACE' })
    await expect(file.close()).rejects.toMatchObject({ code: 'NO_SPACE' })
  })

  it('wraps what the system refuses, with the cause', async () => {
    const fs = new NodeFileSystem()
    const isDirectory = join(directory, 'd')
    await mkdir(isDirectory)
    for (const attempt of [
      () => fs.read(isDirectory),
      () => fs.writeAtomic(isDirectory, Buffer.from('x')),
      () => fs.openAppend(isDirectory),
      () => fs.openAppend(join(directory, 'none/file')),
      () => fs.remove(isDirectory),
      () => fs.list(join(directory, 'd/../..', 'nowhere', '\u0000'))
    ]) {
      const error = await attempt().then(
        () => null,
        (thrown: unknown) => thrown
      )
      expect(error).toMatchObject({ name: 'BlockStoreError', code: 'IO' })
      expect((error as Error).cause).toBeInstanceOf(Error)
    }
  })
})
