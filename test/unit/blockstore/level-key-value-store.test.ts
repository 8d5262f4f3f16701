import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LevelKeyValueStore } from '../../../src/blockstore/index.ts'
import { makePrng } from '../../../src/sim/prng.ts'
import { countingMetrics } from '../../support/counting-metrics.ts'

const key = (n: number): Uint8Array => Uint8Array.of(1, n)
const fill = (count: number, bytes = 500) =>
  Array.from(
    { length: count },
    (_, n) => ({ type: 'put', key: key(n), value: new Uint8Array(bytes).fill(n + 1) }) as const
  )

describe('LevelDB store', () => {
  let directory: string
  let path: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pnyx-level-'))
    path = join(directory, 'chain.db')
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('refuses a database that is open already, naming it and what to do', async () => {
    const store = await LevelKeyValueStore.open({ path })
    await expect(LevelKeyValueStore.open({ path })).rejects.toMatchObject({
      code: 'LOCKED',
      message: `another process is using ${path}: stop it, or run this node with another home directory`
    })
    await store.close()
    await (await LevelKeyValueStore.open({ path })).close()
  })

  it('refuses a database that another process holds, and opens it when that was killed', async () => {
    const script = `import { ClassicLevel } from 'classic-level'
      const db = new ClassicLevel(process.argv[1]); await db.open(); console.log('open'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      cwd: process.cwd(),
      stdio: ['ignore', 'pipe', 'inherit']
    })
    await new Promise(resolve => child.stdout.once('data', resolve))
    await expect(LevelKeyValueStore.open({ path })).rejects.toMatchObject({ code: 'LOCKED' })
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    await (await LevelKeyValueStore.open({ path })).close()
  })

  it('reports damaged files of the database', async () => {
    const store = await LevelKeyValueStore.open({ path })
    await store.batch(fill(5), { sync: true })
    await store.close()
    await writeFile(join(path, 'CURRENT'), '')
    await expect(LevelKeyValueStore.open({ path })).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  it('never gives a value whose bits flipped in a table', async () => {
    // Values that do not compress lie in the table as they are, and LevelDB itself would not notice.
    const prng = makePrng('values')
    const values = Array.from({ length: 50 }, () => Uint8Array.from({ length: 900 }, () => prng.int(256)))
    const first = await LevelKeyValueStore.open({ path })
    await first.batch(
      values.map((value, n) => ({ type: 'put', key: key(n), value }) as const),
      { sync: true }
    )
    await first.close()
    // Opening moves the log into a table.
    await (await LevelKeyValueStore.open({ path })).close()
    const table = join(path, (await readdir(path)).find(name => name.endsWith('.ldb'))!)
    const bytes = await readFile(table)
    for (const n of [3, 20, 41]) {
      const at = bytes.indexOf(values[n]!)
      expect(at).toBeGreaterThan(0)
      bytes[at + 10 * n]! ^= 1 << (n & 7)
    }
    await writeFile(table, bytes)
    const store = await LevelKeyValueStore.open({ path })
    for (const [n, value] of values.entries()) {
      if ([3, 20, 41].includes(n)) {
        expect(() => store.get(key(n))).toThrowError(expect.objectContaining({ code: 'CORRUPT' }))
      } else expect(Buffer.from(value).equals(store.get(key(n))!)).toBe(true)
    }
    const listing = async (): Promise<void> => {
      for await (const _ of store.entries({}));
    }
    await expect(listing()).rejects.toMatchObject({ code: 'CORRUPT' })
    await store.close()
  })

  it('counts syncs, one for batches that wait together', async () => {
    const metrics = countingMetrics()
    const store = await LevelKeyValueStore.open({ path, metrics, label: 'chain' })
    await store.batch(fill(1), { sync: false })
    expect(metrics.count('storage_fsyncs_total', { what: 'chain' })).toBe(0)
    await store.batch(fill(1), { sync: true })
    expect(metrics.count('storage_fsyncs_total', { what: 'chain' })).toBe(1)
    await Promise.all(Array.from({ length: 40 }, (_, n) => store.batch(fill(n + 1), { sync: true })))
    expect(metrics.count('storage_fsyncs_total', { what: 'chain' })).toBe(2)
    expect(metrics.observed('storage_fsync_seconds')).toBe(2)
    await store.close()
  })
})
