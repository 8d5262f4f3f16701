import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseGenesis } from '../../../src/types/index.ts'
import vectors from '../../fixtures/vectors/genesis.json' with { type: 'json' }
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
let count = 0
let home: string
let file: string
beforeEach(async () => {
  home = join(directory, `home${count++}`)
  file = join(home, 'config', 'genesis.json')
  await pnyx(['init', '--chain-id', 'gen', '--app', 'kvstore', '--home', home])
})

const KEY = 'AT/+aaL1eB0477Mud9JMm8Sh8BIvOYlPGC9KkIUmFaE='
const ADDRESS = 'A3258DCBF45DCA0DF052981870F2D1441A36D145'

describe('pnyx genesis', () => {
  it('hash is that of the bytes, whatever they are', async () => {
    const bytes = Buffer.concat([readFileSync(file), Buffer.from('\n\n')])
    writeFileSync(file, bytes)
    const { out } = await pnyx(['genesis', 'hash', '--home', home])
    expect(out).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect((await pnyx(['genesis', 'hash', file])).out).toBe(out)
  })

  it('validate prints what the file says', async () => {
    const { code, out } = await pnyx(['genesis', 'validate', '--output', 'json', '--home', home])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      chain_id: 'gen',
      initial_height: '1',
      total_power: '10',
      validators: [{ power: '10' }]
    })
    expect((await pnyx(['genesis', 'validate', file])).out).toContain('chain_id: gen')
  })

  const given = vectors.cases.filter(one => 'json_text' in one)
  it.each(given.map(one => [one.name, one] as const))(
    'validate judges as CometBFT does: %s',
    async (_, one) => {
      writeFileSync(file, one.json_text!)
      const { code, notes } = await pnyx(['genesis', 'validate', '--home', home])
      expect(code).toBe(one.expect_error ? 1 : 0)
      if (one.expect_error) expect(notes).toMatch(/^pnyx: genesis file [^\n]+$/)
    }
  )

  it('validate speaks of sets that bear no fault', async () => {
    await pnyx(['genesis', 'add-validator', '--pub-key', KEY, '--power', '90', '--home', home])
    const { notes } = await pnyx(['genesis', 'validate', '--home', home])
    expect(notes).toContain(`${ADDRESS} has a third of the power or more`)
    expect(notes).toContain('4 are the fewest')
  })

  it('add-validator adds one, by base64 or by JSON', async () => {
    const { code, out } = await pnyx([
      'genesis',
      'add-validator',
      '--pub-key',
      KEY,
      '--power',
      '7',
      '--name',
      'bob',
      '--home',
      home
    ])
    expect(code).toBe(0)
    expect(out).toContain(`added ${ADDRESS} with power 7`)
    expect(out).toContain((await pnyx(['genesis', 'hash', '--home', home])).out)
    expect(parseGenesis(readFileSync(file, 'utf8')).validators[1]).toMatchObject({ power: 7n, name: 'bob' })
    const other = join(directory, 'other')
    await pnyx(['init', '--home', other])
    const json = (await pnyx(['show-validator', '--home', other])).out
    await pnyx(['genesis', 'add-validator', '--pub-key', json, '--home', home])
    expect(parseGenesis(readFileSync(file, 'utf8')).validators).toHaveLength(3)
  })

  it('add-validator keeps what the application says as it is', async () => {
    const appState = '{"b": 1.50,  "a": [ ]}'
    const text = readFileSync(file, 'utf8').replace(/\n}\s*$/, `,\n  "app_state": ${appState}\n}`)
    writeFileSync(file, text)
    await pnyx(['genesis', 'add-validator', '--pub-key', KEY, '--home', home])
    expect(readFileSync(file, 'utf8')).toContain(appState)
  })

  it('add-validator refuses the same one twice, and a chain that has blocks', async () => {
    const { notes } = await pnyx(['genesis', 'add-validator', '--home', home])
    expect(notes).toContain('is a validator of this genesis already')
    mkdirSync(join(home, 'data', 'pnyx.db'))
    const before = readFileSync(file, 'utf8')
    const { code, notes: refusal } = await pnyx([
      'genesis',
      'add-validator',
      '--pub-key',
      KEY,
      '--home',
      home
    ])
    expect(code).toBe(1)
    expect(refusal).toContain('its genesis cannot change any more')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it.each([
    [['--pub-key', 'AAAA']],
    [['--pub-key', `${KEY.slice(0, -2)}F=`]],
    [['--pub-key', '{"type":"tendermint/PubKeySr25519","value":"AAAA"}']],
    [['--pub-key', '{']],
    [['--pub-key', KEY, '--power', '0']],
    [['--pub-key', KEY, '--power', '-1']],
    [['--pub-key', KEY, '--power', '1152921504606846976']]
  ])('add-validator %j is refused', async args => {
    const before = readFileSync(file, 'utf8')
    const { code, notes } = await pnyx(['genesis', 'add-validator', ...args, '--home', home])
    expect(code).toBe(64)
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })
})
