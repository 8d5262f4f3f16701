import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicKeyOf } from '../../../src/crypto/index.ts'
import { publicKeyToAminoJson } from '../../../src/types/amino-json.ts'
import { type Genesis, GenesisError, genesisHash } from '../../../src/types/genesis.ts'
import { consensusParamsToJson, genesisToJson } from '../../../src/types/genesis-json.ts'
import { parseGenesis, readGenesis } from '../../../src/types/genesis-parse.ts'
import { makeGenesisState } from '../../../src/types/genesis-state.ts'
import { DEFAULT_CONSENSUS_PARAMS } from '../../../src/types/params.ts'
import { consensusParamsHash } from '../../../src/types/params-hash.ts'
import { ZERO_TIME } from '../../../src/types/primitives.ts'
import { MAX_TOTAL_POWER, MAX_VALIDATORS } from '../../../src/types/validator-set.ts'
import { vectorCases } from './vectors.ts'

interface GenesisCase {
  name: string
  json_text?: string
  json?: object
  expect_error: boolean
  expected?: {
    chain_id?: string
    initial_height?: string
    validator_address_filled?: string
    validators_hash?: string
    consensus_hash?: string
    consensus_params_filled?: object
  }
}

describe('genesis.json', () => {
  const cases = vectorCases<GenesisCase>('genesis.json')
  it.each(cases.map(each => [each.name, each] as const))('%s', (_, each) => {
    const text = each.json_text ?? JSON.stringify(each.json)
    if (each.expect_error) {
      expect(() => parseGenesis(text)).toThrow(GenesisError)
      return
    }
    const genesis = parseGenesis(text)
    const wanted = each.expected!
    if (wanted.chain_id !== undefined) expect(genesis.chainId).toBe(wanted.chain_id)
    if (wanted.initial_height !== undefined)
      expect(genesis.initialHeight).toBe(Number.parseInt(wanted.initial_height, 10))
    if (wanted.validator_address_filled !== undefined) {
      expect(genesis.validators[0]!.address.toUpperCase()).toBe(wanted.validator_address_filled)
    }
    if (wanted.validators_hash !== undefined) {
      expect(makeGenesisState(genesis).validators.hash).toBe(wanted.validators_hash)
    }
    if (wanted.consensus_hash !== undefined) {
      expect(consensusParamsHash(genesis.consensusParams)).toBe(wanted.consensus_hash)
    }
    if (wanted.consensus_params_filled !== undefined) {
      const json = JSON.parse(genesisToJson(genesis)) as { consensus_params: object }
      expect(json.consensus_params).toEqual(wanted.consensus_params_filled)
    }
  })
})

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/genesis/${name}`, import.meta.url), 'utf8')

describe('a genesis.json that CometBFT v0.38 wrote', () => {
  it.each(['init.json', 'testnet.json'])('%s: is written again as it was, without a warning', name => {
    const { genesis, warnings } = readGenesis(fixture(name))
    expect(warnings).toEqual([])
    expect(genesisToJson(genesis)).toBe(fixture(name))
  })

  it('is the genesis its node answered over RPC', () => {
    const path = new URL('../../fixtures/rpc-v0.38/incoming/genesis.json', import.meta.url)
    const answer = JSON.parse(readFileSync(path, 'utf8')) as { result: { genesis: object } }
    const genesis = parseGenesis(JSON.stringify(answer.result.genesis))
    expect(genesis).toEqual(parseGenesis(fixture('init.json')))
    expect(JSON.parse(genesisToJson(genesis))).toEqual(answer.result.genesis)
  })

  it('gives the validators in the order of the file, the set in its own', () => {
    const genesis = parseGenesis(fixture('testnet.json'))
    expect(genesis.validators.map(({ name }) => name)).toEqual(['node0', 'node1', 'node2', 'node3'])
    expect(genesis.validators.map(({ power }) => power)).toEqual([1n, 1n, 1n, 1n])
    const { validators } = makeGenesisState(genesis).validators
    const addresses = validators.map(({ address }) => address)
    expect(addresses).toEqual([...addresses].sort())
  })
})

const key = (seed: number) =>
  publicKeyToAminoJson({ type: 'ed25519', bytes: publicKeyOf(Buffer.alloc(32, seed)) })
const validator = (seed: number, power: unknown = '10') => ({ pub_key: key(seed), power })
const params = (change: object = {}) => ({
  block: { max_bytes: '4194304', max_gas: '-1' },
  evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
  validator: { pub_key_types: ['ed25519'] },
  ...change
})
const base = { genesis_time: '2024-01-31T12:00:00.5Z', chain_id: 'chain', validators: [validator(1)] }
const read = (change: object) => readGenesis(JSON.stringify({ ...base, ...change }))

/** The message of the refusal, which must be one line. */
function refusal(text: string): string {
  try {
    parseGenesis(text)
  } catch (thrown) {
    if (!(thrown instanceof GenesisError)) throw thrown
    expect(thrown.code).toBe('INVALID_GENESIS')
    expect(thrown.message).not.toContain('\n')
    return thrown.message
  }
  return 'accepted'
}

describe('a refusal names the field and what it should be', () => {
  it.each<[string, object]>([
    ['chain_id is missing or empty', { chain_id: null }],
    ['chain_id is a number, not a string', { chain_id: 7 }],
    ['chain_id has 51 bytes; at most 50 are allowed', { chain_id: 'x'.repeat(51) }],
    ['chain_id has 51 bytes', { chain_id: `${'ü'.repeat(25)}x` }],
    ['genesis_time is "yesterday", not a time in UTC, such as "2024-', { genesis_time: 'yesterday' }],
    ['genesis_time is "2020-06-03T17:35:30+02:00"', { genesis_time: '2020-06-03T17:35:30+02:00' }],
    ['genesis_time is "2020-06-03T17:35:30"', { genesis_time: '2020-06-03T17:35:30' }],
    ['genesis_time is a number', { genesis_time: 1700000000 }],
    ['initial_height is a number; put it in quotes: "5"', { initial_height: 5 }],
    ['initial_height is "five", not a 64-bit integer in a string', { initial_height: 'five' }],
    ['initial_height is "010", not', { initial_height: '010' }],
    ['initial_height is "9223372036854775808", not', { initial_height: '9223372036854775808' }],
    [
      'initial_height is 9007199254740992; more than 9007199254740991',
      { initial_height: '9007199254740992' }
    ],
    ['initial_height is -1; it must not be negative', { initial_height: '-1' }],
    ['app_hash is "abc", not hex with two digits a byte', { app_hash: 'abc' }],
    ['consensus_params is a list, not an object', { consensus_params: [] }],
    ['consensus_params.block.max_bytes is missing', { consensus_params: {} }],
    ['consensus_params.block is a string, not an object', { consensus_params: params({ block: '1' }) }],
    [
      'consensus_params.block.max_bytes must not be 0',
      { consensus_params: params({ block: { max_bytes: '0' } }) }
    ],
    [
      'consensus_params.block.max_bytes is a number; put it in quotes: "5"',
      { consensus_params: params({ block: { max_bytes: 5 } }) }
    ],
    [
      'consensus_params.evidence.max_age_num_blocks is missing',
      { consensus_params: params({ evidence: null }) }
    ],
    [
      'consensus_params.evidence.max_age_duration is "48h", not a 64-bit integer',
      { consensus_params: params({ evidence: { max_age_num_blocks: '1', max_age_duration: '48h' } }) }
    ],
    ['consensus_params.validator.pub_key_types is missing', { consensus_params: params({ validator: {} }) }],
    [
      'consensus_params.validator.pub_key_types is a string, not a list',
      { consensus_params: params({ validator: { pub_key_types: 'ed25519' } }) }
    ],
    [
      'consensus_params.validator.pub_key_types[1] is a number',
      { consensus_params: params({ validator: { pub_key_types: ['ed25519', 3] } }) }
    ],
    [
      'consensus_params.validator.pub_key_types[0] is "rsa"; known types',
      { consensus_params: params({ validator: { pub_key_types: ['rsa'] } }) }
    ],
    [
      'consensus_params.version.app must not be negative',
      { consensus_params: params({ version: { app: '-1' } }) }
    ],
    [
      'consensus_params.abci.vote_extensions_enable_height must not be negative',
      { consensus_params: params({ abci: { vote_extensions_enable_height: '-1' } }) }
    ],
    ['validators is an object, not a list', { validators: {} }],
    ['validators[0] is null, not an object', { validators: [null] }],
    ['validators[1].pub_key is missing', { validators: [validator(1), { power: '10' }] }],
    [
      'validators[0].pub_key is not a key',
      { validators: [{ pub_key: { type: 'tendermint/PubKeyEd25519', value: 'AAAA' }, power: '1' }] }
    ],
    [
      'validators[0].pub_key is not a key',
      { validators: [{ pub_key: { ...key(1), type: 'ed25519' }, power: '1' }] }
    ],
    [
      'validators[0].pub_key is not a key',
      { validators: [{ pub_key: { ...key(1), type: 'tendermint/PubKeySecp256k1' }, power: '1' }] }
    ],
    [
      'validators[0].power is 0; a validator needs a power of at least "1"',
      { validators: [validator(1, '0')] }
    ],
    ['validators[0].power is -5;', { validators: [validator(1, '-5')] }],
    ['validators[0].power is a number; put it in quotes: "10"', { validators: [validator(1, 10)] }],
    ['validators[0].power is "1e3", not', { validators: [validator(1, '1e3')] }],
    [
      'validators[2].pub_key is that of validators[0] too',
      { validators: [validator(1), validator(2), validator(1, '3')] }
    ],
    [
      `validators have a total power of ${MAX_TOTAL_POWER + 1n}; at most ${MAX_TOTAL_POWER} is allowed`,
      { validators: [validator(1, String(MAX_TOTAL_POWER)), validator(2, '1')] }
    ],
    [
      `validators has ${MAX_VALIDATORS + 1} entries; at most ${MAX_VALIDATORS}`,
      { validators: Array(MAX_VALIDATORS + 1).fill({}) }
    ],
    ['validators[0].name is a boolean, not a string', { validators: [{ ...validator(1), name: true }] }],
    ['validators[0].address is "A", not hex', { validators: [{ ...validator(1), address: 'A' }] }],
    [
      'validators[0].address is ABAB, but the key gives 34750F98BD59FCFC946DA45AAABE933BE154A4B5; correct it or leave it out',
      { validators: [{ ...validator(1), address: 'abab' }] }
    ],
    [
      'this is the genesis of a Cosmos SDK app; move consensus.params to consensus_params',
      { consensus: { params: {} } }
    ]
  ])('%s', (message, change) => {
    expect(refusal(JSON.stringify({ ...base, ...change }))).toContain(message)
  })

  it.each<[string, string]>([
    ['', 'not JSON: expected {, but the text ends (line 1, column 1)'],
    ['[]', 'not JSON: expected { (line 1, column 1)'],
    ['\uFEFF{}', 'not JSON: expected { (line 1, column 1)'],
    ['{\n  "chain_id": "x",\n}', 'not JSON: expected a name in double quotes (line 3, column 1)'],
    ['{\n  "chain_id" "x"\n}', 'not JSON: expected : (line 2, column 14)'],
    ['{"chain_id":"x"', 'not JSON: expected , or }, but the text ends (line 1, column 16)'],
    ['{"chain_id":"x"} {}', 'not JSON: expected nothing after the object (line 1, column 18)'],
    ['{"chain_id":"x","chain_id":"y"}', 'chain_id comes twice; keep one']
  ])('%j: %s', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  it('keeps what it quotes short', () => {
    expect(refusal(JSON.stringify({ ...base, app_hash: 'x'.repeat(10_000) })).length).toBeLessThan(150)
  })
})

describe('what a genesis may leave out', () => {
  it('nearly everything', () => {
    const { genesis, warnings } = readGenesis('{"chain_id":"mychain"}')
    const wanted: Genesis = {
      genesisTime: ZERO_TIME,
      chainId: 'mychain',
      initialHeight: 1,
      consensusParams: DEFAULT_CONSENSUS_PARAMS,
      validators: [],
      appHash: '',
      appState: ''
    }
    expect(genesis).toEqual(wanted)
    expect(warnings).toEqual(['genesis_time is not set: the first block will carry the year 1'])
  })

  it('null is like nothing', () => {
    const nulls = { initial_height: null, consensus_params: null, app_hash: null, app_state: null }
    expect(read(nulls).genesis).toEqual(read({}).genesis)
  })

  it('the groups of params that newer versions brought', () => {
    const { consensusParams } = read({ consensus_params: params() }).genesis
    expect(consensusParams.version).toEqual({ app: 0 })
    expect(consensusParams.abci).toEqual({ voteExtensionsEnableHeight: 0 })
  })

  it('the address, which the key gives', () => {
    expect(read({}).genesis.validators[0]!.address).toBe('34750f98bd59fcfc946da45aaabe933be154a4b5')
  })
})

describe('what a genesis may have, with a warning', () => {
  it('fields that nobody reads, as in Go', () => {
    const block = { max_bytes: '4194304', max_gas: '-1', time_iota_ms: '1000' }
    const { genesis, warnings } = read({
      chainId: 'other',
      consensus_params: params({ block, timeout: {} }),
      validators: [{ ...validator(1), stake: '5' }]
    })
    expect(genesis.chainId).toBe('chain')
    expect(warnings).toEqual([
      'chainId is not a field of genesis and is ignored',
      'consensus_params.timeout is not a field of genesis and is ignored',
      'consensus_params.block.time_iota_ms is not a field of genesis and is ignored',
      'validators[0].stake is not a field of genesis and is ignored'
    ])
  })

  it('keys of a type the params do not allow', () => {
    const consensus_params = params({ validator: { pub_key_types: ['secp256k1'] } })
    expect(read({ consensus_params }).warnings).toEqual([
      'validators[0].pub_key is ed25519, which is not among consensus_params.validator.pub_key_types'
    ])
  })

  it('more validators than were measured', () => {
    const many = Array.from({ length: 201 }, (_, seed) => validator(seed))
    expect(read({ validators: many }).warnings).toEqual([
      'validators has 201 entries; up to 200 have been measured'
    ])
  })
})

describe('app_state', () => {
  it.each([
    '{"a": 123456789012345678901234567890.000, "b":1e400}',
    '{ "z":1,\n"a":2, "z":3 }',
    '"text \\u0041 \\" }"',
    '[]',
    '0',
    'false',
    '{"deep":[{"app_state":{"x":"}"}}]}'
  ])('is kept to the character: %s', source => {
    const text = `{ "app_state" :\n ${source} , "chain_id":"c" }`
    const genesis = parseGenesis(text)
    expect(genesis.appState).toBe(source)
    expect(parseGenesis(genesisToJson(genesis))).toEqual(genesis)
  })

  it('may be nested beyond any stack', () => {
    const source = '['.repeat(200_000) + ']'.repeat(200_000)
    expect(parseGenesis(`{"chain_id":"c","app_state":${source}}`).appState).toBe(source)
  })

  it('must still be JSON', () => {
    for (const bad of [
      '{a:1}',
      "'x'",
      '01',
      '1.',
      '.5',
      '+1',
      'nul',
      '"\t"',
      '"\\x"',
      '"open',
      '[1,]',
      '[1 2]',
      '{"a"}'
    ]) {
      expect(refusal(`{"chain_id":"c","app_state":${bad}}`)).toMatch(/^not JSON: /)
    }
  })
})

describe('property: reading JSON', () => {
  it('finds the members JSON.parse finds, and refuses what it refuses', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 })
    const spoil = fc.record({
      at: fc.nat(),
      drop: fc.nat(3),
      put: fc.constantFrom('', '"', ',', '}', ']', '0', ' ', '\\')
    })
    fc.assert(
      fc.property(objects, fc.constantFrom(0, 2, '\t'), fc.option(spoil), (object, indent, spoiling) => {
        const whole = JSON.stringify({ ...object, chain_id: 'c' }, null, indent)
        const at = (spoiling?.at ?? 0) % whole.length
        const text = spoiling ? whole.slice(0, at) + spoiling.put + whole.slice(at + spoiling.drop) : whole
        const wanted = `{"chain_id":"c","app_state":${text}}`
        const answer = refusal(wanted)
        expect(answer.startsWith('not JSON: ')).toBe(!isJson(wanted))
        if (answer === 'accepted') expect(parseGenesis(wanted).appState).toBe(text.trim())
      }),
      { numRuns: 1000 }
    )
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('writing', () => {
  it('escapes as Go does, and reads back', () => {
    const { genesis } = read({ chain_id: 'a<b>&c', validators: [{ ...validator(1), name: 'é\u2028"\\' }] })
    const text = genesisToJson(genesis)
    expect(text).toContain('"chain_id": "a\\u003cb\\u003e\\u0026c"')
    expect(text).toContain('"name": "é\\u2028\\"\\\\"')
    expect(parseGenesis(text)).toEqual(genesis)
  })

  it('gives params in the shape of the RPC', () => {
    const path = new URL('../../fixtures/rpc-v0.38/incoming/consensus_params.json', import.meta.url)
    const answer = JSON.parse(readFileSync(path, 'utf8')) as { result: { consensus_params: object } }
    const json = JSON.parse(genesisToJson(parseGenesis('{"chain_id":"c"}'))) as { consensus_params: object }
    expect(json.consensus_params).toEqual(answer.result.consensus_params)
    expect(Object.keys(consensusParamsToJson(DEFAULT_CONSENSUS_PARAMS))).toEqual(
      Object.keys(json.consensus_params)
    )
  })
})

describe('genesisHash', () => {
  it('is of the bytes of the file, so a space counts', () => {
    expect(genesisHash(Buffer.from('{"chain_id":"c"}'))).toBe(
      '3a8de26b8e26fa856aa09a3d8b5c5d25cd991f53bb13fae976148eb03864be80'
    )
    expect(genesisHash(Buffer.from('{"chain_id": "c"}'))).not.toBe(
      genesisHash(Buffer.from('{"chain_id":"c"}'))
    )
  })
})
