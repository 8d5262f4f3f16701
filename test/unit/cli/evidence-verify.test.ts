import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { evidenceToJson } from '../../../src/rpc/json/evidence.ts'
import { validatorToJson } from '../../../src/rpc/json/validators.ts'
import { evidenceHash, genesisToJson } from '../../../src/types/index.ts'
import { makeTestChain } from '../rpc/support/synthetic-chain.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const HEIGHT = 5
const chain = makeTestChain()
const evidence = chain.duplicateVote(HEIGHT)
const set = chain.at(HEIGHT)!.validators
const directory = temporaryDirectory()
const file = (name: string) => join(directory, name)
const answerOf = (height: number, validators = set.validators) => ({
  block_height: String(height),
  validators: validators.map(validatorToJson),
  count: String(validators.length),
  total: '4'
})

function write(name: string, value: unknown): string {
  writeFileSync(file(name), typeof value === 'string' ? value : JSON.stringify(value))
  return file(name)
}

beforeAll(() => {
  write('genesis.json', genesisToJson(chain.genesis))
  write('validators.json', answerOf(HEIGHT))
})

function verify(value: unknown, validators = file('validators.json'), ...more: string[]) {
  const path = write('evidence.json', value)
  return pnyx([
    'evidence',
    'verify',
    path,
    '--genesis',
    file('genesis.json'),
    '--validators',
    validators,
    ...more
  ])
}

/** JSON of the evidence with its messages or itself changed. */
function bent(change: Record<string, unknown>, ofMessages: Record<string, unknown> = {}): unknown {
  const json = JSON.parse(JSON.stringify(evidenceToJson(evidence)))
  for (const name of ['vote_a', 'vote_b']) Object.assign(json.value[name], ofMessages)
  Object.assign(json.value, change)
  return json
}

describe('pnyx evidence verify', () => {
  const accused = evidence.voteA.validatorAddress.toUpperCase()

  it('proves what is true, in every form a node shows it', async () => {
    const json = evidenceToJson(evidence)
    const hash = evidenceHash(evidence).toUpperCase()
    for (const form of [
      json,
      { hash, evidence: json },
      { jsonrpc: '2.0', id: 1, result: { evidence: json } }
    ]) {
      const { code, out, notes } = await verify(form)
      expect({ code, notes }).toEqual({ code: 0, notes: '' })
      expect(out).toMatch(
        new RegExp(`^proved: ${accused} signed two \\w+s for different blocks at height 5, round 0`)
      )
      expect(out).toContain(`\nhash         ${hash}\n`)
      expect(out).toContain('taken from the file as they are')
      expect(out).toMatch(/not checked {2}the time of the block at that height; the age of the evidence$/)
    }
    const { out } = await verify(json, file('validators.json'), '--output', 'json')
    expect(JSON.parse(out)).toMatchObject({ hash, validators: [accused] })
  })

  const stranger = 'AB'.repeat(20)
  it.each<readonly [string, unknown, RegExp]>([
    [
      'one signature is wrong',
      bent({}, { timestamp: '2031-01-01T00:00:00Z' }),
      /verifying VoteA: invalid signature$/
    ],
    [
      'nobody knows the accused',
      bent({}, { validator_address: stranger }),
      /was not a validator at height 5$/
    ],
    [
      'the power is made up',
      bent({ ValidatorPower: '77' }),
      /validator power from evidence .* does not match/
    ],
    [
      'the votes are for one block',
      bent({}, { block_id: { hash: '', parts: { total: 0, hash: '' } } }),
      /malformed/
    ],
    ['a field is missing', bent({}, { height: undefined }), /vote_a\.height/],
    ['a field is no number', bent({}, { height: 5 }), /vote_a\.height must be/],
    ['the height is none', bent({}, { height: '-5' }), /malformed|height/],
    ['the kind is unknown', { type: 'x', value: {} }, /unknown type "x"$/],
    ['it is a list', [], /must be an object$/],
    ['it is null', null, /must be an object$/],
    ['it is cut off', JSON.stringify(evidenceToJson(evidence)).slice(0, 300), / is damaged: /],
    ['it is empty', '', / is damaged: /],
    ['it is noise', '\u0000\u001b[31m{', / is damaged: /]
  ])('refuses it with one line when %s', async (_name, value, reason) => {
    const { code, out, notes } = await verify(value)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(notes).toMatch(reason)
  })

  it('takes only the whole set of that height', async () => {
    const json = evidenceToJson(evidence)
    const refused = async (validators: unknown) => {
      const { code, notes } = await verify(json, write('others.json', validators))
      expect(code).toBe(1)
      expect(notes).toMatch(/^pnyx: [^\n]+$/)
      return notes
    }
    expect(await refused(answerOf(6))).toMatch(/is of height 6, but the evidence of height 5/)
    expect(await refused(answerOf(HEIGHT, set.validators.slice(0, 3)))).toMatch(/holds 3 of 4 validators/)
    expect(await refused({ ...answerOf(HEIGHT), block_height: undefined })).toMatch(/block_height/)
    expect(await refused(answerOf(HEIGHT, [...set.validators].reverse()))).toMatch(/validators/)
    expect(await refused('{"validators":')).toMatch(/is damaged/)
    expect((await verify(json, file('nowhere.json'))).notes).toMatch(/^pnyx: there is no validators file at /)
  })

  it('is not fooled by a key that is not the address', async () => {
    const [first, second, ...rest] = set.validators
    const swapped = [
      { ...first!, publicKey: second!.publicKey },
      { ...second!, publicKey: first!.publicKey }
    ]
    const { code, notes } = await verify(
      evidenceToJson(evidence),
      write('swapped.json', answerOf(HEIGHT, [...swapped, ...rest]))
    )
    expect(code).toBe(1)
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
  })

  it('wants one source of validators, and a genesis', async () => {
    const path = write('evidence.json', evidenceToJson(evidence))
    const genesis = ['--genesis', file('genesis.json')]
    expect(await pnyx(['evidence', 'verify', path, ...genesis])).toMatchObject({ code: 64 })
    const both = ['--validators', file('validators.json'), '--node', 'tcp://127.0.0.1:1']
    expect(await pnyx(['evidence', 'verify', path, ...genesis, ...both])).toMatchObject({ code: 64 })
    expect(await pnyx(['evidence', 'verify', path, '--validators', 'x'])).toMatchObject({ code: 64 })
    const silent = await pnyx(['evidence', 'verify', path, ...genesis, '--node', 'tcp://127.0.0.1:1'])
    expect(silent).toMatchObject({ code: 1, out: '' })
    expect(silent.notes).toMatch(/^pnyx: no node answers at http:\/\/127\.0\.0\.1:1[^\n]*$/)
  })
})
