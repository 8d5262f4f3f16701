import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DirectSecp256k1HdWallet, DirectSecp256k1Wallet, Registry } from '@cosmjs/proto-signing'
import {
  assertIsDeliverTxSuccess,
  calculateFee,
  defaultRegistryTypes,
  GasPrice,
  QueryClient,
  SigningStargateClient,
  StargateClient,
  setupStakingExtension
} from '@cosmjs/stargate'
import { connectComet } from '@cosmjs/tendermint-rpc'
import { MsgUnjail } from 'cosmjs-types/cosmos/slashing/v1beta1/tx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterNode } from '../../scripts/cluster/cluster.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { keysDirectory, loadKey, passphraseBeside, unlockKey } from '../../src/config/index.ts'
import { person } from '../unit/app/staking/staking-bed.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS } from './support/cluster-bed.ts'

/** Never starts: a validator that is away, with too little power to stop the others. */
const absent = person('absent')
const POLL_MS = 50
const gasPrice = GasPrice.fromString('0.01upnyx')

let node: ClusterNode
let operator: DirectSecp256k1Wallet
let operatorAddress: string

beforeAll(async () => {
  const cluster = await makeCluster({
    validators: 1,
    app: 'staking',
    flags: ['--consensus.timeout_commit=20ms']
  })
  node = cluster.nodes[0]!
  addAbsentValidator(node.home)
  const directory = keysDirectory(node.home)
  const privateKey = unlockKey(loadKey(directory, 'operator'), passphraseBeside(directory, 'operator')!)
  operator = await DirectSecp256k1Wallet.fromKey(privateKey, 'pnyx')
  operatorAddress = (await operator.getAccounts())[0]!.address
  node.start()
  await node.reach(2, START_MS)
})
afterAll(cleanUp)

/** The validator set of the genesis and the stakes of app_state grow alike; the jail lasts a second. */
function addAbsentValidator(home: string): void {
  const file = join(home, 'config', 'genesis.json')
  const genesis = JSON.parse(readFileSync(file, 'utf8'))
  const pubKey = {
    type: 'tendermint/PubKeyEd25519',
    value: Buffer.from(absent.consensusKey.bytes).toString('base64')
  }
  genesis.validators.push({ address: '', pub_key: pubKey, power: '10', name: 'absent' })
  genesis.app_state.validators.push({
    operator: absent.operator,
    pub_key: pubKey,
    moniker: 'absent',
    stake: '10000000'
  })
  genesis.app_state.accounts.push({ address: absent.address, coins: [{ denom: 'upnyx', amount: '1000000' }] })
  const { slashing } = genesis.app_state.params
  Object.assign(slashing, { signed_blocks_window: 10, min_signed: 5, downtime_jail_duration: '1s' })
  writeFileSync(file, JSON.stringify(genesis))
}

function connect(wallet: DirectSecp256k1HdWallet | DirectSecp256k1Wallet, registry?: Registry) {
  const options = { gasPrice, broadcastPollIntervalMs: POLL_MS, ...(registry !== undefined && { registry }) }
  return SigningStargateClient.connectWithSigner(node.rpc.url, wallet, options)
}

