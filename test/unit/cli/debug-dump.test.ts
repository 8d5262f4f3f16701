import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
const home = join(directory, 'node')
const nobody = ['--node', 'tcp://127.0.0.1:1']

describe('debug dump', () => {
  it('writes what can be had, says what cannot, and gives away no key', async () => {
    await pnyx(['init', '--chain-id', 'dumped', '--home', home])
    const target = join(directory, 'dump')
    const url = 'postgresql://pnyx:hidden@127.0.0.1:5432/chain'
    expect(await pnyx(['config', 'set', 'tx_index.psql-conn', url, '--home', home])).toMatchObject({
      code: 0
    })
    expect(await pnyx(['debug', 'dump', target, '--home', home, ...nobody])).toMatchObject({ code: 0 })
    const names = readdirSync(target)
    expect(names.sort()).toEqual(['errors.txt', 'genesis.json', 'home.json', 'machine.json', 'settings.toml'])
    const read = (name: string): string => readFileSync(join(target, name), 'utf8')
    expect(read('errors.txt')).toMatch(/^status\.json: no node answers at /)
    expect(JSON.parse(read('genesis.json'))).toMatchObject({ chain_id: 'dumped', validators: 1 })
    expect(read('settings.toml')).toContain('tx_index.psql-conn = "(set)"')
    for (const name of names) expect(read(name)).not.toContain('hidden')
    expect(read('home.json')).toContain('config/priv_validator_key.json')
    for (const file of ['priv_validator_key.json', 'node_key.json']) {
      const { priv_key: key } = JSON.parse(readFileSync(join(home, 'config', file), 'utf8'))
      expect(key.value).toHaveLength(88)
      for (const name of names) expect(read(name)).not.toContain(key.value)
    }
  })

  it('does not write into a directory that is there', async () => {
    expect(await pnyx(['debug', 'dump', directory, '--home', home, ...nobody])).toMatchObject({ code: 1 })
  })
})
