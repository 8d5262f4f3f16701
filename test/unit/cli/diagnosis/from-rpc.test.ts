import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askDiagnosis } from '../../../../src/cli/diagnosis/ask-node.ts'
import { diagnose } from '../../../../src/cli/diagnosis/diagnose.ts'
import { type NodeAnswers, snapshotFromAnswers } from '../../../../src/cli/diagnosis/from-rpc.ts'
import type { ConsensusSnapshot } from '../../../../src/cli/diagnosis/snapshot.ts'
import { makeRpcClient } from '../../../../src/cli/rpc-client.ts'
import { timestampToMs } from '../../../../src/types/index.ts'
import { call, type RpcFixture, startRpc } from '../../rpc/support/rpc-fixture.ts'
import { timeOf } from '../../rpc/support/synthetic-chain.ts'

const SECOND_MS = 1000

let rpc: RpcFixture
let nowMs: number

beforeAll(async () => {
  rpc = await startRpc()
  // Dates of JavaScript have whole milliseconds.
  nowMs = Math.floor(timestampToMs(timeOf(rpc.view.synthetic.height + 1))) + 40 * SECOND_MS
})
afterAll(() => rpc.stop())

async function answers(): Promise<NodeAnswers> {
  const ask = async (method: string) => (await call(rpc.url, method)).json.result
  const [dumpConsensusState, status, netInfo] = await Promise.all(
    ['dump_consensus_state', 'status', 'net_info'].map(ask)
  )
  return { dumpConsensusState, status, netInfo, nowMs }
}

async function read(change: (answers: Answers) => void = () => {}): Promise<ConsensusSnapshot> {
  const changed = structuredClone(await answers()) as Answers
  change(changed)
  return snapshotFromAnswers(changed)
}

interface Answers extends NodeAnswers {
  // biome-ignore lint/suspicious/noExplicitAny: answers are taken apart as a stranger's are
  readonly dumpConsensusState: any
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly status: any
}

describe('a snapshot of what any node answers', () => {
  it('has the height, the validators, and who voted for what', async () => {
    const { view } = rpc
    const snapshot = await read()
    const block = view.synthetic.at(view.synthetic.height)!.meta.blockId.hash.toUpperCase()
    expect(snapshot).toMatchObject({
      chainId: 'rpc-test',
      height: view.synthetic.height + 1,
      round: 0,
      self: 0
    })
    expect(snapshot.step).toBe('precommit')
    expect(snapshot.validators.map(({ power }) => power)).toEqual([40n, 30n, 20n, 10n])
    const [round] = snapshot.rounds
    const first = block.slice(0, 12)
    expect(round!.prevotes).toEqual([{ value: first }, { value: null }, null, { value: first }])
    expect(round!.precommits).toEqual([{ value: first }, null, null, null])
    expect(round!.proposal).toMatchObject({ value: block, received: 1, total: 1 })
    expect(snapshot.locked).toEqual({ round: 0, value: first })
    expect(snapshot.peers).toEqual([
      { name: 'test node', height: view.synthetic.height + 1, round: 0, step: 'prevote' }
    ])
  })

  it('tells how long ago things were, by the clocks that were told', async () => {
    const snapshot = await read()
    expect(snapshot.sinceBlockMs).toBe(40 * SECOND_MS)
    const seen = snapshot.validators.map(({ lastSeenMs }) => lastSeenMs)
    expect(seen).toEqual([40 * SECOND_MS, 40 * SECOND_MS, null, 40 * SECOND_MS])
  })

  it("takes the last block's time where the commit time is Go's zero", async () => {
    const snapshot = await read(({ dumpConsensusState }) => {
      dumpConsensusState.round_state.commit_time = '0001-01-01T00:00:00Z'
    })
    expect(snapshot.sinceBlockMs).toBe(nowMs - Math.floor(timestampToMs(timeOf(rpc.view.synthetic.height))))
  })

  it('leads to the same finding as the node itself would have', async () => {
    const { situation, sentence } = diagnose(await read())
    expect(situation).toBe('votesMissing')
    expect(sentence).toMatch(/missing V1 \(30 %, voted nil\) and V2 \(20 %, not seen in this height\)$/)
  })

  it('may lack whatever Go leaves null', async () => {
    const snapshot = await read(({ dumpConsensusState }) => {
      Object.assign(dumpConsensusState.round_state, {
        proposal: null,
        proposal_block: null,
        proposal_block_parts: null,
        locked_round: -1,
        votes: null
      })
      dumpConsensusState.round_state.validators.proposer = null
      dumpConsensusState.peers = null
    })
    expect(snapshot).toMatchObject({ rounds: [], locked: null, peers: [] })
    expect(diagnose(snapshot).sentence).not.toBe('')
  })

  it('leaves out the round after the current one, and lets no text of a vote be more than a text', async () => {
    const snapshot = await read(({ dumpConsensusState: { round_state: state } }) => {
      state.votes.push({ ...state.votes[0], round: 1 })
      state.votes[0].prevotes[0] = 'Vote{not a vote} @ 2026-01-01T00:00:00Z}'
    })
    expect(snapshot.rounds.map(({ round }) => round)).toEqual([0])
    expect(snapshot.rounds[0]!.prevotes[0]).toBeNull()
  })

  it('of answers in another form says which', async () => {
    await expect(read(({ status }) => delete status.sync_info)).rejects.toMatchObject({ code: 'NO_ANSWER' })
  })

  it('is asked for only where a node has no diagnosis of its own', async () => {
    const client = makeRpcClient(rpc.url)
    const { view } = rpc
    const outside = (await askDiagnosis(client, () => nowMs)) as { sentence: string }
    expect(outside.sentence).toMatch(/^height \d+ round 0: /)
    Object.assign(view.consensus, { diagnose: () => ({ sentence: 'my own' }) })
    expect(await askDiagnosis(client, () => nowMs)).toEqual({ sentence: 'my own' })
  })
})
