import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { CosmosQueryClient, DirectSigner } from '@interchainjs/cosmos'
import { QueryBalanceRequest, QueryBalanceResponse } from 'cosmjs-types/cosmos/bank/v1beta1/query'
import { MsgSend } from 'cosmjs-types/cosmos/bank/v1beta1/tx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterNode } from '../../scripts/cluster/cluster.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { sha256Hex } from '../../src/crypto/index.ts'
import { person } from '../unit/app/staking/staking-bed.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS } from './support/cluster-bed.ts'

// Its build for `import` does not load in Node.
const interchain: typeof import('@interchainjs/cosmos') = createRequire(import.meta.url)(
  '@interchainjs/cosmos'
)

const WORDS = 'test test test test test test test test test test test junk'
const receiver = person('receiver').address
const MSG_SEND = '/cosmos.bank.v1beta1.MsgSend'

let node: ClusterNode
let client: CosmosQueryClient
let signer: DirectSigner
let sender: string

beforeAll(async () => {
  const wallet = await interchain.Secp256k1HDWallet.fromMnemonic(WORDS, {
    derivations: [{ prefix: 'pnyx', hdPath: "m/44'/118'/0'/0/0" }]
  })
  sender = (await wallet.getAccounts())[0]!.address!
  const cluster = await makeCluster({
    validators: 1,
    app: 'staking',
    flags: ['--consensus.timeout_commit=20ms']
  })
  node = cluster.nodes[0]!
  const file = join(node.home, 'config', 'genesis.json')
  const genesis = JSON.parse(readFileSync(file, 'utf8'))
  genesis.app_state.accounts.push({ address: sender, coins: [{ denom: 'upnyx', amount: '5000000' }] })
  writeFileSync(file, JSON.stringify(genesis))
  node.start()
  await node.reach(3, START_MS)
  client = (await interchain.createCosmosQueryClient(node.rpc.url)) as CosmosQueryClient
  signer = new interchain.DirectSigner(await wallet.toOfflineDirectSigner(), {
    queryClient: client,
    chainId: 'cluster',
    addressPrefix: 'pnyx',
    gasPrice: '0.01upnyx'
  })
  signer.addEncoders([interchain.toEncoder(MsgSend)])
})
afterAll(cleanUp)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

async function send(amount: string, mode: 'sync' | 'async' | 'commit'): Promise<string> {
  const value = { fromAddress: sender, toAddress: receiver, amount: [{ denom: 'upnyx', amount }] }
  const signed = await signer.sign({
    messages: [{ typeUrl: MSG_SEND, value }],
    fee: { amount: [{ denom: 'upnyx', amount: '2000' }], gas: '200000' },
    memo: mode,
    options: { signerAddress: sender }
  })
  const { transactionHash } = await signed.broadcast({ mode })
  expect(transactionHash.toLowerCase()).toBe(sha256Hex(signed.txBytes))
  return transactionHash
}

/** The transaction once it is in a block and in the index; without its proof, which this client reads as no node writes it. */
const found = (hash: string) =>
  waitFor('the transaction', SOON_MS, () => client.getTx(hash, false).catch(() => null))

describe('an unmodified client of interchainjs', () => {
  it('knows the node for one of CometBFT v0.38', async () => {
    expect(client.getProtocolInfo().version).toBe('comet-0.38')
    const { nodeInfo, syncInfo, validatorInfo } = await client.getStatus()
    expect([nodeInfo.network, syncInfo.catchingUp]).toEqual(['cluster', false])
    expect(validatorInfo.votingPower).toBeGreaterThan(0n)
    expect(await client.getHealth()).toBeNull()
    expect((await client.getNetInfo()).nPeers).toBe(0)
    expect((await client.getAbciInfo()).lastBlockHeight).toBeGreaterThanOrEqual(1)
  })

  it('signs and sends, waits, and finds what it sent', async () => {
    const txs = []
    for (const [at, mode] of (['sync', 'async', 'commit'] as const).entries()) {
      txs.push(await found(await send(String(1000 + at), mode)))
    }
    const asked = QueryBalanceRequest.encode({ address: receiver, denom: 'upnyx' }).finish()
    const answer = await client.request('cosmos.bank.v1beta1.Query', 'Balance', asked)
    expect(QueryBalanceResponse.decode(answer).balance).toEqual({ denom: 'upnyx', amount: '3003' })
    expect(await signer.getSequence(sender)).toBe(3n)
    for (const { txResult, tx, height } of txs) {
      expect(txResult.code).toBe(0)
      const { data } = await client.getBlock(height)
      expect(data.txs.map(hex)).toContain(hex(tx))
    }
    const query = `transfer.recipient='${receiver}'`
    const search = await client.searchTxs({ query, prove: false, page: 1, perPage: 10 })
    expect(search.txs.map(({ hash }) => hex(hash))).toEqual(txs.map(({ hash }) => hex(hash)))
    expect(search.totalCount).toBe(3)
  })

  it('is told why a transaction is refused', async () => {
    const before = await signer.getSequence(sender)
    const { code, log } = await client.checkTx(Buffer.from('no transaction').toString('base64'))
    expect(code).not.toBe(0)
    expect(log).not.toBe('')
    const hash = await send('9000000000', 'sync')
    expect((await found(hash)).txResult).toMatchObject({ code: 5 })
    expect(await signer.getSequence(sender)).toBe(before + 1n)
  })

  it('reads blocks, by height and by hash', async () => {
    const height = 2
    const block = await client.getBlock(height)
    const header = await client.getHeader(height)
    expect(header).toEqual(block.header)
    const { blockId } = await client.getCommit(height)
    const blockHash = hex(blockId.hash)
    expect((await client.getBlockByHash(blockHash)).header).toEqual(header)
    expect(await client.getHeaderByHash(blockHash)).toEqual(header)
    expect((await client.getBlockchain(1, 3)).blockMetas).toHaveLength(3)
    expect((await client.getBlockResults(height)).height).toBe(height)
    const blocks = await client.searchBlocks({ query: 'block.height <= 2', page: 1, perPage: 5 })
    expect(blocks.totalCount).toBe(2)
  })

  it('reads validators, parameters, genesis, state and the pool', async () => {
    const { validators, total } = await client.getValidators(2, 1, 10)
    expect([validators.length, Number(total)]).toEqual([1, 1])
    expect((await client.getConsensusParams(2)).block?.maxBytes).toBeGreaterThan(0)
    expect((await client.getGenesis()).genesis.chainId).toBe('cluster')
    const chunk = await client.getGenesisChunked(0)
    expect(chunk.total).toBe(1)
    expect((await client.getConsensusState()).roundState).toBeDefined()
    expect((await client.dumpConsensusState()).roundState).toBeDefined()
    expect((await client.getUnconfirmedTxs(5)).txs.length).toBeLessThanOrEqual(5)
    expect((await client.getNumUnconfirmedTxs()).total).toBeGreaterThanOrEqual(0)
  })
})
