import { createHash } from 'node:crypto'
import {
  Comet38Client,
  connectComet,
  HttpBatchClient,
  HttpClient,
  type RpcClient,
  Tendermint37Client,
  WebsocketClient
} from '@cosmjs/tendermint-rpc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster, ClusterNode } from '../../scripts/cluster/cluster.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS } from './support/cluster-bed.ts'
import { hex, rootOfProof } from './support/recompute/hashes.ts'
import { type Raw, type Reader, recompute } from './support/recompute/recompute.ts'

type Client = Comet38Client | Tendermint37Client

const TRANSPORTS: Readonly<Record<string, (url: string) => RpcClient>> = {
  HTTP: url => new HttpClient(url),
  'HTTP in batches': url => new HttpBatchClient(url),
  'a websocket': url => new WebsocketClient(url.replace('http', 'ws'))
}
/** What is no call. */
const NO_CALLS = ['constructor', 'disconnect', 'doCall', 'subscribe']

const bytes = (text: string): Buffer => Buffer.from(text)
const text = (value: Uint8Array): string => Buffer.from(value).toString()

/** The client, and the names of the calls that were made of it. */
function noting<C extends Client>(client: C): { readonly client: C; readonly called: Set<string> } {
  const called = new Set<string>()
  const handler: ProxyHandler<C> = {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        called.add(String(name))
        return value.apply(target, args)
      }
    }
  }
  return { client: new Proxy(client, handler), called }
}

function callsOf(client: { readonly prototype: object }): string[] {
  return Object.getOwnPropertyNames(client.prototype)
    .filter(name => !NO_CALLS.includes(name))
    .sort()
}

async function getRaw({ rpc }: ClusterNode, path: string) {
  return JSON.parse(await (await fetch(`${rpc.url}/${path}`)).text()).result
}

/** Reads what the client does not know of. */
function rawOf(node: ClusterNode): Raw {
  return {
    async params(height) {
      const { block } = (await getRaw(node, `consensus_params?height=${height}`)).consensus_params
      return { maxBytes: BigInt(block.max_bytes), maxGas: BigInt(block.max_gas) }
    },
    async appHash(height) {
      const { app_hash } = await getRaw(node, `block_results?height=${height}`)
      return Buffer.from(app_hash ?? '', 'base64')
        .toString('hex')
        .toUpperCase()
    }
  }
}

type Answer<K extends keyof Reader> = Awaited<ReturnType<Reader[K]>>

/** A client whose answers to one call are not what the node said. */
function lying<K extends keyof Reader>(
  client: Comet38Client,
  call: K,
  change: (answer: Answer<K>) => unknown
): Reader {
  const lie = async (...args: unknown[]) => {
    const honest = (client[call] as unknown as (...args: unknown[]) => Promise<Answer<K>>).bind(client)
    return change(await honest(...args))
  }
  return new Proxy(client, {
    get: (target, name) => (name === call ? lie : Reflect.get(target, name).bind(target))
  }) as unknown as Reader
}

const other = (value: Uint8Array): Uint8Array => value.map((byte, at) => (at === 0 ? byte ^ 1 : byte))

/** Small untruths, and the words the check finds each with. */
function lies(client: Comet38Client): readonly (readonly [string, Reader])[] {
  const inHeader = (fields: Record<string, unknown>) =>
    lying(client, 'block', ({ block, blockId }) => ({
      blockId,
      block: { ...block, header: { ...block.header, ...fields } }
    }))
  const inValidators = (fields: Record<string, unknown>) =>
    lying(client, 'validatorsAll', answer => ({
      ...answer,
      validators: answer.validators.map(one => ({ ...one, ...fields }))
    }))
  const noTxs = lying(client, 'block', ({ block, blockId }) => ({ blockId, block: { ...block, txs: [] } }))
  const otherSignature = lying(client, 'commit', ({ commit, ...rest }) => ({
    ...rest,
    commit: {
      ...commit,
      signatures: commit.signatures.map(one => ({ ...one, signature: one.signature && other(one.signature) }))
    }
  }))
  const moreGas = lying(client, 'blockResults', answer => ({
    ...answer,
    results: answer.results.map(one => ({ ...one, gasUsed: one.gasUsed + 1n }))
  }))
  const larger = lying(client, 'blockchain', ({ lastHeight, blockMetas }) => ({
    lastHeight,
    blockMetas: blockMetas.map(one => ({ ...one, blockSize: one.blockSize + 1 }))
  }))
  return [
    ['block id', inHeader({ appHash: new Uint8Array(32) })],
    ['block id', inHeader({ proposerAddress: new Uint8Array(20) })],
    ['validators', inValidators({ votingPower: 2n })],
    ['priorities', inValidators({ proposerPriority: 1 })],
    ['parts', noTxs],
    ['signature', otherSignature],
    ['last results', moreGas],
    ['block meta', larger]
  ]
}

