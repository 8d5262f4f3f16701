import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FakeNodeView } from './support/fake-node-view.ts'
import { post, type RpcFixture, startRpc } from './support/rpc-fixture.ts'
import { shapeDifferences } from './support/shape.ts'

const FIXTURES = new URL('../../fixtures/rpc-v0.38/', import.meta.url)

function fixture(direction: 'outgoing' | 'incoming', name: string) {
  return JSON.parse(readFileSync(new URL(`${direction}/${name}`, FIXTURES), 'utf8'))
}

/** Recorded requests over the websocket; they are replayed by the websocket's own tests. */
const WEBSOCKET = /^subscribe_(malformed|newblock|txs)\.json$/

/** Differences that are meant, by request and line; `[*]` stands for every element of a list. */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'status.json': {
    '$.result.node_info.other.peer_id: answered, not recorded': 'the libp2p id has its place here'
  },
  'block_results_at_height_10.json': {
    '$.result.app_hash: null recorded, string answered': 'the recorded app gave no hash, ours gives one'
  },
  'block_search.json': {
    '$.result.blocks[*].block.last_commit.signatures[*].signature: string recorded, null answered':
      'the recorded chain had one validator; in ours one is absent at times, and its nil signature is null'
  },
  'genesis.json': {
    '$.result.genesis.app_state: answered, not recorded': 'the recorded chain had no app state, ours has'
  }
}

describe('answers have the shape of those of a recorded v0.38 node', () => {
  let rpc: RpcFixture

  beforeAll(async () => {
    rpc = await startRpc()
  })
  afterAll(() => rpc.stop())

  const names = readdirSync(new URL('outgoing', FIXTURES)).filter(name => !WEBSOCKET.test(name))

  for (const name of names) {
    it(name.replace('.json', ''), async () => {
      const request = fixture('outgoing', name)
      const recorded = fixture('incoming', name)
      if (request.method === 'block_by_hash') {
        const { hash } = rpc.view.synthetic.at(10)!.meta.blockId
        request.params.hash = Buffer.from(hash, 'hex').toString('base64')
      }
      const { status, json } = await post(rpc.url, JSON.stringify(request))
      expect(status).toBe(200)
      expect(json.id).toBe(request.id)
      const differences = shapeDifferences(recorded, json)
      const unexpected = differences.filter(
        line => EXCEPTIONS[name]?.[line.replace(/\[\d+\]/g, '[*]')] === undefined
      )
      expect(unexpected).toEqual([])
    })
  }

  it('evidence in a block has the keys of Go, and of the recording but for the names that Go does not have', () => {
    // The recorder wrote snake_case over the Go names of three fields.
    const recorded = fixture('incoming', 'block_search_evidence.json')
    const { type, value } = recorded.result.blocks[0].block.evidence.evidence[0]
    const { total_voting_power, validator_power, timestamp, ...votes } = value
    const expected = {
      type,
      value: {
        ...votes,
        TotalVotingPower: total_voting_power,
        ValidatorPower: validator_power,
        Timestamp: timestamp
      }
    }
    return post(
      rpc.url,
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'block', params: { height: '8' } })
    ).then(({ json }) => {
      const [ours] = json.result.block.evidence.evidence
      expect(shapeDifferences(expected, ours)).toEqual([])
      expect(ours.type).toBe('tendermint/DuplicateVoteEvidence')
    })
  })

  it('the comparison notices a missing key, another type and a new key', () => {
    expect(shapeDifferences({ a: 1, b: [{ c: '' }] }, { b: [{ c: 2 }], d: 0 })).toEqual([
      '$.a: recorded, not answered',
      '$.d: answered, not recorded',
      '$.b[0].c: string recorded, number answered'
    ])
  })
})

describe('an error answer', () => {
  it('has the recorded text', async () => {
    const rpc = await startRpc({}, new FakeNodeView())
    const request = fixture('outgoing', 'block_at_height_0.json')
    const { json } = await post(rpc.url, JSON.stringify(request))
    expect(json.error).toEqual(fixture('incoming', 'block_at_height_0.json').error)
    await rpc.stop()
  })
})
