import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BALANCES, balanceId } from '../../../src/app/staking/records/accounts.ts'
import { VALIDATORS } from '../../../src/app/staking/records/validators.ts'
import { createKey, keysDirectory, LIGHT_SCRYPT_COST } from '../../../src/config/index.ts'
import { audit, recordsOf } from '../app/staking/audit.ts'
import { Bed, DENOM, person } from '../app/staking/staking-bed.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const MILLION = 1_000_000n
const PASSPHRASE = 'long enough'
const home = join(temporaryDirectory(), 'home')
const [alice, bob, val0, val1] = ['alice', 'bob', 'val0', 'val1'].map(person) as [
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>
]

/** A node of one application: it makes a block for every transaction. */
let bed: Bed
let server: Server
let node: string

async function answer(method: string, params: Record<string, string>): Promise<unknown> {
  if (method === 'abci_query') {
    const request = { path: params.path!, data: Buffer.from(params.data!, 'hex'), height: 0, prove: false }
    const { code, log, value } = await bed.app.query(request)
    return { response: { code, log, value: Buffer.from(value).toString('base64') } }
  }
  const tx = Buffer.from(params.tx!, 'base64')
  const check = await bed.app.checkTx({ tx, type: 'new' })
  const told = ({ code, log }: { code: number; log: string }) => ({ code, log })
  if (check.code !== 0) return { check_tx: told(check), hash: 'AB', height: '0' }
  const { txResults } = await bed.block({ txs: [tx] })
  return { check_tx: told(check), tx_result: told(txResults[0]!), hash: 'AB', height: `${bed.height}` }
}

beforeAll(async () => {
  bed = await Bed.start({
    stakes: { val0: 100n * MILLION, val1: 50n * MILLION },
    coins: { alice: 100n * MILLION, val1: MILLION },
    genesis: { tx: { maxMemoCharacters: 256, maxSignatures: 7, maxMessages: 100, minGasPrice: 10n ** 15n } }
  })
  await bed.block()
  server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', async () => {
      const { method, params } = JSON.parse(body)
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: await answer(method, params) }))
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  node = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const name of ['alice', 'bob', 'val1']) {
    createKey(
      keysDirectory(home),
      { name, privateKey: person(name).privateKey },
      PASSPHRASE,
      LIGHT_SCRYPT_COST
    )
  }
  // As a test network has it: nobody is asked.
  writeFileSync(join(home, 'keys', 'val1.passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 })
})
afterAll(() => server.close())

const tx = (args: readonly string[], secrets: readonly string[] = [PASSPHRASE]) =>
  pnyx(['tx', ...args, '--home', home, '--node', node], { secrets })
const query = (...args: readonly string[]) => pnyx(['query', ...args, '--home', home, '--node', node])
const coins = async (account: string) =>
  (await recordsOf(bed.store, BALANCES)).get(balanceId(account, DENOM))?.amount ?? 0n
const tokens = async (account: string) => (await recordsOf(bed.store, VALIDATORS)).get(account)!.tokens