/** Every call that has an answer. The client itself throws on what is not CometBFT's. */
async function useEverything(client: Client, key: string, validators: number): Promise<void> {
  const { nodeInfo, syncInfo, validatorInfo } = await client.status()
  expect(nodeInfo.version).toMatch(/^0\.38\./)
  expect(hex(nodeInfo.id)).toHaveLength(40)
  expect(syncInfo.catchingUp).toBe(false)
  expect(validatorInfo?.votingPower).toBeGreaterThanOrEqual(1n)
  expect(await client.health()).toBeNull()
  expect((await client.genesis()).validators).toHaveLength(validators)

  const tx = bytes(`${key}=value`)
  const sent = await client.broadcastTxCommit({ tx })
  const height = sent.height!
  expect(sent.checkTx.code).toBe(0)
  expect(hex(sent.hash)).toBe(hex(createHash('sha256').update(tx).digest()))
  expect(text((await client.abciQuery({ path: '/key', data: bytes(key) })).value)).toBe('value')
  const found = await waitFor('the index', SOON_MS, () =>
    client.tx({ hash: sent.hash, prove: true }).catch(() => null)
  )
  expect([found.height, text(found.tx)]).toEqual([height, `${key}=value`])
  const { header } = (await client.block(height)).block
  expect(hex(rootOfProof(found.proof!)), 'the proof leads to the data hash').toBe(hex(header.dataHash))
  expect(hex(found.proof!.rootHash)).toBe(hex(header.dataHash))
  expect((await client.tx({ hash: sent.hash })).proof).toBeUndefined()
  const searched = await client.txSearch({ query: `tx.height=${height}`, prove: true })
  expect(searched.txs.map(one => text(one.tx))).toContain(`${key}=value`)
  for (const { proof } of searched.txs) expect(hex(rootOfProof(proof!))).toBe(hex(header.dataHash))
  expect((await client.txSearchAll({ query: `app.key='${key}'` })).totalCount).toBe(1)
  const blocks = await client.blockSearch({ query: 'block.height <= 3', per_page: 2 })
  expect([blocks.blocks.length, blocks.totalCount]).toEqual([2, 3])
  const all = await client.blockSearchAll({ query: 'block.height <= 3' })
  expect(all.blocks.map(({ block }) => block.header.height)).toEqual([1, 2, 3])
  expect((await client.blockchain(1, 3)).blockMetas.map(meta => meta.header.height)).toEqual([3, 2, 1])
  expect((await client.validators({ height, per_page: 2 })).total).toBe(validators)
  expect((await client.validatorsAll()).validators).toHaveLength(validators)
  expect((await client.abciInfo()).lastBlockHeight).toBeGreaterThanOrEqual(height)
  expect((await client.numUnconfirmedTxs()).total).toBeGreaterThanOrEqual(0)
  expect((await client.broadcastTxSync({ tx: bytes(`${key}=sync`) })).code).toBe(0)
  expect((await client.broadcastTxAsync({ tx: bytes(`${key}=async`) })).hash).toHaveLength(32)
}

interface Heard {
  readonly blocks: number[]
  readonly headers: number[]
  readonly txs: string[]
  readonly chosen: string[]
  readonly errors: unknown[]
}

/** Subscribes to all there is; a query of its own for the transactions of one key. */
function listen(client: Client, key: string): Heard {
  const heard: Heard = { blocks: [], headers: [], txs: [], chosen: [], errors: [] }
  const error = (reason: unknown) => heard.errors.push(reason)
  client.subscribeNewBlock().addListener({ next: ({ header }) => heard.blocks.push(header.height), error })
  client.subscribeNewBlockHeader().addListener({ next: ({ height }) => heard.headers.push(height), error })
  client.subscribeTx().addListener({ next: ({ tx }) => heard.txs.push(text(tx)), error })
  const query = `app.key='${key}'`
  client.subscribeTx(query).addListener({ next: ({ tx }) => heard.chosen.push(text(tx)), error })
  return heard
}

