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