describe('pnyx tx', () => {
  it('send pays to an address or a key, and the fee the chain asks for', async () => {
    const before = await coins(alice.account)
    const { code, out, notes } = await tx([
      'send',
      bob.address,
      '5upnyx',
      '--from',
      'alice',
      '--memo',
      'thanks'
    ])
    expect(notes).toBe('')
    expect(code).toBe(0)
    expect(out).toBe(`hash AB\nheight ${bed.height}`)
    expect(await coins(bob.account)).toBe(5n)
    const paid = before - 5n - (await coins(alice.account))
    expect(paid).toBeGreaterThan(50n)
    expect(paid).toBeLessThan(100n)
    expect((await tx(['send', 'bob', '6upnyx', '--from', 'alice', '--fees', '200upnyx'])).code).toBe(0)
    expect(await coins(bob.account)).toBe(11n)
    await audit(bed.store)
  })

  it('delegate, undelegate and redelegate move stake', async () => {
    const [one, two] = [await tokens(val0.account), await tokens(val1.account)]
    for (const args of [
      ['delegate', val0.operator, '30000000upnyx'],
      ['redelegate', val0.operator, 'val1', '10000000upnyx'],
      ['undelegate', val0.operator, '5000000upnyx']
    ]) {
      const result = await tx([...args, '--from', 'alice'])
      expect(result).toMatchObject({ code: 0, notes: '' })
    }
    const fees = 1000n
    expect((await tokens(val0.account)) - one - 15n * MILLION).toBeLessThan(fees)
    expect((await tokens(val1.account)) - two - 10n * MILLION).toBeLessThan(fees)
    await audit(bed.store)
  })

  it('query account tells what somebody has, and query operators whom one can stake with', async () => {
    const { out } = await query('account', 'alice')
    expect(out).toContain(`address    ${alice.address}\n`)
    expect(out).toContain(`coins      ${await coins(alice.account)}${DENOM}\n`)
    expect(out).toMatch(new RegExp(`\nstaked     \\d+${DENOM} with ${val1.operator}\n`))
    expect(out).toMatch(
      new RegExp(`\nunbonding  5000000${DENOM} from ${val0.operator}, free \\d{4}-[0-9-]+T[0-9:]+Z$`)
    )
    const json = JSON.parse((await query('account', alice.address, '--output', 'json')).out)
    expect(json).toMatchObject({ unbonding: [{ amount: `5000000${DENOM}` }] })
    expect((await query('account', person('nobody').address)).out).toMatch(/\ncoins {4}none$/)
    expect(await query('account', 'nobody')).toMatchObject({ code: 64 })
    const operators = (await query('operators')).out.split('\n')
    expect(operators).toHaveLength(3)
    expect(operators[1]).toMatch(
      new RegExp(`^val0 +${val0.operator} +${await tokens(val0.account)} +0(\\.\\d+)? +bonded$`)
    )
  })

  it('create-validator makes one of the key', async () => {
    await tx(['send', bob.address, '20000000upnyx', '--from', 'alice'])
    const key = Buffer.from(bob.consensusKey.bytes).toString('base64')
    const args = [
      'create-validator',
      '--from',
      'bob',
      '--stake',
      '7000000upnyx',
      '--pub-key',
      key,
      '--moniker',
      'bob'
    ]
    const { code, notes } = await tx([...args, '--commission-rate', '0.05', '--min-self-delegation', '1000'])
    expect(notes).toBe('')
    expect(code).toBe(0)
    expect((await recordsOf(bed.store, VALIDATORS)).get(bob.account)).toMatchObject({
      tokens: 7n * MILLION,
      status: 'bonded',
      minSelfBond: 1000n,
      description: { moniker: 'bob' },
      commission: { rate: 5n * 10n ** 16n, maxRate: 20n * 10n ** 16n }
    })
  })

  it('unjail says why not, before anything is signed, and needs no passphrase where it stands beside the key', async () => {
    const refused = await tx(['unjail', '--from', 'val1'], [])
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.notes).toContain('validator not jailed; cannot be unjailed')
    const sure = await tx(['unjail', '--from', 'val1', '--gas', '200000'], [])
    expect(sure.code).toBe(1)
    expect(sure.notes).toMatch(/^pnyx: the transaction was committed, but failed: code 5, [^\n]+$/)
  })

  it('--dry-run only says what it costs', async () => {
    const { height } = bed
    const { code, out } = await tx(['send', bob.address, '5upnyx', '--from', 'alice', '--dry-run'], [])
    expect(code).toBe(0)
    expect(out).toMatch(/^gas \d{5}, fees \d\dupnyx$/)
    expect(bed.height).toBe(height)
  })

  it.each<[string, string[], number, string, string[]?]>([
    [
      'a wrong passphrase',
      ['send', bob.address, '5upnyx', '--from', 'alice'],
      1,
      'wrong passphrase',
      ['wrong one']
    ],
    [
      'a key that is not there',
      ['send', bob.address, '5upnyx', '--from', 'nobody'],
      1,
      'there is no key file'
    ],
    ['no key', ['send', bob.address, '5upnyx'], 64, '--from'],
    ['an address that is none', ['send', 'pnyx1xyz', '5upnyx', '--from', 'alice'], 64, 'neither an address'],
    ['no amount', ['send', bob.address, 'five', '--from', 'alice'], 64, 'no amount of a coin'],
    [
      'an account where an operator is due',
      ['delegate', bob.address, '5upnyx', '--from', 'alice'],
      64,
      'valoper1'
    ],
    [
      'more than there is',
      ['send', bob.address, '999000000upnyx', '--from', 'alice'],
      1,
      'insufficient funds'
    ],
    ['too little gas', ['send', bob.address, '5upnyx', '--from', 'alice', '--gas', '100'], 1, 'out of gas'],
    [
      'gas that is no number',
      ['send', bob.address, '5upnyx', '--from', 'alice', '--gas', 'much'],
      64,
      '--gas much'
    ],
    [
      'too little a fee',
      ['send', bob.address, '5upnyx', '--from', 'alice', '--fees', '1upnyx'],
      1,
      'insufficient fee'
    ],
    [
      'a rate above 1',
      ['create-validator', '--from', 'bob', '--stake', '1upnyx', '--commission-rate', '2'],
      64,
      'a decimal from 0 to 1'
    ]
  ])('refuses %s in one line, and nothing happens', async (_name, args, code, words, secrets) => {
    const { height } = bed
    const result = await tx(args, secrets)
    expect(result.code).toBe(code)
    expect(result.notes).toMatch(/^pnyx: [^\n]+$/)
    expect(result.notes).toContain(words)
    expect(bed.height).toBe(height)
  })
})
