import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import {
  createFile,
  formatNodeKey,
  formatValidatorKey,
  generateKeyPair,
  keyPairFromSeed,
  loadNodeKey,
  loadValidatorKey,
  parseNodeKey,
  parseValidatorKey,
  replaceFile
} from '../../../src/config/index.ts'
import vectors from '../../fixtures/vectors/priv_validator.json' with { type: 'json' }

const directory = mkdtempSync(join(tmpdir(), 'pnyx-keys-'))
afterAll(() => rmSync(directory, { recursive: true }))

const comet = vectors.cases[0]!.json as {
  address: string
  pub_key: object
  priv_key: { type: string; value: string }
}
const cometText = JSON.stringify(comet, null, 2)
const secret = comet.priv_key.value

function validatorKeyWith(change: object): string {
  return JSON.stringify({ ...comet, ...change })
}

describe('priv_validator_key.json', () => {
  it('of CometBFT is read, and written back to the byte', () => {
    const pair = parseValidatorKey(cometText, 'key.json')
    expect(pair.address).toBe('ad7dae5fec609cf02f9bde7d81d0c3cd66141563')
    expect(formatValidatorKey(pair)).toBe(cometText)
  })

  it('survives being written and read, whatever the key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), seed => {
        const pair = keyPairFromSeed(seed)
        expect(parseValidatorKey(formatValidatorKey(pair), 'k')).toEqual(pair)
        expect(parseNodeKey(formatNodeKey(pair), 'k')).toEqual(pair)
      }),
      { numRuns: 20 }
    )
  })

  it('of two kinds of key are not mixed up', () => {
    const pair = generateKeyPair()
    expect(() => parseNodeKey(formatValidatorKey(pair), 'node_key.json')).toThrow(
      'node key file node_key.json'
    )
    expect(() => parseValidatorKey(formatNodeKey(pair), 'k')).toThrow('validator key file k is damaged')
  })

  const other = generateKeyPair()
  const wrongHalf = Buffer.concat([keyPairFromSeed(new Uint8Array(32)).seed, other.publicKey.bytes]).toString(
    'base64'
  )
  it.each([
    ['nothing', '', 'it is empty'],
    ['no JSON', `{"priv_key": "${secret}"`, 'it is not JSON'],
    ['JSON with a stray letter', cometText.replace('"type"', 'type'), 'it is not JSON'],
    ['a list', '[]', 'Invalid input'],
    ['a missing field', validatorKeyWith({ priv_key: undefined }), 'priv_key'],
    ['an extra field', validatorKeyWith({ seed: secret }), 'seed'],
    [
      'a short key',
      validatorKeyWith({ priv_key: { ...comet.priv_key, value: secret.slice(0, 44) } }),
      '64 bytes'
    ],
    [
      'a key with a stray letter',
      validatorKeyWith({ priv_key: { ...comet.priv_key, value: `${secret} ` } }),
      '64 bytes'
    ],
    [
      'a key of another kind',
      validatorKeyWith({ priv_key: { type: 'tendermint/PrivKeySecp256k1', value: secret } }),
      'only ed25519'
    ],
    ['an address of another key', validatorKeyWith({ address: other.address }), 'address does not belong'],
    ['no address', validatorKeyWith({ address: 'A' }), 'expected 40 hex digits'],
    [
      'a public key of another key',
      validatorKeyWith({ pub_key: JSON.parse(formatValidatorKey(other)).pub_key }),
      'pub_key does not belong'
    ],
    [
      'two halves of two keys',
      validatorKeyWith({ priv_key: { ...comet.priv_key, value: wrongHalf } }),
      'two halves of priv_key'
    ]
  ])('with %s is refused in one line that shows no secret', (_, text, reason) => {
    try {
      parseValidatorKey(text, '/h/key.json')
      expect.fail('it was accepted')
    } catch (error) {
      const { message } = error as Error
      expect(message).toContain('validator key file /h/key.json is damaged: ')
      expect(message).toContain(reason)
      expect(message).not.toContain('\n')
      expect(message).not.toContain(secret.slice(4, 12))
    }
  })
})

describe('key files on disk', () => {
  it('are refused when others can read them, with the command that mends it', () => {
    const path = join(directory, 'open.json')
    writeFileSync(path, cometText)
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      chmodSync(path, mode)
      expect(() => loadValidatorKey(path)).toThrow(
        `is open to others (mode 0${mode.toString(8)}); run: chmod 600 ${path}`
      )
    }
    chmodSync(path, 0o600)
    expect(loadValidatorKey(path).address).toBe(comet.address.toLowerCase())
    chmodSync(path, 0o400)
    expect(loadValidatorKey(path).address).toBe(comet.address.toLowerCase())
  })

  it('that are missing say how to make one', () => {
    expect(() => loadValidatorKey(join(directory, 'none.json'))).toThrow('`pnyx init` makes one')
    expect(() => loadNodeKey(join(directory, 'none.json'))).toThrow('`pnyx gen-node-key` makes one')
    expect(() => loadNodeKey(directory)).toThrow('cannot read node key file')
  })

  it('are made closed to others, and never replaced', () => {
    const path = join(directory, 'deep', 'er', 'key.json')
    expect(createFile(path, 'first', 0o600)).toBe(true)
    expect(createFile(path, 'second', 0o600)).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe('first')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'deep')).mode & 0o777).toBe(0o700)
    expect(readdirSync(join(directory, 'deep', 'er'))).toEqual(['key.json'])
  })

  it('can be replaced whole', () => {
    const path = join(directory, 'replaced.json')
    replaceFile(path, 'first', 0o600)
    replaceFile(path, 'second', 0o600)
    expect(readFileSync(path, 'utf8')).toBe('second')
    expect(() => replaceFile(join(path, 'x'), 'third', 0o600)).toThrow('cannot write')
  })
})
