import { describe, expect, it } from 'vitest'
import { playByzantine } from '../../../src/cli/node/byzantine.ts'
import {
  type ByzantinePlan,
  byzantineWarning,
  parseByzantinePlan,
  requireTestNetwork
} from '../../../src/cli/node/byzantine-plan.ts'
import { makeEd25519Signer, verifyEd25519 } from '../../../src/crypto/index.ts'
import { decodeConsensusFrame } from '../../../src/mempool/index.ts'
import {
  type BlockId,
  type ConsensusMessage,
  NIL_BLOCK_ID,
  type Proposal,
  proposalSignBytes,
  timestampFromMs,
  type Vote,
  type VoteType,
  voteSignBytes
} from '../../../src/types/index.ts'
import { silentLogger } from '../../../src/util/index.ts'
import type { NodeOptions, NodePorts, Signer } from '../../../src/validator/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { testKey } from '../rpc/support/synthetic-chain.ts'

const CHAIN = 'test'
const NO_BYTES = new Uint8Array(0)
const { seed, publicKey, address } = testKey(0)
const key = { publicKey, address, sign: makeEd25519Signer(seed).sign }
const BLOCK: BlockId = { hash: 'ab'.repeat(32), partSetHeader: { total: 2, hash: 'cd'.repeat(32) } }

const vote = (type: VoteType, height: number, round = 0, blockId = BLOCK): Vote => ({
  type,
  height,
  round,
  blockId,
  timestamp: timestampFromMs(1000),
  validatorAddress: address,
  validatorIndex: 0,
  signature: NO_BYTES,
  extension: NO_BYTES,
  extensionSignature: NO_BYTES
})
const proposal = (height: number, round = 0): Proposal => ({
  height,
  round,
  polRound: -1,
  blockId: BLOCK,
  timestamp: timestampFromMs(1000),
  signature: NO_BYTES
})

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** A signer without a guard, and what its lying twin sends to the network. */
function play(plan: ByzantinePlan) {
  const clock = new ManualClock()
  const sent: { readonly frame: string; readonly message: ConsensusMessage }[] = []
  const network = {
    publish: (_topic: string, frame: Uint8Array) => {
      const decoded = decodeConsensusFrame(frame)
      if (!decoded.ok) return 0
      for (const { message } of decoded.value.messages) sent.push({ frame: hexOf(frame), message })
      return 1
    }
  }
  const honest: Partial<Signer> = {
    publicKey,
    address,
    signVote: async (chainId, unsigned) => ({
      ok: true,
      value: { ...unsigned, signature: key.sign(voteSignBytes(chainId, unsigned)) }
    }),
    signProposal: async (chainId, unsigned) => ({
      ok: true,
      value: { ...unsigned, signature: key.sign(proposalSignBytes(chainId, unsigned)) }
    })
  }
  const ports = { clock, network, logger: silentLogger } as unknown as NodePorts
  const options = { signer: honest, faults: { monitorIntervalMs: 5 } } as unknown as NodeOptions
  const played = playByzantine(plan, ports, options, key)
  /** The lies, each of which was sent three times in frames of its own, so that links may lose some. */
  const flush = () => {
    while (clock.runNext());
    const all = sent.splice(0)
    expect(new Set(all.map(({ frame }) => frame)).size).toBe(all.length)
    const lies = all.slice(0, all.length / 3).map(({ message }) => message)
    expect(all.map(({ message }) => message)).toEqual([...lies, ...lies, ...lies])
    return lies
  }
  return { signer: played.signer!, played, flush }
}

function isSigned(message: ConsensusMessage): boolean {
  if (message.kind === 'vote') {
    return verifyEd25519(publicKey.bytes, voteSignBytes(CHAIN, message.vote), message.vote.signature)
  }
  if (message.kind !== 'proposal') return false
  const { proposal: one } = message
  return verifyEd25519(publicKey.bytes, proposalSignBytes(CHAIN, one), one.signature)
}