describe('an unmodified SigningStargateClient', () => {
  it('sends tokens to a new account, which then sends on', async () => {
    const client = await connect(operator)
    const wallet = await DirectSecp256k1HdWallet.generate(24, { prefix: 'pnyx' })
    const { address } = (await wallet.getAccounts())[0]!
    expect(await client.getAccount(address)).toBeNull()
    const amount = [{ denom: 'upnyx', amount: '500000' }]
    const sent = await client.sendTokens(operatorAddress, address, amount, 'auto', 'hello')
    assertIsDeliverTxSuccess(sent)
    expect(sent.msgResponses.map(({ typeUrl }) => typeUrl)).toEqual(['/cosmos.bank.v1beta1.MsgSendResponse'])
    expect(sent.events.map(({ type }) => type)).toContain('transfer')
    expect(await client.getBalance(address, 'upnyx')).toEqual(amount[0])
    const other = await connect(wallet)
    const back = await other.sendTokens(
      address,
      operatorAddress,
      [{ denom: 'upnyx', amount: '1000' }],
      'auto'
    )
    assertIsDeliverTxSuccess(back)
    const balance = await client.getBalance(address, 'upnyx')
    const fee = calculateFee(Number(back.gasWanted), gasPrice).amount[0]!.amount
    expect(BigInt(balance.amount)).toBe(500_000n - 1000n - BigInt(fee))
    expect(await client.getSequence(address)).toMatchObject({ sequence: 1 })
    const found = await client.searchTx(`transfer.recipient='${address}'`)
    expect(found.map(({ hash }) => hash)).toEqual([sent.transactionHash])
    expect((await client.getTx(back.transactionHash))!.height).toBe(back.height)
    for (const each of [client, other]) each.disconnect()
  })

  it('delegates, sees what it has staked, and undelegates', async () => {
    const client = await connect(operator)
    const validator = await validatorAddress()
    const coin = { denom: 'upnyx', amount: '7000000' }
    const before = BigInt((await client.getDelegation(operatorAddress, validator))!.amount)
    assertIsDeliverTxSuccess(await client.delegateTokens(operatorAddress, validator, coin, 'auto'))
    const staked = BigInt((await client.getDelegation(operatorAddress, validator))!.amount)
    // Fees of the last transactions were paid to the stake in between.
    expect(staked).toBeGreaterThanOrEqual(before + 7_000_000n)
    expect(BigInt((await client.getBalanceStaked(operatorAddress))!.amount)).toBeGreaterThanOrEqual(staked)
    const half = { denom: 'upnyx', amount: '3500000' }
    const undelegated = await client.undelegateTokens(operatorAddress, validator, half, 'auto')
    assertIsDeliverTxSuccess(undelegated)
    expect(undelegated.events.find(({ type }) => type === 'unbond')!.attributes).toContainEqual({
      key: 'amount',
      value: '3500000upnyx'
    })
    client.disconnect()
  })

  it('lets its validator out of jail, and not before its time', async () => {
    const registry = new Registry([
      ...defaultRegistryTypes,
      ['/cosmos.slashing.v1beta1.MsgUnjail', MsgUnjail]
    ])
    const wallet = await DirectSecp256k1Wallet.fromKey(absent.privateKey, 'pnyx')
    const client = await connect(wallet, registry)
    await waitFor('the jail', SOON_MS, async () => (await powerOfAbsent()) === null || null)
    const unjail = [
      {
        typeUrl: '/cosmos.slashing.v1beta1.MsgUnjail',
        value: MsgUnjail.fromPartial({ validatorAddr: absent.operator })
      }
    ]
    const fee = { amount: [{ denom: 'upnyx', amount: '2000' }], gas: '200000' }
    const answer = await waitFor('the end of its time', SOON_MS, async () => {
      const { code, rawLog } = await client.signAndBroadcast(absent.address, unjail, fee)
      if (code !== 0) expect(rawLog).toContain('validator still jailed; cannot be unjailed')
      return code === 0 || null
    })
    expect(answer).toBe(true)
    await waitFor('its power', SOON_MS, async () => ((await powerOfAbsent()) === 9n ? true : null))
    client.disconnect()
  })

  it('is told in Cosmos SDK’s words why something cannot be', async () => {
    const client = await connect(operator)
    const tooMuch = [{ denom: 'upnyx', amount: '9000000000000000' }]
    const simulated = client.sendTokens(operatorAddress, absent.address, tooMuch, 'auto')
    await expect(simulated).rejects.toThrow('insufficient funds')
    const fee = { amount: [{ denom: 'upnyx', amount: '2000' }], gas: '200000' }
    const failed = await client.sendTokens(operatorAddress, absent.address, tooMuch, fee)
    expect(failed).toMatchObject({ code: 5 })
    const poor = client.sendTokens(operatorAddress, absent.address, [{ denom: 'upnyx', amount: '1' }], {
      amount: [],
      gas: '10'
    })
    await expect(poor).rejects.toThrow('out of gas')
    client.disconnect()
  })

  it('reads the chain without a key', async () => {
    const client = await StargateClient.connect(node.rpc.url)
    expect(await client.getChainId()).toBe('cluster')
    expect((await client.getBlock(1)).header.chainId).toBe('cluster')
    expect(await client.getAllBalances(absent.address)).toHaveLength(1)
    expect(await client.getAccount(operatorAddress)).toMatchObject({ address: operatorAddress })
    expect(await client.getAccount(person('nobody').address)).toBeNull()
    client.disconnect()
  })
})

/** The operator address of the validator that runs. */
async function validatorAddress(): Promise<string> {
  const client = QueryClient.withExtensions(await connectComet(node.rpc.url), setupStakingExtension)
  const { validators } = await client.staking.validators('BOND_STATUS_BONDED')
  return validators.find(({ description }) => description.moniker === 'node0')!.operatorAddress
}

/** Null when it is in no set. */
async function powerOfAbsent(): Promise<bigint | null> {
  const response = await fetch(`${node.rpc.url}/validators`)
  const { result } = (await response.json()) as {
    result: { validators: { address: string; voting_power: string }[] }
  }
  const found = result.validators.find(({ address }) => address.toLowerCase() === absent.consensusAddress)
  return found === undefined ? null : BigInt(found.voting_power)
}
