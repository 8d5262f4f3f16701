import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { builtInApps, KvStoreApp, type Misbehavior } from '../../../src/app/index.ts'
import { MemoryKeyValueStore } from '../../../src/blockstore/index.ts'
import { addressOf } from '../../../src/crypto/index.ts'
import { DEFAULT_CONSENSUS_PARAMS, MAX_TOTAL_POWER, type ValidatorUpdate } from '../../../src/types/index.ts'
import {
  applyBlock,
  blockRequest,
  initChainRequest,
  proposalRequest
} from '../../contract/application-contract.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A result recorded from CometBFT v0.38's kvstore. */
function recorded(name: string) {
  const file = new URL(`../../fixtures/rpc-v0.38/incoming/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).result
}

function validator(fill: number, power = 10n): ValidatorUpdate {
  return { publicKey: { type: 'ed25519', bytes: new Uint8Array(32).fill(fill) }, power }
}
const base64 = (update: ValidatorUpdate) => Buffer.from(update.publicKey.bytes).toString('base64')
const updateTx = (update: ValidatorUpdate) => text(`val=ed25519!${base64(update)}!${update.power}`)

const GENESIS = [validator(1), validator(2), validator(3)]
let store: MemoryKeyValueStore
let app: KvStoreApp

beforeEach(async () => {
  store = new MemoryKeyValueStore()
  app = await KvStoreApp.open({ store })
  await app.initChain(initChainRequest({ validators: GENESIS }))
})

async function codeOf(tx: string | Uint8Array): Promise<number> {
  const bytes = typeof tx === 'string' ? text(tx) : tx
  return (await app.checkTx({ tx: bytes, type: 'new' })).code
}

describe('kvstore as CometBFT v0.38 answers', () => {
  it('has eight zero bytes as its first app hash and says its size in info', async () => {
    const { response } = recorded('abci_info')
    expect(await app.info()).toEqual({
      data: response.data,
      version: response.version,
      appVersion: Number(response.app_version),
      lastBlockHeight: 0,
      lastBlockAppHash: new Uint8Array(Buffer.from(response.last_block_app_hash, 'base64'))
    })
  })

  it('makes the app hash of the number of transactions as a zigzag varint', async () => {
    const txs = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => text(`${from + n}=x`))
    expect(hex((await applyBlock(app, 1, txs(0, 3))).appHash)).toBe(
      recorded('status').sync_info.latest_app_hash
    )
    expect(hex((await applyBlock(app, 2, txs(3, 60))).appHash)).toBe('7e00000000000000')
    expect(hex((await applyBlock(app, 3, txs(63, 1))).appHash)).toBe('8001000000000000')
    expect(hex((await applyBlock(app, 4, txs(64, 236))).appHash)).toBe('d804000000000000')
    expect((await app.info()).data).toBe('{"size":300}')
  })

  it('checks and executes a transaction with the recorded answers and events', async () => {
    const { check_tx: check, tx_result: result } = recorded('broadcast_tx_commit')
    const tx = text('commit-key=value')
    const checked = await app.checkTx({ tx, type: 'new' })
    expect(checked).toMatchObject({ code: check.code, log: check.log, gasWanted: BigInt(check.gas_wanted) })
    const [executed] = (await applyBlock(app, 1, [tx])).txResults
    expect(executed!.events).toEqual(result.events)
    expect(executed).toMatchObject({ code: 0, gasWanted: BigInt(result.gas_wanted), gasUsed: 0n })
  })

  it('answers queries for keys that are there and not there', async () => {
    await applyBlock(app, 1, [text('tx0=value')])
    const ask = (data: Uint8Array) => app.query({ data, path: '', height: 0, prove: false })
    const there = recorded('abci_query_with_existing_key').response
    expect(await ask(new Uint8Array(Buffer.from(there.key, 'base64')))).toEqual({
      code: there.code,
      codespace: there.codespace,
      height: 1,
      index: 0n,
      info: there.info,
      key: text('tx0'),
      log: there.log,
      proofOps: null,
      value: new Uint8Array(Buffer.from(there.value, 'base64'))
    })
    const missing = await ask(text('non_existent_key'))
    expect(missing).toMatchObject({ code: 0, log: 'does not exist', value: new Uint8Array(0) })
    const proved = await app.query({ data: text('tx0'), path: '/store', height: 0, prove: true })
    expect(proved).toMatchObject({ index: -1n, log: 'exists', value: text('value'), proofOps: null })
  })

  it('takes key=value and key:value with one separator, not at an end', async () => {
    for (const good of ['a=b', 'a:b', 'key with spaces=1', 'valid=x', 'val1=x'])
      expect(await codeOf(good), good).toBe(0)
    for (const bad of ['', 'a', '=', '=b', 'a=', ':b', 'a:', 'a=b=c', 'a:b:c', 'a=b:c', 'val=x', 'val:x']) {
      expect(await codeOf(bad), bad).toBe(2)
    }
  })

  it('rejects a proposal with a transaction it would not take', async () => {
    expect(await app.processProposal(proposalRequest(1, [text('a=b'), text('c:d')]))).toBe(true)
    expect(await app.processProposal(proposalRequest(1, [text('a=b'), text('cd')]))).toBe(false)
  })

  it('keeps the last value of a key, within a block and over blocks', async () => {
    const currentValue = async (key: string) =>
      new TextDecoder().decode(
        (await app.query({ data: text(key), path: '', height: 0, prove: false })).value
      )
    await applyBlock(app, 1, [text('a=1'), text('b:1'), text('a=2')])
    expect([await currentValue('a'), await currentValue('b')]).toEqual(['2', '1'])
    await applyBlock(app, 2, [text('b=3')])
    expect([await currentValue('a'), await currentValue('b')]).toEqual(['2', '3'])
  })

  it('writes a block as one batch that is not synced', async () => {
    const batches: [number, boolean][] = []
    const counting = {
      get: store.get.bind(store),
      entries: store.entries.bind(store),
      batch: async (ops: readonly unknown[], { sync }: { sync: boolean }) => {
        batches.push([ops.length, sync])
      }
    }
    app = await KvStoreApp.open({ store: counting })
    await applyBlock(app, 1, [text('a=1'), text('b=1'), text('a=2')])
    expect(batches).toEqual([[3, false]])
  })

  it('asks the node to keep as many blocks as it was told', async () => {
    app = await KvStoreApp.open({ store, retainBlocks: 3 })
    const retained: number[] = []
    for (let height = 1; height <= 5; height++) {
      await app.finalizeBlock(blockRequest(height, []))
      retained.push((await app.commit()).retainHeight)
    }
    expect(retained).toEqual([0, 0, 1, 2, 3])
  })
})

describe('kvstore validator updates', () => {
  const queryValidator = (update: ValidatorUpdate) =>
    app.query({ data: update.publicKey.bytes, path: '/val', height: 0, prove: false })

  it('adds, changes and removes', async () => {
    const added = validator(4, 7n)
    expect((await applyBlock(app, 1, [updateTx(added)])).validatorUpdates).toEqual([added])
    const changed = { ...GENESIS[0]!, power: 99n }
    const removed = { ...GENESIS[1]!, power: 0n }
    expect((await applyBlock(app, 2, [updateTx(changed), updateTx(removed)])).validatorUpdates).toEqual([
      changed,
      removed
    ])
    // tendermint.abci.ValidatorUpdate behind its length.
    const key = hex(added.publicKey.bytes)
    expect(hex((await queryValidator(added)).value)).toBe(`260a220a20${key}1007`)
    expect((await queryValidator(removed)).value).toEqual(new Uint8Array(0))
    expect(await queryValidator(GENESIS[2]!)).toMatchObject({ key: GENESIS[2]!.publicKey.bytes, height: 0 })
  })

  it('keeps the set over a restart, the genesis validators included', async () => {
    await applyBlock(app, 1, [updateTx(validator(4, 7n))])
    app = await KvStoreApp.open({ store })
    for (const known of [...GENESIS, validator(4)]) {
      expect((await queryValidator(known)).value.length).toBeGreaterThan(0)
    }
    const gone = { ...validator(4), power: 0n }
    expect((await applyBlock(app, 2, [updateTx(gone)])).validatorUpdates).toEqual([gone])
  })

  it('reads the key type, and ed25519 where there is none', async () => {
    const added = validator(4, 7n)
    for (const tx of [`val=${base64(added)}!7`, `val:${base64(added)}!7`, `val:ed25519!${base64(added)}!7`]) {
      expect(await codeOf(tx), tx).toBe(0)
      expect((await app.finalizeBlock(blockRequest(1, [text(tx)]))).validatorUpdates).toEqual([added])
    }
    const bad = [
      `val=rsa!${base64(added)}!7`,
      `val=ed25519!${base64(added).slice(1)}!7`,
      `val=ed25519!${base64(added).replace('=', '')}!7`,
      `val=ed25519!${base64(added)}!-1`,
      `val=ed25519!${base64(added)}!1.5`,
      `val=ed25519!${base64(added)}!${MAX_TOTAL_POWER + 1n}`,
      `val=ed25519!${base64(added)}!7!8`,
      `val=secp256k1!${base64(added)}!7`
    ]
    for (const tx of bad) expect(await codeOf(tx), tx).toBe(2)
  })

  it('tells the node one update a validator, the last', async () => {
    const changes = [5n, 0n, 8n].map(power => updateTx({ ...GENESIS[0]!, power }))
    expect((await applyBlock(app, 1, changes)).validatorUpdates).toEqual([{ ...GENESIS[0]!, power: 8n }])
    const cameAndWent = [3n, 0n].map(power => updateTx({ ...validator(9), power }))
    const response = await applyBlock(app, 2, cameAndWent)
    expect(response.txResults.map(({ code }) => code)).toEqual([0, 0])
    expect(response.validatorUpdates).toEqual([])
  })

  it('A-51: refuses what would stop the node, with a result instead of an error', async () => {
    const refusedBlock = async (...txs: Uint8Array[]) => {
      const { txResults, validatorUpdates } = await app.finalizeBlock(blockRequest(1, txs))
      return { codes: txResults.map(({ code }) => code), updates: validatorUpdates.length }
    }
    expect(await refusedBlock(updateTx({ ...validator(9), power: 0n }))).toEqual({ codes: [4], updates: 0 })
    const removals = GENESIS.map(each => updateTx({ ...each, power: 0n }))
    expect(await refusedBlock(...removals)).toEqual({ codes: [0, 0, 4], updates: 2 })
    const mighty = updateTx({ ...validator(9), power: MAX_TOTAL_POWER - 29n })
    expect(await refusedBlock(mighty)).toEqual({ codes: [4], updates: 0 })
    const secp = Buffer.alloc(33, 2).toString('base64')
    expect(await refusedBlock(text(`val=secp256k1!${secp}!5`))).toEqual({ codes: [4], updates: 0 })
    const crowd = Array.from({ length: 198 }, (_, n) => updateTx(validator(n + 20, 1n)))
    expect((await refusedBlock(...crowd)).codes.filter(code => code === 4)).toHaveLength(1)
  })

  it('lets in the key types of the consensus params', async () => {
    const params = DEFAULT_CONSENSUS_PARAMS
    const request = initChainRequest({ validators: GENESIS })
    const pubKeyTypes = ['ed25519', 'secp256k1']
    await app.initChain({ ...request, consensusParams: { ...params, validator: { pubKeyTypes } } })
    const secp = Buffer.alloc(33, 2).toString('base64')
    const tx = text(`val=secp256k1!${secp}!5`)
    expect((await applyBlock(app, 1, [tx])).txResults[0]!.code).toBe(0)
    app = await KvStoreApp.open({ store })
    const again = text(`val=secp256k1!${secp}!6`)
    expect((await applyBlock(app, 2, [again])).validatorUpdates).toHaveLength(1)
  })
})

describe('kvstore and misbehavior', () => {
  const offence = (update: ValidatorUpdate, type: Misbehavior['type'] = 'duplicateVote'): Misbehavior => ({
    type,
    validator: { address: addressOf(update.publicKey), power: update.power },
    height: 1,
    time: { seconds: 0, nanos: 0 },
    totalVotingPower: 30n
  })
  const punish = async (height: number, ...offences: Misbehavior[]) =>
    (await app.finalizeBlock(blockRequest(height, [], offences))).validatorUpdates

  it('takes one unit of power for each equivocation', async () => {
    expect(await punish(1, offence(GENESIS[0]!))).toEqual([{ ...GENESIS[0]!, power: 9n }])
    expect(await punish(1, offence(GENESIS[0]!), offence(GENESIS[0]!, 'duplicateProposal'))).toEqual([
      { ...GENESIS[0]!, power: 8n }
    ])
    expect(await punish(1, offence(GENESIS[0]!, 'lightClientAttack'))).toEqual([])
  })

  it('goes by the power the validator has now, and by none when it has left', async () => {
    await applyBlock(app, 1, [
      updateTx({ ...GENESIS[0]!, power: 1n }),
      updateTx({ ...GENESIS[1]!, power: 0n })
    ])
    expect(await punish(2, offence(GENESIS[0]!))).toEqual([{ ...GENESIS[0]!, power: 0n }])
    expect(await punish(2, offence(GENESIS[1]!), offence(validator(9)))).toEqual([])
  })

  it('leaves the last validator its power', async () => {
    const [last] = GENESIS
    await app.initChain(initChainRequest({ validators: [{ ...last!, power: 1n }] }))
    expect(await punish(1, offence(last!))).toEqual([])
  })
})

describe('kvstore errors', () => {
  it('does not take a block out of order, nor a commit without one', async () => {
    await expect(app.commit()).rejects.toMatchObject({ code: 'NO_BLOCK' })
    await applyBlock(app, 5, [])
    await expect(app.finalizeBlock(blockRequest(5, []))).rejects.toMatchObject({ code: 'WRONG_HEIGHT' })
    await expect(app.finalizeBlock(blockRequest(7, []))).rejects.toMatchObject({ code: 'WRONG_HEIGHT' })
  })

  it('refuses to open a damaged store', async () => {
    const put = async (key: string, value: string) => {
      await store.batch([{ type: 'put', key: text(key), value: text(value) }], { sync: true })
      await expect(KvStoreApp.open({ store })).rejects.toMatchObject({ code: 'STATE_DAMAGED' })
    }
    for (const record of [
      '',
      '{',
      'null',
      '{"size":-1,"height":1,"key_types":[]}',
      '{"size":1,"height":1}'
    ]) {
      await put('stateKey', record)
    }
    await store.batch(
      [{ type: 'put', key: text('stateKey'), value: text('{"size":1,"height":1,"key_types":["ed25519"]}') }],
      { sync: true }
    )
    await put('val=x', 'nonsense')
  })
})

describe('builtInApps', () => {
  it('knows its apps by name and nothing else', () => {
    expect(Object.keys(builtInApps).sort()).toEqual(['kvstore', 'noop', 'persistent_kvstore', 'staking'])
    for (const name of ['constructor', 'toString', '__proto__']) expect(builtInApps[name]).toBeUndefined()
  })
})
