import {
  chmodSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { DirectSecp256k1HdWallet } from '@cosmjs/proto-signing'
import { beforeEach, describe, expect, it } from 'vitest'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
let count = 0
let home: string
beforeEach(() => {
  home = join(directory, `home${count++}`)
})

const PASSPHRASE = 'correct horse battery'
const secrets = [PASSPHRASE, PASSPHRASE]
const keyFile = (name: string) => join(home, 'keys', `${name}.json`)

/** A file that only its owner may read. */
function secretFile(text: string, mode = 0o600): string {
  const path = join(directory, `secret${count++}`)
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

const add = (name: string, ...more: string[]) =>
  pnyx(['keys', 'add', name, '--home', home, ...more], { secrets })

/** Made of these words by CosmJS: all that a wallet would show. */
async function walletOf(words: string, prefix = 'pnyx') {
  const wallet = await DirectSecp256k1HdWallet.fromMnemonic(words, { prefix })
  return (await wallet.getAccounts())[0]!
}

describe('pnyx keys', () => {
  it('add makes a key any wallet makes of the words, which are shown once and kept nowhere', async () => {
    const { code, out, notes } = await add('alice')
    expect(code).toBe(0)
    const words = notes.split('\n').at(-1)!
    expect(words.split(' ')).toHaveLength(24)
    const { address } = await walletOf(words)
    expect(out).toContain(`address: ${address}`)
    expect(out).not.toContain(words)
    const kept = readFileSync(keyFile('alice'), 'utf8')
    // Not in its values: among the names of its fields are words that a mnemonic may have, such as "version".
    const values = kept.replace(/"\w+":/g, '')
    for (const word of words.split(' ').filter(each => each.length > 4)) expect(values).not.toContain(word)
    expect(statSync(keyFile('alice')).mode & 0o777).toBe(0o600)
    expect(statSync(join(home, 'keys')).mode & 0o777).toBe(0o700)
    expect((await pnyx(['keys', 'show', 'alice', '--address', '--home', home])).out).toBe(address)
  })

  it('export gives the secret only for the passphrase, and import takes it elsewhere', async () => {
    const { out } = await add('alice', '--output', 'json')
    const { mnemonic, address } = JSON.parse(out)
    const exported = await pnyx(['keys', 'export', 'alice', '--home', home])
    expect(exported.code).toBe(0)
    const file = secretFile(exported.out)
    const other = join(directory, `home${count++}`)
    const importing = (passphrase: string) =>
      pnyx(['keys', 'import', 'copy', file, '--home', other], { secrets: [passphrase] })
    const wrong = await importing('not the passphrase')
    expect(wrong).toMatchObject({ code: 1, notes: 'pnyx: wrong passphrase for key alice' })
    expect(existsSync(join(other, 'keys'))).toBe(false)
    expect((await importing(PASSPHRASE)).out).toContain(`address: ${address}`)
    const raw = await pnyx(['keys', 'export', 'copy', '--unsafe-hex', '--home', other], { secrets })
    const hdWallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic)
    const [account] = await (
      hdWallet as unknown as { getAccountsWithPrivkeys(): Promise<{ privkey: Uint8Array }[]> }
    ).getAccountsWithPrivkeys()
    expect(raw.out).toBe(Buffer.from(account!.privkey).toString('hex'))
  })

  it('add --recover makes the key of words that are there', async () => {
    const first = JSON.parse((await add('alice', '--output', 'json')).out)
    const words = secretFile(`${first.mnemonic}\n`)
    const again = await add('again', '--mnemonic-file', words, '--output', 'json')
    expect(JSON.parse(again.out)).toEqual({ ...first, name: 'again', mnemonic: undefined })
    const typed = await pnyx(['keys', 'add', 'typed', '--recover', '--home', home], {
      secrets: [first.mnemonic.toUpperCase(), ...secrets]
    })
    expect(typed.out).toContain(first.address)
    const path = ['--hd-path', "m/44'/118'/0'/0/1"]
    const second = await add('second', '--mnemonic-file', words, ...path, '--output', 'json')
    expect(JSON.parse(second.out).address).not.toBe(first.address)
    // Words in another order have the right checksum once in 256 times; these never have.
    const wrong = secretFile(Array(24).fill('abandon').join(' '))
    expect(await add('wrong', '--mnemonic-file', wrong)).toMatchObject({ code: 1, out: '' })
    expect(existsSync(keyFile('wrong'))).toBe(false)
  })

  it('list names all, with addresses as the chain of the home writes them', async () => {
    await pnyx(['init', '--home', home, '--app', 'kvstore'])
    expect((await pnyx(['keys', 'list', '--home', home])).out).toContain('there are no keys')
    await add('bob')
    await add('alice')
    const { out } = await pnyx(['keys', 'list', '--home', home, '--output', 'json', '--prefix', 'other'])
    const keys = JSON.parse(out) as { name: string; address: string }[]
    expect(keys.map(({ name }) => name)).toEqual(['alice', 'bob'])
    expect(keys.every(({ address }) => address.startsWith('other1'))).toBe(true)
  })

  it('delete asks first', async () => {
    await add('alice')
    const refused = await pnyx(['keys', 'delete', 'alice', '--home', home], { answer: 'no' })
    expect(refused.code).toBe(1)
    expect(existsSync(keyFile('alice'))).toBe(true)
    expect((await pnyx(['keys', 'delete', 'alice', '--home', home], { answer: 'alice' })).code).toBe(0)
    expect(existsSync(keyFile('alice'))).toBe(false)
  })

  it('take the passphrase from a file or a descriptor', async () => {
    const file = secretFile(`${PASSPHRASE}\n`)
    expect((await pnyx(['keys', 'add', 'alice', '--home', home, '--passphrase-file', file])).code).toBe(0)
    const descriptor = openSync(file, 'r')
    const args = ['keys', 'export', 'alice', '--unsafe-hex', '--home', home]
    const { code, out } = await pnyx([...args, '--passphrase-fd', `${descriptor}`])
    expect(code).toBe(0)
    expect(out).toMatch(/^[0-9a-f]{64}$/)
  })

  it('never replace a key', async () => {
    await add('alice')
    const before = readFileSync(keyFile('alice'))
    const again = await add('alice')
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.notes).toMatch(/^pnyx: there is a key alice already: [^\n]+$/)
    const file = secretFile((await pnyx(['keys', 'export', 'alice', '--home', home])).out)
    expect((await pnyx(['keys', 'import', 'alice', file, '--home', home], { secrets })).code).toBe(1)
    expect(readFileSync(keyFile('alice'))).toEqual(before)
  })

  const refused: readonly [string, () => string[], string, (readonly string[])?][] = [
    ['a short passphrase', () => ['add', 'x'], 'fewer than 8 characters', ['short', 'short']],
    [
      'two passphrases that differ',
      () => ['add', 'x'],
      'the two passphrases differ',
      [PASSPHRASE, 'something else']
    ],
    ['no passphrase', () => ['add', 'x'], 'nothing was typed', ['']],
    ['nobody to ask', () => ['add', 'x'], 'nobody to ask for the passphrase'],
    [
      'a passphrase file open to others',
      () => ['add', 'x', '--passphrase-file', secretFile(PASSPHRASE, 0o644)],
      'chmod 600'
    ],
    ['an empty passphrase file', () => ['add', 'x', '--passphrase-file', secretFile('\n')], 'it is empty'],
    [
      'two lines of passphrase',
      () => ['add', 'x', '--passphrase-file', secretFile('one line\ntwo\n')],
      'more than one line'
    ],
    [
      'no passphrase file',
      () => ['add', 'x', '--passphrase-file', join(directory, 'none')],
      'there is no passphrase file'
    ],
    [
      'a descriptor nobody opened',
      () => ['add', 'x', '--passphrase-fd', '999'],
      'cannot read descriptor 999'
    ],
    ['a name that is a path', () => ['add', '../x'], 'a key is named by'],
    ['an empty name', () => ['add', ''], 'a key is named by'],
    ['words open to others', () => ['add', 'x', '--mnemonic-file', secretFile('a b c', 0o640)], 'chmod 600'],
    ['a key that is not there', () => ['show', 'nobody'], 'there is no key file'],
    ['deleting what is not there', () => ['delete', 'nobody', '--yes'], 'there is no key file'],
    ['a prefix with capitals', () => ['list', '--prefix', 'Abc'], '--prefix Abc'],
    ['a path that is none', () => ['add', 'x', '--hd-path', '44/118'], '--hd-path 44/118']
  ]
  it.each(refused)('refuse %s in one line, and write nothing', async (_name, args, words, typed) => {
    const world = typed === undefined ? {} : { secrets: typed }
    const { code, out, notes } = await pnyx(['keys', ...args(), '--home', home], world)
    expect([1, 64]).toContain(code)
    expect(out).toBe('')
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(notes).toContain(words)
    expect(existsSync(join(home, 'keys'))).toBe(false)
  })

  it('refuse a key file that is open to others, damaged, or of another key', async () => {
    await add('alice')
    const show = () => pnyx(['keys', 'show', 'alice', '--home', home])
    const text = readFileSync(keyFile('alice'), 'utf8')
    chmodSync(keyFile('alice'), 0o640)
    expect((await show()).notes).toContain(`chmod 600 ${keyFile('alice')}`)
    chmodSync(keyFile('alice'), 0o600)
    const changes: readonly [string, string][] = [
      ['', 'it is empty'],
      [text.slice(0, 50), 'it is not JSON'],
      [text.replace('131072', '131073'), 'power of two'],
      [text.replace('131072', '1048576').replace('"r": 8', '"r": 32'), 'too much memory'],
      [text.replace('"alice"', '"bob"'), 'it is of the key bob']
    ]
    for (const [changed, words] of changes) {
      writeFileSync(keyFile('alice'), changed)
      const { code, notes } = await show()
      expect(code).toBe(1)
      expect(notes).toContain(words)
    }
  })

  it('notice when what can be read of a key file was changed', async () => {
    await add('alice')
    await add('bob')
    const read = (name: string) => JSON.parse(readFileSync(keyFile(name), 'utf8'))
    writeFileSync(keyFile('alice'), JSON.stringify({ ...read('alice'), public_key: read('bob').public_key }))
    const { code, notes } = await pnyx(['keys', 'export', 'alice', '--unsafe-hex', '--home', home], {
      secrets
    })
    expect(code).toBe(1)
    expect(notes).toContain('wrong passphrase')
  })

  it('leave other files of their directory alone', async () => {
    mkdirSync(join(home, 'keys'), { recursive: true })
    writeFileSync(join(home, 'keys', 'notes.txt'), 'mine')
    await add('alice')
    expect(readdirSync(join(home, 'keys')).sort()).toEqual(['alice.json', 'notes.txt'])
    expect((await pnyx(['keys', 'list', '--home', home])).code).toBe(0)
  })
})