describe('a plan to break the rules', () => {
  it('is read from one word', () => {
    expect(parseByzantinePlan('double-vote@10')).toEqual({ kind: 'double-vote', from: 10 })
    expect(parseByzantinePlan('double-proposal@1')).toEqual({ kind: 'double-proposal', from: 1 })
    expect(parseByzantinePlan('amnesia@7')).toEqual({ kind: 'amnesia', from: 7 })
    expect(parseByzantinePlan('downtime@3-9')).toEqual({ kind: 'downtime', from: 3, to: 9 })
  })

  it.each(['', 'double-vote', 'double-vote@0', 'double-vote@1-2', 'downtime@5', 'downtime@9-3', 'murder@1'])(
    '%j is none',
    text => expect(() => parseByzantinePlan(text)).toThrow(/expected double-vote@N/)
  )

  it('is carried out on test networks alone', () => {
    const genesis = (appState: string) => ({ chainId: CHAIN, appState })
    requireTestNetwork(genesis('{"test_network": true, "accounts": []}'))
    for (const state of [
      '',
      '{}',
      'null',
      '7',
      '[true]',
      '{"test_network":"true"}',
      '{"a":{"test_network":true}}'
    ]) {
      expect(() => requireTestNetwork(genesis(state))).toThrow(/does not say "test_network": true/)
    }
  })

  it('is announced with what it costs', () => {
    expect(byzantineWarning({ kind: 'double-vote', from: 10 })).toMatch(
      /^BYZANTINE: .*vote twice at height 10, past the guard against double signing/
    )
    expect(byzantineWarning({ kind: 'downtime', from: 3, to: 9 })).toMatch(/from height 3 to 9; /)
  })
})

describe('a validator that breaks the rules', () => {
  it('votes twice, once, and both votes are its own', async () => {
    const { signer, played, flush } = play({ kind: 'double-vote', from: 5 })
    expect(played.faults).toEqual({ monitorIntervalMs: 5, stopsForTwin: false })
    for (const before of [vote('prevote', 4), vote('precommit', 5)]) await signer.signVote(CHAIN, before)
    expect(flush()).toEqual([])
    const signed = await signer.signVote(CHAIN, vote('prevote', 5))
    expect(signed).toMatchObject({ ok: true, value: { blockId: BLOCK } })
    const [lie, ...more] = flush()
    expect(more).toEqual([])
    expect(lie).toMatchObject({
      kind: 'vote',
      vote: { type: 'prevote', height: 5, round: 0, validatorIndex: 0 }
    })
    expect(lie!.kind === 'vote' && lie!.vote.blockId.hash).not.toBe(BLOCK.hash)
    expect(isSigned(lie!)).toBe(true)
    await signer.signVote(CHAIN, vote('prevote', 6))
    expect(flush()).toEqual([])
  })

  it('contradicts a vote for nil too', async () => {
    const { signer, flush } = play({ kind: 'double-vote', from: 1 })
    await signer.signVote(CHAIN, vote('prevote', 1, 0, NIL_BLOCK_ID))
    const [lie] = flush()
    expect(lie!.kind === 'vote' && lie!.vote.blockId.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  it('proposes two blocks, once', async () => {
    const { signer, flush } = play({ kind: 'double-proposal', from: 3 })
    await signer.signProposal(CHAIN, proposal(2))
    await signer.signVote(CHAIN, vote('prevote', 3))
    expect(flush()).toEqual([])
    expect(await signer.signProposal(CHAIN, proposal(4))).toMatchObject({
      ok: true,
      value: { blockId: BLOCK }
    })
    const [lie] = flush()
    expect(lie).toMatchObject({ kind: 'proposal', proposal: { height: 4, round: 0 } })
    expect(lie!.kind === 'proposal' && lie!.proposal.blockId.hash).not.toBe(BLOCK.hash)
    expect(isSigned(lie!)).toBe(true)
    await signer.signProposal(CHAIN, proposal(8))
    expect(flush()).toEqual([])
  })

  it('is down between two heights, both included', async () => {
    const { signer } = play({ kind: 'downtime', from: 3, to: 4 })
    const signs = async (height: number) => [
      (await signer.signVote(CHAIN, vote('prevote', height))).ok,
      (await signer.signProposal(CHAIN, proposal(height))).ok
    ]
    expect(await Promise.all([2, 3, 4, 5].map(signs))).toEqual([
      [true, true],
      [false, false],
      [false, false],
      [true, true]
    ])
  })

  it('withholds its block, votes for another, and forgets it in the next round', async () => {
    const { signer, flush } = play({ kind: 'amnesia', from: 3 })
    expect((await signer.signVote(CHAIN, vote('prevote', 3))).ok).toBe(true)
    expect((await signer.signProposal(CHAIN, proposal(4))).ok).toBe(false)
    for (const type of ['prevote', 'precommit'] as const) {
      expect((await signer.signVote(CHAIN, vote(type, 4, 0, NIL_BLOCK_ID))).ok).toBe(false)
    }
    const lies = flush()
    expect(lies.map(lie => lie.kind === 'vote' && [lie.vote.type, lie.vote.round])).toEqual([
      ['prevote', 0],
      ['precommit', 0]
    ])
    expect(lies.every(isSigned)).toBe(true)
    expect((await signer.signVote(CHAIN, vote('prevote', 4, 1))).ok).toBe(true)
    expect((await signer.signProposal(CHAIN, proposal(8))).ok).toBe(true)
    expect(flush()).toEqual([])
  })
})
