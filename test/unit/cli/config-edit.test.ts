import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const home = join(temporaryDirectory(), 'node')
const file = join(home, 'config', 'config.toml')

function write(text: string): void {
  mkdirSync(join(home, 'config'), { recursive: true })
  writeFileSync(file, text)
}

const set = (name: string, value: string) => pnyx(['config', 'set', name, value, '--home', home])

describe('config set', () => {
  it.each([
    [
      'a key that is there',
      '[rpc]\n# mine\nladdr = "" # off\n\n[p2p]\n',
      '[rpc]\n# mine\nladdr = "tcp://127.0.0.1:1"\n\n[p2p]\n'
    ],
    ['a key that is not', '[rpc]\nunsafe = true\n', '[rpc]\nladdr = "tcp://127.0.0.1:1"\nunsafe = true\n'],
    ['a section that is not', 'moniker = "a"\n', 'moniker = "a"\n\n[rpc]\nladdr = "tcp://127.0.0.1:1"\n'],
    [
      'a key of the same name elsewhere',
      '[p2p]\nladdr = "tcp://127.0.0.1:2"\n[rpc]\n',
      '[p2p]\nladdr = "tcp://127.0.0.1:2"\n[rpc]\nladdr = "tcp://127.0.0.1:1"\n'
    ]
  ])('changes %s and nothing else', async (_name, before, after) => {
    write(before)
    expect(await set('rpc.laddr', 'tcp://127.0.0.1:1')).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(after)
  })

  it('replaces a list of several lines', async () => {
    write('[rpc]\ncors_allowed_origins = [\n  "https://a",\n  "https://b"\n]\nunsafe = false\n')
    expect(await set('rpc.cors_allowed_origins', 'https://c,https://d')).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(
      '[rpc]\ncors_allowed_origins = ["https://c", "https://d"]\nunsafe = false\n'
    )
  })

  it('leaves the file alone when the setting or its value is wrong', async () => {
    write('moniker = "a"\n')
    expect(await set('rpc.ladr', 'x')).toMatchObject({
      code: 64,
      notes: expect.stringContaining('no setting rpc.ladr')
    })
    expect(await set('consensus.timeout_commit', 'soon')).toMatchObject({ code: 64 })
    expect(readFileSync(file, 'utf8')).toBe('moniker = "a"\n')
  })

  it('sets one of two that go together, and keeps a password to itself', async () => {
    write('[tx_index]\n')
    const url = 'postgresql://pnyx:hidden@127.0.0.1:5432/chain'
    expect(await set('tx_index.indexer', 'psql')).toMatchObject({
      code: 1,
      notes: expect.stringContaining('the psql connection settings cannot be empty')
    })
    expect(await set('tx_index.psql-conn', url)).toMatchObject({ code: 0 })
    expect(await set('tx_index.indexer', 'psql')).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(`[tx_index]\nindexer = "psql"\npsql-conn = "${url}"\n`)
    for (const output of ['text', 'json']) {
      for (const command of ['show', 'diff']) {
        const { out } = await pnyx(['config', command, '--home', home, '--output', output])
        expect(out).toContain('(set)')
        expect(out).not.toContain('hidden')
      }
    }
  })

  it('is seen by diff', async () => {
    write('moniker = "a"\n')
    await set('consensus.timeout_commit', '70ms')
    const { out } = await pnyx(['config', 'diff', '--home', home])
    expect(out).toContain('timeout_commit = "70ms"')
    expect(out).not.toContain('timeout_propose')
  })
})
