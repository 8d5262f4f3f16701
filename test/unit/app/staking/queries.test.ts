import { BaseAccount, ModuleAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth'
import {
  QueryParamsResponse as AuthParams,
  QueryAccountRequest,
  QueryAccountResponse,
  QueryAccountsResponse
} from 'cosmjs-types/cosmos/auth/v1beta1/query'
import {
  QueryAllBalancesRequest,
  QueryAllBalancesResponse,
  QueryBalanceRequest,
  QueryBalanceResponse,
  QueryDenomMetadataRequest,
  QueryDenomMetadataResponse,
  QuerySupplyOfRequest,
  QuerySupplyOfResponse,
  QueryTotalSupplyResponse
} from 'cosmjs-types/cosmos/bank/v1beta1/query'
import { ConfigResponse } from 'cosmjs-types/cosmos/base/node/v1beta1/query'
import { PageRequest } from 'cosmjs-types/cosmos/base/query/v1beta1/pagination'
import {
  QuerySigningInfoRequest,
  QuerySigningInfoResponse,
  QuerySigningInfosResponse,
  QueryParamsResponse as SlashingParams
} from 'cosmjs-types/cosmos/slashing/v1beta1/query'
import * as staking from 'cosmjs-types/cosmos/staking/v1beta1/query'
import { BondStatus } from 'cosmjs-types/cosmos/staking/v1beta1/staking'
import { SimulateRequest, SimulateResponse } from 'cosmjs-types/cosmos/tx/v1beta1/service'
import { describe, expect, it } from 'vitest'
import {
  delegateMessage,
  redelegateMessage,
  sendMessage,
  undelegateMessage
} from '../../../../src/app/index.ts'
import { MODULE_ACCOUNTS } from '../../../../src/app/staking/addresses.ts'
import { DEFAULT_TX_PARAMS } from '../../../../src/app/staking/genesis/genesis-shape.ts'
import { QUERY_PATHS } from '../../../../src/app/staking/query/router.ts'
import { addresses, Bed, GENESIS_TIME, person, upnyx } from './staking-bed.ts'

const MILLION = 1_000_000n
const DEC = 10n ** 18n
const [alice, val0, val1] = [person('alice'), person('val0'), person('val1')]

async function start(): Promise<Bed> {
  const bed = await Bed.start({
    stakes: { val0: 100n * MILLION, val1: 50n * MILLION },
    coins: { alice: 100n * MILLION, bob: 5n }
  })
  await bed.run('alice', [delegateMessage(alice.address, val0.operator, upnyx(30n * MILLION))])
  await bed.run('alice', [undelegateMessage(alice.address, val0.operator, upnyx(4n * MILLION))])
  await bed.run('alice', [
    redelegateMessage(alice.address, val0.operator, val1.operator, upnyx(6n * MILLION))
  ])
  return bed
}

const ask = <Q, A>(
  bed: Bed,
  path: string,
  request: { encode(value: Q): { finish(): Uint8Array } },
  value: Q,
  answer: { decode(bytes: Uint8Array): A }
): Promise<A> => bed.query(path, request.encode(value).finish()).then(bytes => answer.decode(bytes))

const NOW_SECONDS = BigInt(GENESIS_TIME.seconds)

describe('queries of auth', () => {
  it('find accounts, with their key from the first transaction on', async () => {
    const bed = await start()
    const { account } = await ask(
      bed,
      '/cosmos.auth.v1beta1.Query/Account',
      QueryAccountRequest,
      alice,
      QueryAccountResponse
    )
    expect(account!.typeUrl).toBe('/cosmos.auth.v1beta1.BaseAccount')
    const base = BaseAccount.decode(account!.value)
    expect(base).toMatchObject({ address: alice.address, accountNumber: 0n, sequence: 3n })
    expect(base.pubKey!.typeUrl).toBe('/cosmos.crypto.secp256k1.PubKey')
    const pool = { address: addresses.ofAccount(MODULE_ACCOUNTS.bondedPool) }
    const found = await ask(
      bed,
      '/cosmos.auth.v1beta1.Query/Account',
      QueryAccountRequest,
      pool,
      QueryAccountResponse
    )
    const module = ModuleAccount.decode(found.account!.value)
    expect(module).toMatchObject({ name: 'bonded_tokens_pool', baseAccount: { address: pool.address } })
    const all = QueryAccountsResponse.decode(await bed.query('/cosmos.auth.v1beta1.Query/Accounts'))
    expect(all.accounts).toHaveLength(7)
    const params = AuthParams.decode(await bed.query('/cosmos.auth.v1beta1.Query/Params'))
    expect(params.params).toMatchObject({ maxMemoCharacters: 256n, txSigLimit: 7n })
  })

  it('say of an unknown account what CosmJS looks for', async () => {
    const bed = await start()
    const data = QueryAccountRequest.encode(person('nobody')).finish()
    const answer = await bed.app.query({
      path: '/cosmos.auth.v1beta1.Query/Account',
      data,
      height: 0,
      prove: false
    })
    expect(answer).toMatchObject({ code: 22, codespace: 'sdk' })
    expect(answer.log).toContain('rpc error: code = NotFound')
  })
})

describe('queries of bank', () => {
  it('give balances and supply', async () => {
    const bed = await start()
    const path = '/cosmos.bank.v1beta1.Query'
    const question = { address: alice.address, denom: 'upnyx' }
    const { balance } = await ask(bed, `${path}/Balance`, QueryBalanceRequest, question, QueryBalanceResponse)
    expect(balance).toEqual({ denom: 'upnyx', amount: '70000000' })
    const none = await ask(
      bed,
      `${path}/Balance`,
      QueryBalanceRequest,
      { ...question, denom: 'other' },
      QueryBalanceResponse
    )
    expect(none.balance).toEqual({ denom: 'other', amount: '0' })
    const all = { address: alice.address, resolveDenom: false }
    const { balances } = await ask(
      bed,
      `${path}/AllBalances`,
      QueryAllBalancesRequest,
      all,
      QueryAllBalancesResponse
    )
    expect(balances).toEqual([{ denom: 'upnyx', amount: '70000000' }])
    const { supply } = QueryTotalSupplyResponse.decode(await bed.query(`${path}/TotalSupply`))
    expect(supply).toEqual([{ denom: 'upnyx', amount: '250000005' }])
    const of = await ask(
      bed,
      `${path}/SupplyOf`,
      QuerySupplyOfRequest,
      { denom: 'upnyx' },
      QuerySupplyOfResponse
    )
    expect(of.amount.amount).toBe('250000005')
    const { metadata } = await ask(
      bed,
      `${path}/DenomMetadata`,
      QueryDenomMetadataRequest,
      { denom: 'upnyx' },
      QueryDenomMetadataResponse
    )
    expect(metadata).toMatchObject({ base: 'upnyx', display: 'pnyx', symbol: 'PNYX' })
    expect(metadata.denomUnits.map(({ denom, exponent }) => [denom, exponent])).toEqual([
      ['upnyx', 0],
      ['pnyx', 6]
    ])
  })
})

describe('queries of staking', () => {
  const path = '/cosmos.staking.v1beta1.Query'

  it('show validators as Cosmos SDK does', async () => {
    const bed = await start()
    const { validators, pagination } = staking.QueryValidatorsResponse.decode(
      await bed.query(`${path}/Validators`)
    )
    expect(pagination!.total).toBe(2n)
    const first = validators.find(({ operatorAddress }) => operatorAddress === val0.operator)!
    expect(first).toMatchObject({
      jailed: false,
      status: BondStatus.BOND_STATUS_BONDED,
      tokens: '120000000',
      // CosmJS gives decimals as whole numbers of 10^-18.
      delegatorShares: `${120n * MILLION * DEC}`,
      minSelfDelegation: '1',
      description: { moniker: 'val0' }
    })
    expect(first.consensusPubkey!.typeUrl).toBe('/cosmos.crypto.ed25519.PubKey')
    expect(first.commission.commissionRates!.rate).toBe(`${DEC / 10n}`)
    expect(first.commission.updateTime).toEqual({ seconds: NOW_SECONDS, nanos: 0 })
    const question = { validatorAddr: val1.operator }
    const one = await ask(
      bed,
      `${path}/Validator`,
      staking.QueryValidatorRequest,
      question,
      staking.QueryValidatorResponse
    )
    expect(one.validator.tokens).toBe('56000000')
    const unbonded = { status: 'BOND_STATUS_UNBONDED' }
    const none = await ask(
      bed,
      `${path}/Validators`,
      staking.QueryValidatorsRequest,
      unbonded,
      staking.QueryValidatorsResponse
    )
    expect(none.validators).toEqual([])
    const { pool } = staking.QueryPoolResponse.decode(await bed.query(`${path}/Pool`))
    expect(pool).toEqual({ bondedTokens: '176000000', notBondedTokens: '4000000' })
    const { params } = staking.QueryParamsResponse.decode(await bed.query(`${path}/Params`))
    expect(params).toMatchObject({
      unbondingTime: { seconds: 172_800n, nanos: 0 },
      maxValidators: 100,
      maxEntries: 7,
      bondDenom: 'upnyx'
    })
  })

  it('find delegations by pair, by delegator and by validator', async () => {
    const bed = await start()
    const pair = { delegatorAddr: alice.address, validatorAddr: val0.operator }
    const found = await ask(
      bed,
      `${path}/Delegation`,
      staking.QueryDelegationRequest,
      pair,
      staking.QueryDelegationResponse
    )
    expect(found.delegationResponse).toEqual({
      delegation: {
        delegatorAddress: alice.address,
        validatorAddress: val0.operator,
        shares: `${20n * MILLION * DEC}`
      },
      balance: { denom: 'upnyx', amount: '20000000' }
    })
    const mine = await ask(
      bed,
      `${path}/DelegatorDelegations`,
      staking.QueryDelegatorDelegationsRequest,
      { delegatorAddr: alice.address },
      staking.QueryDelegatorDelegationsResponse
    )
    expect(mine.delegationResponses.map(({ balance }) => balance.amount).sort()).toEqual([
      '20000000',
      '6000000'
    ])
    const theirs = await ask(
      bed,
      `${path}/ValidatorDelegations`,
      staking.QueryValidatorDelegationsRequest,
      { validatorAddr: val1.operator },
      staking.QueryValidatorDelegationsResponse
    )
    expect(theirs.delegationResponses.map(({ delegation }) => delegation.delegatorAddress).sort()).toEqual(
      [alice.address, val1.address].sort()
    )
    const missing = staking.QueryDelegationRequest.encode({
      ...pair,
      delegatorAddr: person('bob').address
    }).finish()
    const { log } = await bed.app.query({
      path: `${path}/Delegation`,
      data: missing,
      height: 0,
      prove: false
    })
    expect(log).toContain('key not found')
  })

  it('find what is leaving and what has moved', async () => {
    const bed = await start()
    const asked = { delegatorAddr: alice.address }
    const { unbondingResponses } = await ask(
      bed,
      `${path}/DelegatorUnbondingDelegations`,
      staking.QueryDelegatorUnbondingDelegationsRequest,
      asked,
      staking.QueryDelegatorUnbondingDelegationsResponse
    )
    expect(unbondingResponses[0]).toMatchObject({
      validatorAddress: val0.operator,
      entries: [
        {
          creationHeight: 2n,
          completionTime: { seconds: NOW_SECONDS + 2n + 172_800n, nanos: 0 },
          initialBalance: '4000000',
          balance: '4000000'
        }
      ]
    })
    const { redelegationResponses } = await ask(
      bed,
      `${path}/Redelegations`,
      staking.QueryRedelegationsRequest,
      { ...asked, srcValidatorAddr: '', dstValidatorAddr: '' },
      staking.QueryRedelegationsResponse
    )
    expect(redelegationResponses[0]).toMatchObject({
      redelegation: { validatorSrcAddress: val0.operator, validatorDstAddress: val1.operator },
      entries: [
        { balance: '6000000', redelegationEntry: { creationHeight: 3n, sharesDst: `${6n * MILLION * DEC}` } }
      ]
    })
  })

  it('go page by page', async () => {
    const bed = await start()
    const seen: string[] = []
    let key = new Uint8Array(0)
    for (let pages = 0; pages < 5; pages++) {
      const pagination = PageRequest.fromPartial({ key, limit: 1n })
      const asked = staking.QueryValidatorsRequest.fromPartial({ pagination })
      const answer = await ask(
        bed,
        `${path}/Validators`,
        staking.QueryValidatorsRequest,
        asked,
        staking.QueryValidatorsResponse
      )
      seen.push(...answer.validators.map(({ description }) => description.moniker))
      key = Uint8Array.from(answer.pagination!.nextKey)
      if (key.length === 0) break
    }
    expect(seen.sort()).toEqual(['val0', 'val1'])
  })

  it('count what there is for who names no limit, and for who asks', async () => {
    const bed = await start()
    const page = async (wish: Partial<PageRequest>) => {
      const pagination = PageRequest.fromPartial(wish)
      const asked = staking.QueryValidatorsRequest.fromPartial({ pagination })
      const data = staking.QueryValidatorsRequest.encode(asked).finish()
      return bed.app.query({ path: `${path}/Validators`, data, height: 0, prove: false })
    }
    const total = async (wish: Partial<PageRequest>) =>
      staking.QueryValidatorsResponse.decode((await page(wish)).value).pagination!.total
    expect(await total({})).toBe(2n)
    expect(await total({ limit: 1n })).toBe(0n)
    expect(await total({ limit: 1n, countTotal: true })).toBe(2n)
    expect(await total({ offset: 1n })).toBe(2n)
    expect(await page({ offset: 1n, key: Buffer.from('00') })).toMatchObject({ code: 18 })
  })

  it('know of no history, and say so as Cosmos SDK does', async () => {
    const bed = await start()
    const data = staking.QueryHistoricalInfoRequest.encode({ height: 2n }).finish()
    const { code, log } = await bed.app.query({
      path: `${path}/HistoricalInfo`,
      data,
      height: 0,
      prove: false
    })
    expect([code, log]).toEqual([22, expect.stringContaining('rpc error: code = NotFound')])
  })
})

describe('queries of slashing', () => {
  const path = '/cosmos.slashing.v1beta1.Query'

  it('show params and who signed', async () => {
    const bed = await start()
    await bed.block({ absent: ['val1'] })
    const { params } = SlashingParams.decode(await bed.query(`${path}/Params`))
    expect(params.signedBlocksWindow).toBe(100n)
    expect(Buffer.from(params.minSignedPerWindow).toString()).toBe(`${DEC / 2n}`)
    expect(Buffer.from(params.slashFractionDowntime).toString()).toBe(`${DEC / 100n}`)
    const consAddress = addresses.ofConsensusKey(val1.consensusAddress)
    const { valSigningInfo } = await ask(
      bed,
      `${path}/SigningInfo`,
      QuerySigningInfoRequest,
      { consAddress },
      QuerySigningInfoResponse
    )
    expect(valSigningInfo).toMatchObject({
      address: consAddress,
      startHeight: 1n,
      indexOffset: 3n,
      missedBlocksCounter: 1n,
      tombstoned: false,
      jailedUntil: { seconds: 0n, nanos: 0 }
    })
    const { info } = QuerySigningInfosResponse.decode(await bed.query(`${path}/SigningInfos`))
    expect(info).toHaveLength(2)
    const own = await bed.ask('/pnyx/slashing/signing_info', { validator: val1.operator })
    expect(own).toMatchObject({ missed_blocks_counter: '1', status: 'bonded', moniker: 'val1' })
    expect(await bed.ask('/pnyx/slashing/signing_info', { validator: val1.consensusAddress })).toEqual(own)
  })
})

describe('queries of tx', () => {
  it('simulate without a signature, and change nothing', async () => {
    const bed = await start()
    const txBytes = await bed.tx('alice', [sendMessage(alice.address, val0.address, [upnyx(1)])], {
      gasLimit: 0
    })
    const question = SimulateRequest.fromPartial({ txBytes })
    const answer = await ask(
      bed,
      '/cosmos.tx.v1beta1.Service/Simulate',
      SimulateRequest,
      question,
      SimulateResponse
    )
    expect(answer.gasInfo!.gasUsed).toBeGreaterThan(50_000n)
    expect(answer.result!.msgResponses.map(({ typeUrl }) => typeUrl)).toEqual([
      '/cosmos.bank.v1beta1.MsgSendResponse'
    ])
    expect((await bed.baseAccount(alice.account)).sequence).toBe(3)
    const tooMuch = await bed.tx('alice', [sendMessage(alice.address, val0.address, [upnyx(10n ** 12n)])])
    const data = SimulateRequest.encode(SimulateRequest.fromPartial({ txBytes: tooMuch })).finish()
    const refused = await bed.app.query({
      path: '/cosmos.tx.v1beta1.Service/Simulate',
      data,
      height: 0,
      prove: false
    })
    expect(refused).toMatchObject({ code: 5, codespace: 'sdk' })
  })
})

describe('queries of the node', () => {
  it('tell what gas costs', async () => {
    const genesis = { tx: { ...DEFAULT_TX_PARAMS, minGasPrice: DEC / 400n } }
    const bed = await Bed.start({ genesis })
    await bed.block()
    const answer = ConfigResponse.decode(await bed.query('/cosmos.base.node.v1beta1.Service/Config'))
    expect(answer.minimumGasPrice).toBe('0.002500000000000000upnyx')
  })
})

describe('queries that cannot be answered', () => {
  it('say so, whatever path and bytes they have', async () => {
    const bed = await start()
    const query = (path: string, more = {}) =>
      bed.app.query({ path, data: Uint8Array.of(0xff, 1, 2), height: 0, prove: false, ...more })
    for (const path of QUERY_PATHS) expect((await query(path)).code, path).toBeGreaterThan(0)
    for (const path of ['', '/', '/store/bank/key', '/cosmos.gov.v1.Query/Params', 'constructor']) {
      expect(await query(path)).toMatchObject({ code: 6, codespace: 'sdk' })
    }
    const empty = { data: new Uint8Array(0) }
    expect((await query('/cosmos.bank.v1beta1.Query/Params', { ...empty, height: 2 })).code).toBe(26)
    expect((await query('/cosmos.bank.v1beta1.Query/Params', { ...empty, height: 3 })).code).toBe(0)
    expect((await query('/cosmos.bank.v1beta1.Query/Params', { ...empty, prove: true })).code).toBe(37)
  })
})
