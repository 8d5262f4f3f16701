import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockHome } from '../../../src/config/index.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const home = join(temporaryDirectory(), 'node')

describe('commands for a stopped node', () => {
  it.each(['rollback', 'compact', 'replay', 'reindex-event', 'inspect'])(
    '%s refuses a home without data, and one in use',
    async name => {
      await pnyx(['init', '--chain-id', 'test', '--home', home])
      const empty = await pnyx([name, '--home', home])
      expect(empty).toMatchObject({ code: 1, out: '' })
      expect(empty.notes).toContain('chain.db does not exist')
      const lock = lockHome(join(home, 'pnyx.lock'))
      const used = await pnyx([name, '--home', home])
      lock.release()
      expect(used).toMatchObject({ code: 1, out: '' })
      expect(used.notes).toContain('in use by process')
    }
  )

  it('and for a new one answer in JSON where asked to', async () => {
    const directory = join(temporaryDirectory(), 'json')
    const answer = async (...words: string[]) => {
      const { code, out } = await pnyx([...words, '--home', directory, '--output', 'json'])
      expect(code, out).toBe(0)
      return JSON.parse(out)
    }
    const made = await answer('init', '--chain-id', 'json', '--app', 'kvstore')
    expect(made).toMatchObject({ home: directory, chain_id: 'json', kept: [] })
    expect(made.made).toContain(join('config', 'genesis.json'))
    expect(made.node_id).toMatch(/^[0-9a-f]{40}$/)
    expect((await answer('init')).made).toEqual([])
    expect(await answer('config', 'validate')).toMatchObject({ has_file: true, warnings: [] })
    const dump = join(directory, 'dump')
    expect((await answer('debug', 'dump', dump, '--node', 'tcp://127.0.0.1:1')).files).toContain('errors.txt')
    rmSync(join(directory, 'config', 'node_key.json'))
    expect((await answer('gen-node-key')).node_id).not.toBe(made.node_id)
  })

  it('all show an example', async () => {
    const names = [
      ['rollback'],
      ['compact'],
      ['replay'],
      ['reindex-event'],
      ['diagnose'],
      ['top'],
      ['completion'],
      ['debug', 'dump'],
      ['config', 'set'],
      ['config', 'diff']
    ]
    for (const name of names) expect((await pnyx([...name, '--help'])).out).toMatch(/Example:\n {2}\$ /)
  })
})
