import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FileSystem } from '../../src/blockstore/index.ts'

export interface FileSystemBed {
  readonly fileSystem: FileSystem
  /** An existing directory, absolute. */
  readonly directory: string
  cleanUp(): Promise<void>
}

const text = (value: string): Uint8Array => Buffer.from(value)

/** What every implementation of the FileSystem port must do. */
export function fileSystemContract(name: string, makeBed: () => Promise<FileSystemBed>): void {
  describe(`FileSystem contract: ${name}`, () => {
    let bed: FileSystemBed
    let fs: FileSystem
    let path: string
    beforeEach(async () => {
      bed = await makeBed()
      fs = bed.fileSystem
      path = `${bed.directory}/file`
    })
    afterEach(() => bed.cleanUp())

    const content = async (of = path): Promise<string | null> => {
      const bytes = await fs.read(of)
      return bytes === null ? null : Buffer.from(bytes).toString()
    }

    it('reads null where there is no file', async () => {
      expect(await fs.read(path)).toBeNull()
      expect(await fs.readRange(path, 0, 1)).toBeNull()
    })

    it('writes whole files and replaces them, leaving nothing else behind', async () => {
      await fs.writeAtomic(path, text('one'), 0o600)
      await fs.writeAtomic(path, text('second'))
      expect(await content()).toBe('second')
      expect(await fs.list(bed.directory)).toEqual(['file'])
    })

    it('lets writes of one file at the same time each be whole', async () => {
      const texts = ['aaaa', 'bb', 'cccccc']
      await Promise.all(texts.map(value => fs.writeAtomic(path, text(value))))
      expect(texts).toContain(await content())
    })

    it('reads ranges, short at the end of the file', async () => {
      await fs.writeAtomic(path, text('0123456789'))
      const range = async (offset: number, length: number): Promise<string> =>
        Buffer.from((await fs.readRange(path, offset, length))!).toString()
      expect(await range(0, 3)).toBe('012')
      expect(await range(7, 3)).toBe('789')
      expect(await range(8, 9)).toBe('89')
      expect(await range(20, 1)).toBe('')
    })

    it('appends behind what is there', async () => {
      const first = await fs.openAppend(path)
      expect(first.size).toBe(0)
      first.append(text('ab'))
      first.append(text('c'))
      expect(first.size).toBe(3)
      await first.sync()
      expect(await content()).toBe('abc')
      await first.close()
      const second = await fs.openAppend(path)
      expect(second.size).toBe(3)
      second.append(text('d'))
      await second.sync()
      await second.close()
      expect(await content()).toBe('abcd')
    })

    it('serves callers of sync that wait together', async () => {
      const file = await fs.openAppend(path)
      const waits: Promise<void>[] = []
      for (let i = 0; i < 20; i++) {
        file.append(text(String(i % 10)))
        waits.push(file.sync())
      }
      await Promise.all(waits)
      await file.sync()
      expect(await content()).toBe('01234567890123456789')
      await file.close()
    })

    it('writes on close what was not synced', async () => {
      const file = await fs.openAppend(path)
      file.append(text('kept'))
      await file.close()
      await file.close()
      expect(await content()).toBe('kept')
      expect(() => file.append(text('x'))).toThrowError(expect.objectContaining({ code: 'CLOSED' }))
      await expect(file.sync()).rejects.toMatchObject({ code: 'CLOSED' })
    })

    it('keeps zeros written ahead out of the size, and cuts them on close', async () => {
      const file = await fs.openAppend(path, { preallocateBytes: 1000 })
      file.append(text('abc'))
      await file.sync()
      expect(file.size).toBe(3)
      expect((await content())!.startsWith('abc')).toBe(true)
      file.append(text('de'))
      await file.sync()
      await file.close()
      expect(await content()).toBe('abcde')
    })

    it('holds appends larger than any buffer', async () => {
      const file = await fs.openAppend(path)
      const chunk = new Uint8Array(700_000).fill(7)
      for (let i = 0; i < 4; i++) file.append(chunk)
      await file.sync()
      await file.close()
      expect((await fs.read(path))!.every(byte => byte === 7)).toBe(true)
      expect((await fs.read(path))!.length).toBe(2_800_000)
    })

    it('overwrites in place, seen by every reader at once', async () => {
      await fs.writeAtomic(path, text('abcdef'))
      const file = await fs.openInPlace(path)
      file.write(2, text('XY'))
      expect(await content()).toBe('abXYef')
      file.write(0, text('12'))
      await file.sync()
      expect(await content()).toBe('12XYef')
      await file.close()
      await file.close()
      expect(() => file.write(0, text('x'))).toThrowError(expect.objectContaining({ code: 'CLOSED' }))
      await expect(file.sync()).rejects.toMatchObject({ code: 'CLOSED' })
      await expect(fs.openInPlace(`${path}-none`)).rejects.toMatchObject({ code: 'IO' })
    })

    it('truncates', async () => {
      await fs.writeAtomic(path, text('abcdef'))
      await fs.truncate(path, 2)
      expect(await content()).toBe('ab')
      await expect(fs.truncate(`${path}-none`, 0)).rejects.toMatchObject({ code: 'IO' })
    })

    it('removes, also what is not there', async () => {
      await fs.writeAtomic(path, text('a'))
      await fs.remove(path)
      await fs.remove(path)
      expect(await fs.read(path)).toBeNull()
    })

    it('renames over another file', async () => {
      await fs.writeAtomic(path, text('new'))
      await fs.writeAtomic(`${path}2`, text('old'))
      await fs.rename(path, `${path}2`)
      expect(await fs.read(path)).toBeNull()
      expect(await content(`${path}2`)).toBe('new')
      await expect(fs.rename(path, `${path}3`)).rejects.toMatchObject({ code: 'IO' })
    })

    it('lists the files of a directory, sorted, without those below', async () => {
      const below = `${bed.directory}/a/b`
      await fs.makeDirectory(below)
      await fs.makeDirectory(below)
      await fs.writeAtomic(`${below}/inner`, text(''))
      for (const name of ['z', 'm', 'b']) await fs.writeAtomic(`${bed.directory}/${name}`, text(''))
      expect(await fs.list(bed.directory)).toEqual(['b', 'm', 'z'])
      expect(await fs.list(below)).toEqual(['inner'])
      expect(await fs.list(`${bed.directory}/none`)).toEqual([])
    })
  })
}
