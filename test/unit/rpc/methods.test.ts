import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeSignatureVerifier, sha256, verifyMerkleProof } from '../../../src/crypto/index.ts'
import { evidenceToJson } from '../../../src/rpc/json/evidence.ts'
import { evidenceHash, genesisToJson, txHash, verifyCommit } from '../../../src/types/index.ts'
import { FakeNodeView } from './support/fake-node-view.ts'
import { call, get, type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { CHAIN_ID, kvTx, SyntheticChain } from './support/synthetic-chain.ts'

let rpc: RpcFixture

beforeEach(async () => {
  rpc = await startRpc({ unsafe: true })
})
afterEach(() => rpc.stop())

async function resultOf(method: string, params: unknown = {}) {
  const { json } = await call(rpc.url, method, params)
  expect(json.error).toBeUndefined()
  return json.result
}

async function errorOf(method: string, params: unknown = {}): Promise<string> {
  const { json } = await call(rpc.url, method, params)
  expect(json.result).toBeUndefined()
  return json.error.data
}

const BY_HEIGHT = ['block', 'block_results', 'commit', 'header', 'validators', 'consensus_params']

describe('a height', () => {
  it('is the latest when not given, and within what is stored', async () => {
    rpc.view.base = 4
    for (const method of BY_HEIGHT) {
      const latest = method === 'validators' || method === 'consensus_params' ? 13 : 12
      expect(await errorOf(method, { height: '0' })).toBe('height must be greater than 0, but got 0')
      expect(await errorOf(method, { height: '-1' })).toBe('height must be greater than 0, but got -1')
      expect(await errorOf(method, { height: String(latest + 1) })).toBe(
        `height ${latest + 1} must be less than or equal to the current blockchain height ${latest}`
      )
      expect(await errorOf(method, { height: '3' })).toBe('height 3 is not available, lowest height is 4')
      await resultOf(method, { height: '4' })
      await resultOf(method, { height: String(latest) })
    }
    expect((await resultOf('block')).block.header.height).toBe('12')
    expect((await resultOf('validators')).block_height).toBe('13')
  })

  it('one beyond the latest is known only while consensus runs', async () => {
    rpc.view.catchingUp = true
    expect((await resultOf('validators')).block_height).toBe('12')
    expect(await errorOf('validators', { height: '13' })).toMatch(/current blockchain height 12$/)
  })

  it('of a node without blocks is refused', async () => {
    await rpc.stop()
    rpc = await startRpc({}, new FakeNodeView(new SyntheticChain()))
    expect(await errorOf('block', { height: '1' })).toBe(
      'height 1 must be less than or equal to the current blockchain height 0'
    )
    expect((await resultOf('block')).block).toBeNull()
    expect(await errorOf('blockchain')).toBe("min height 1 can't be greater than max height 0")
    expect((await resultOf('status')).sync_info).toEqual({
      latest_block_hash: '',
      latest_app_hash: '',
      latest_block_height: '0',
      latest_block_time: '1970-01-01T00:00:00Z',
      earliest_block_hash: '',
      earliest_app_hash: '',
      earliest_block_height: '0',
      earliest_block_time: '1970-01-01T00:00:00Z',
      catching_up: false
    })
  })
})

describe('blocks', () => {
  it('are found by hash, as base64 and in a URI as hex', async () => {
    const { hash } = rpc.view.synthetic.at(5)!.meta.blockId
    const byHash = await resultOf('block_by_hash', { hash: Buffer.from(hash, 'hex').toString('base64') })
    expect(byHash.block.header.height).toBe('5')
    expect((await get(`${rpc.url}/block_by_hash?hash=0x${hash.toUpperCase()}`)).json.result).toEqual(byHash)
    expect((await resultOf('header_by_hash', { hash })).header).toEqual(byHash.block.header)
  })

  it('that are unknown are null beside a zero id', async () => {
    expect(await resultOf('block_by_hash', { hash: 'AAAA' })).toEqual({
      block_id: { hash: '', parts: { total: 0, hash: '' } },
      block: null
    })
    expect(await resultOf('header_by_hash', { hash: 'ABCD' })).toEqual({ header: null })
  })

  it('come in lists of at most twenty, the newest first', async () => {
    for (let count = 0; count < 20; count++) rpc.view.synthetic.append([])
    const heights = async (minHeight?: string, maxHeight?: string) =>
      (await resultOf('blockchain', { minHeight, maxHeight })).block_metas.map(
        (meta: { header: { height: string } }) => Number(meta.header.height)
      )
    expect(await heights()).toEqual(Array.from({ length: 20 }, (_, index) => 32 - index))
    expect(await heights('1', '3')).toEqual([3, 2, 1])
    expect(await heights('31', '1000')).toEqual([32, 31])
    rpc.view.base = 30
    expect(await heights('1', '31')).toEqual([31, 30])
    expect(await errorOf('blockchain', { minHeight: '5', maxHeight: '3' })).toBe(
      "min height 30 can't be greater than max height 3"
    )
    expect(await errorOf('blockchain', { minHeight: '-1' })).toBe('heights must be non-negative')
  })

  it('have commits that verify, canonical but for the newest', async () => {
    const verifier = makeSignatureVerifier({ cacheSize: 10 })
    const { synthetic } = rpc.view
    for (const height of [5, 12]) {
      const { meta, validators, seenCommit } = synthetic.at(height)!
      const { signed_header, canonical } = await resultOf('commit', { height: String(height) })
      expect(canonical).toBe(height !== 12)
      expect(signed_header.commit.block_id.hash).toBe(meta.blockId.hash.toUpperCase())
      expect(verifyCommit(CHAIN_ID, validators, meta.blockId, height, seenCommit, verifier)).toBeNull()
    }
    const { signed_header } = await resultOf('commit', { height: '6' })
    expect(signed_header.commit.signatures[3]).toEqual({
      block_id_flag: 1,
      validator_address: '',
      timestamp: '0001-01-01T00:00:00Z',
      signature: null
    })
  })

  it('without kept results say so', async () => {
    rpc.view.chain.results = () => null
    expect(await errorOf('block_results', { height: '3' })).toBe('could not find results for height #3')
  })
})

describe('pages', () => {
  it('are of thirty, at most a hundred, and within what there is', async () => {
    const counts = async (params: object) => {
      const { validators, count, total } = await resultOf('validators', params)
      expect(count).toBe(String(validators.length))
      expect(total).toBe('4')
      return validators.length
    }
    expect(await counts({})).toBe(4)
    expect(await counts({ per_page: '3' })).toBe(3)
    expect(await counts({ per_page: '3', page: '2' })).toBe(1)
    expect(await counts({ per_page: '0' })).toBe(4)
    expect(await counts({ per_page: '-5' })).toBe(4)
    expect(await counts({ per_page: '100000000000' })).toBe(4)
    expect(await errorOf('validators', { per_page: '3', page: '3' })).toBe(
      'page should be within [1, 2] range, given 3'
    )
    expect(await errorOf('validators', { page: '0' })).toBe('page should be within [1, 1] range, given 0')
  })
})

describe('genesis', () => {
  it('is the whole document, also in chunks', async () => {
    const { genesis } = await resultOf('genesis')
    expect(genesis.app_state).toEqual({ account_owner: 'Bob' })
    const chunked = await resultOf('genesis_chunked', { chunk: '0' })
    expect(chunked).toMatchObject({ chunk: '0', total: '1' })
    expect(JSON.parse(Buffer.from(chunked.data, 'base64').toString())).toEqual(genesis)
    expect(await errorOf('genesis_chunked', { chunk: '1' })).toBe('there are 0 chunks, 1 is invalid')
  })

  it('of more than 16 MiB comes in chunks alone', async () => {
    const { synthetic } = rpc.view
    const large = { ...synthetic.genesis, appState: `"${'é'.repeat(9 * 1024 * 1024)}"` }
    Object.defineProperty(synthetic, 'genesis', { value: large })
    expect(await errorOf('genesis')).toBe(
      'genesis response is large, please use the genesis_chunked API instead'
    )
    const parts: Buffer[] = []
    for (const chunk of ['0', '1']) {
      const { data, total } = await resultOf('genesis_chunked', { chunk })
      expect(total).toBe('2')
      parts.push(Buffer.from(data, 'base64'))
    }
    expect(parts[0]!.length).toBe(16 * 1024 * 1024)
    expect(Buffer.concat(parts).toString() === genesisToJson(large)).toBe(true)
    expect(await errorOf('genesis_chunked', { chunk: '2' })).toBe('there are 1 chunks, 2 is invalid')
  })
})

describe('transactions', () => {
  it('are refused with the reason of the pool', async () => {
    rpc.view.refuseTx = 'tx already exists in cache'
    const params = { tx: Buffer.from('a=b').toString('base64') }
    expect(await errorOf('broadcast_tx_sync', params)).toBe('tx already exists in cache')
    expect(await errorOf('broadcast_tx_async', params)).toBe('tx already exists in cache')
    expect(await errorOf('broadcast_tx_commit', params)).toBe(
      'error on broadcastTxCommit: tx already exists in cache'
    )
  })

  it('are answered with what the app said of them', async () => {
    rpc.view.checkCode = 7
    const params = { tx: Buffer.from('a=b').toString('base64') }
    const hash = txHash(Buffer.from('a=b')).toUpperCase()
    expect(await resultOf('broadcast_tx_sync', params)).toEqual({
      code: 7,
      data: '776879',
      log: 'not allowed',
      codespace: 'app',
      hash
    })
    const committed = await resultOf('broadcast_tx_commit', params)
    expect(committed).toMatchObject({
      check_tx: { code: 7, data: 'd2h5' },
      tx_result: { code: 0, events: [] },
      height: '0',
      hash
    })
    expect(await resultOf('check_tx', params)).toMatchObject({ code: 7, log: 'not allowed', gas_wanted: '1' })
  })

  it('are waited for until they are in a block', async () => {
    rpc.view.commitsAtOnce = false
    const tx = kvTx('waited')
    const answer = resultOf('broadcast_tx_commit', { tx: tx.toString('base64') })
    while (rpc.view.pool.length === 0) await new Promise(resolve => setImmediate(resolve))
    rpc.view.commitBlock([kvTx('other')])
    rpc.view.commitBlock([kvTx('another'), tx])
    expect(await answer).toMatchObject({ height: '14', hash: txHash(tx).toUpperCase() })
    expect(rpc.clock.pending).toBe(0)
  })

  it('are waited for no longer than the config says', async () => {
    rpc.view.commitsAtOnce = false
    const answer = errorOf('broadcast_tx_commit', { tx: kvTx('lost').toString('base64') })
    while (rpc.clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
    rpc.clock.advance(9999)
    expect(rpc.clock.pending).toBe(1)
    rpc.clock.advance(1)
    expect(await answer).toBe('timed out waiting for tx to be included in a block')
  })

  it('are waited for by a limited number of clients', async () => {
    await rpc.stop()
    rpc = await startRpc({ maxSubscriptionClients: 1 })
    rpc.view.commitsAtOnce = false
    const first = resultOf('broadcast_tx_commit', { tx: kvTx('first').toString('base64') })
    while (rpc.view.pool.length === 0) await new Promise(resolve => setImmediate(resolve))
    expect(await errorOf('broadcast_tx_commit', { tx: kvTx('second').toString('base64') })).toBe(
      'max_subscription_clients 1 reached'
    )
    rpc.view.commitBlock([kvTx('first')])
    await first
    rpc.view.commitsAtOnce = true
    await resultOf('broadcast_tx_commit', { tx: kvTx('third').toString('base64') })
  })

  it('are found by hash with a proof that verifies', async () => {
    const tx = kvTx('other8')
    const hash = Buffer.from(txHash(tx), 'hex').toString('base64')
    const found = await resultOf('tx', { hash, prove: true })
    expect(found).toMatchObject({ height: '8', index: 1, tx: tx.toString('base64') })
    const { proof, root_hash } = found.proof
    const hexOf = (base64: string) => Buffer.from(base64, 'base64').toString('hex')
    const decoded = {
      total: Number(proof.total),
      index: Number(proof.index),
      leafHash: hexOf(proof.leaf_hash),
      aunts: proof.aunts.map(hexOf)
    }
    expect(root_hash.toLowerCase()).toBe(rpc.view.synthetic.at(8)!.block.header.dataHash)
    expect(verifyMerkleProof(decoded, root_hash.toLowerCase(), sha256(tx))).toBe(true)
    expect('proof' in (await resultOf('tx', { hash }))).toBe(false)
  })

  it('are not found without an index, and not proved without their block', async () => {
    const hash = Buffer.from(txHash(kvTx('tx4')), 'hex').toString('base64')
    rpc.view.base = 6
    expect('proof' in (await resultOf('tx', { hash, prove: true }))).toBe(false)
    rpc.view.index = null
    expect(await errorOf('tx', { hash })).toBe('transaction indexing is disabled')
    expect(await errorOf('tx_search', { query: 'tx.height=1' })).toBe('transaction indexing is disabled')
    expect(await errorOf('block_search', { query: 'block.height=1' })).toBe('block indexing is disabled')
  })

  it('in the pool are listed up to a limit', async () => {
    for (let index = 0; index < 120; index++) rpc.view.pool.push(kvTx(`p${index}`))
    const count = async (params: object) => (await resultOf('unconfirmed_txs', params)).txs.length
    expect(await count({})).toBe(30)
    expect(await count({ limit: '1000' })).toBe(100)
    expect(await count({ limit: '1' })).toBe(1)
    const all = await resultOf('num_unconfirmed_txs')
    expect(all).toEqual({
      n_txs: '120',
      total: '120',
      total_bytes: String(rpc.view.txPool.totalBytes()),
      txs: null
    })
  })
})

describe('consensus', () => {
  it('shows votes in the lines that monitors read', async () => {
    const { round_state } = await resultOf('consensus_state')
    expect(round_state['height/round/step']).toBe('13/0/6')
    const [votes] = round_state.height_vote_set
    expect(votes.prevotes_bit_array).toBe('BA{4:xx_x} 80/100 = 0.80')
    expect(votes.precommits_bit_array).toBe('BA{4:x___} 40/100 = 0.40')
    expect(votes.prevotes[0]).toMatch(
      /^Vote\{0:[0-9A-F]{12} 13\/00\/SIGNED_MSG_TYPE_PREVOTE\(Prevote\) [0-9A-F]{12} [0-9A-F]{12} 0{12} @ 2023-.*Z\}$/
    )
    expect(votes.prevotes[1]).toContain('(Prevote) 000000000000 ')
    expect(votes.prevotes[2]).toBe('nil-Vote')
  })

  it('dumps the whole round and the peers', async () => {
    const { round_state, peers } = await resultOf('dump_consensus_state')
    expect(round_state).toMatchObject({
      height: '13',
      round: 0,
      step: 6,
      proposal: { Type: 32, pol_round: -1 },
      proposal_block_parts: { 'count/total': '1/1', parts_bit_array: 'x' },
      locked_round: 0,
      valid_round: 0,
      commit_round: -1,
      last_commit: { votes_bit_array: 'BA{3:xxx} 90/100 = 0.90' },
      triggered_timeout_precommit: false
    })
    expect(round_state.locked_block.header.height).toBe('12')
    expect(peers[0].peer_state).toMatchObject({
      round_state: { step: 4, proposal_block_parts: 'x_', prevotes: 'x__x', precommits: null },
      stats: { votes: '12', block_parts: '3' }
    })
  })

  it('is not there while the node catches up', async () => {
    rpc.view.running = false
    expect(await errorOf('consensus_state')).toBe('consensus is not running: the node is catching up')
    expect(await errorOf('dump_consensus_state')).toBe('consensus is not running: the node is catching up')
  })
})

describe('net_info', () => {
  it('shows peers with their connection', async () => {
    const { n_peers, peers } = await resultOf('net_info')
    expect(n_peers).toBe('1')
    expect(peers[0]).toMatchObject({ is_outbound: true, remote_ip: '127.0.0.1' })
    expect(peers[0].connection_status).toMatchObject({
      Duration: '2000000000',
      SendMonitor: {
        Bytes: '5000',
        Samples: '2',
        InstRate: '900',
        CurRate: '1200',
        AvgRate: '2500',
        PeakRate: '4100',
        Idle: '3000000',
        Active: true
      },
      RecvMonitor: { Bytes: '7000', AvgRate: '3500', Idle: '1500000000' },
      Channels: []
    })
  })
})

describe('abci_query', () => {
  it('hands the query on as it is', async () => {
    await resultOf('abci_query', { path: '/store', data: 'ABcd', height: '5', prove: true })
    await get(`${rpc.url}/abci_query?path="/p"&data=0xabcd`)
    expect(
      rpc.view.queries.map(query => ({ ...query, data: Buffer.from(query.data).toString('hex') }))
    ).toEqual([
      { path: '/store', data: 'abcd', height: 5, prove: true },
      { path: '/p', data: 'abcd', height: 0, prove: false }
    ])
    expect(await errorOf('abci_query', { height: '-1' })).toMatch(/^height must be from 0/)
  })
})

describe('evidence', () => {
  it('is handed to the node and answered with its hash', async () => {
    const evidence = rpc.view.synthetic.duplicateVote(5)
    const { hash } = await resultOf('broadcast_evidence', { evidence: evidenceToJson(evidence) })
    expect(Buffer.from(hash, 'base64').toString('hex')).toBe(evidenceHash(evidence))
    expect(rpc.view.evidence).toHaveLength(1)
    expect(evidenceHash(rpc.view.evidence[0]!)).toBe(evidenceHash(evidence))
  })

  it('is refused when there is none, it is malformed, or the node says so', async () => {
    expect(await errorOf('broadcast_evidence')).toBe('no evidence was provided')
    const evidence = rpc.view.synthetic.duplicateVote(5)
    const same = evidenceToJson({ ...evidence, voteB: evidence.voteA })
    expect(await errorOf('broadcast_evidence', { evidence: same })).toMatch(
      /^evidence\.ValidateBasic failed: /
    )
    rpc.view.refuseEvidence = 'validator had no power'
    expect(await errorOf('broadcast_evidence', { evidence: evidenceToJson(evidence) })).toBe(
      'failed to add evidence: validator had no power'
    )
    expect(rpc.view.evidence).toEqual([])
  })
})

describe('unsafe methods', () => {
  it('do as they are told when enabled', async () => {
    expect(await resultOf('unsafe_flush_mempool')).toEqual({})
    expect(rpc.view.flushed).toBe(1)
    expect(await resultOf('dial_seeds', { seeds: ['id@1.2.3.4:5'] })).toEqual({
      log: 'Dialing seeds in progress. See /net_info for details'
    })
    expect((await get(`${rpc.url}/dial_peers?peers=["a@b:1"]&persistent=true`)).json.result.log).toMatch(
      /^Dialing peers/
    )
    expect(rpc.view.dialled).toEqual([
      ['id@1.2.3.4:5'],
      [['a@b:1'], { persistent: true, unconditional: false, private: false }]
    ])
    expect(await errorOf('dial_seeds')).toBe('no seeds provided')
    expect(await errorOf('dial_peers')).toBe('no peers provided')
  })
})