describe.each([1, 4])('unmodified clients of CosmJS and %i validators', validators => {
  let cluster: Cluster
  let node: ClusterNode

  beforeAll(async () => {
    cluster = await makeCluster({ validators, flags: ['--consensus.timeout_commit=50ms'] })
    cluster.startAll()
    await cluster.reach(3, START_MS)
    node = cluster.nodes[0]!
  }, 2 * START_MS)
  afterAll(cleanUp)

  it('are told by its version which client to use', async () => {
    const client = await connectComet(node.rpc.url)
    expect(client).toBeInstanceOf(Comet38Client)
    client.disconnect()
  })

  describe.each([
    ['Comet38Client', Comet38Client],
    ['Tendermint37Client', Tendermint37Client]
  ] as const)('%s', (name, type) => {
    it.each(Object.keys(TRANSPORTS))(
      'makes every call over %s, and what is told can be recomputed',
      async over => {
        const plain: Client = await type.create(TRANSPORTS[over]!(node.rpc.url))
        const { client, called } = noting(plain)
        const key = `${name}/${over}`.replaceAll(/\W/g, '')
        const heard = over === 'a websocket' ? listen(client, key) : null
        if (heard !== null) await waitFor('the first event', SOON_MS, () => heard.blocks.length > 0)
        await useEverything(client, key, validators)
        const { height } = await node.rpc.status()
        const checked = await recompute(client, rawOf(node), Math.min(height, 12))
        expect(checked.signatures).toBeGreaterThan(0)
        if (heard !== null) {
          await waitFor('the events', SOON_MS, () => heard.chosen.length === 3 && heard.headers.length > 3)
          expect(heard.errors).toEqual([])
          for (const heights of [heard.blocks, heard.headers]) {
            expect(heights).toEqual(heights.map((_, index) => heights[0]! + index))
          }
          expect(heard.chosen.sort()).toEqual(['async', 'sync', 'value'].map(value => `${key}=${value}`))
          for (const tx of heard.chosen) expect(heard.txs).toContain(tx)
        }
        const subscriptions =
          over === 'a websocket' ? [] : callsOf(type).filter(call => call.startsWith('subscribe'))
        expect([...called, ...subscriptions].sort()).toEqual(callsOf(type))
        plain.disconnect()
      }
    )
  })

  it('are not told less of peers than a node of CometBFT tells', async () => {
    const measured = (info: { peers: { connection_status: { SendMonitor: { Samples: string } } }[] }) =>
      info.peers.every(({ connection_status: { SendMonitor } }) => Number(SendMonitor.Samples) > 0)
    await waitFor('a rate of every peer', SOON_MS, async () => measured(await getRaw(node, 'net_info')))
    const { n_peers, peers } = await getRaw(node, 'net_info')
    const statuses = await Promise.all(cluster.nodes.map(one => getRaw(one, 'status')))
    const listening = statuses.map(status => status.node_info.listen_addr)
    expect([n_peers, peers.length]).toEqual([String(validators - 1), validators - 1])
    for (const { connection_status: status, remote_ip, node_info } of peers) {
      expect([remote_ip, node_info.network]).toEqual(['127.0.0.1', 'cluster'])
      expect(Number(status.Duration)).toBeGreaterThan(1e9)
      expect(node_info.other.tx_index).toMatch(/^(on|off)$/)
      expect(listening).toContain(node_info.listen_addr)
      for (const { Bytes, AvgRate, PeakRate, Samples, Active } of [status.SendMonitor, status.RecvMonitor]) {
        expect(Number(Bytes)).toBeGreaterThan(1000)
        expect(Number(AvgRate)).toBeGreaterThan(10)
        expect(Number(PeakRate)).toBeGreaterThan(0)
        expect(Number(Samples)).toBeGreaterThan(0)
        expect(Active).toBe(true)
      }
    }
  })

  it('can recompute every block after the power of a validator changed', async () => {
    const client = await Comet38Client.connect(node.rpc.url)
    const { validators: before } = await client.validatorsAll()
    const key = Buffer.from(before[0]!.pubkey!.data).toString('base64')
    const { height, txResult } = await client.broadcastTxCommit({ tx: bytes(`val:${key}!3`) })
    expect(txResult?.code).toBe(0)
    await cluster.reach(height + 6, SOON_MS)
    const checked = await recompute(client, rawOf(node), height + 5)
    expect(checked).toMatchObject({ changesOfPower: 1 })
    expect(checked.txs).toBeGreaterThan(5)
    for (const [found, liar] of lies(client)) {
      await expect(recompute(liar, rawOf(node), height), found).rejects.toThrow(found)
    }
    const { syncInfo } = await client.status()
    const { block } = await client.block(syncInfo.latestBlockHeight)
    expect(hex(syncInfo.latestAppHash)).toBe(hex(block.header.appHash))
    client.disconnect()
  })
})
