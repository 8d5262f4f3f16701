import { describe, expect, it } from 'vitest'
import { admit, frameVerdict, MAX_PROPOSAL_ROUNDS_AHEAD } from '../../../src/mempool/index.ts'
import { makeValidatorSet, proposerOfRound } from '../../../src/types/index.ts'
import {
  BLOCK,
  CountingVerifier,
  HEIGHT,
  makeContext,
  makeExtendedVote,
  makePartMessage,
  makeProposal,
  makeVote,
  NIL_BLOCK_ID,
  NOTHING,
  proposes,
  SET,
  STRANGER,
  votes
} from './admission-bed.ts'

const refused = (verdict: 'ignore' | 'reject', reason: string) => ({ verdict, reason, destination: 'none' })
const key = `${BLOCK.hash}:2:${BLOCK.partSetHeader.hash}`

describe('admission of a vote', () => {
  it('admits a good one to the pool and carries its names', () => {
    const incoming = votes(makeVote({ validatorIndex: 2 }))
    expect(admit(incoming, makeContext())).toEqual({
      verdict: 'accept',
      reason: 'admitted',
      destination: 'pool',
      message: {
        kind: 'vote',
        vote: makeVote({ validatorIndex: 2 }),
        id: incoming.id,
        blockIdKey: key,
        power: SET.validators[2]!.power
      }
    })
  })

  it('admits a vote for nil with the empty name', () => {
    const admission = admit(votes(makeVote({ blockId: NIL_BLOCK_ID })), makeContext())
    expect(admission).toMatchObject({ destination: 'pool', message: { blockIdKey: '' } })
  })

  it.each([
    ['a round below 0', { round: -1 }],
    ['a height of 0', { height: 0 }],
    ['half a block id', { blockId: { ...BLOCK, hash: '' } }],
    ['a short address', { validatorAddress: 'aabb' }],
    ['no signature', { signature: NOTHING }],
    ['an extension on a prevote', { extension: new Uint8Array(1) }]
  ])('rejects %s as malformed', (_, change) => {
    expect(admit(votes(makeVote(change)), makeContext())).toEqual(refused('reject', 'malformed'))
  })

  it('A-05: an index out of range is no more than a reason to refuse', () => {
    for (const validatorIndex of [4, 1000, 2 ** 31 - 1]) {
      const known = makeVote({ validatorIndex, validatorAddress: SET.validators[0]!.address })
      expect(admit(votes(known), makeContext())).toEqual(refused('reject', 'wrongIndex'))
      const unknown = makeVote({ validatorIndex, validatorAddress: STRANGER })
      expect(admit(votes(unknown), makeContext())).toEqual(refused('ignore', 'unknownValidator'))
    }
    expect(admit(votes(makeVote({ validatorIndex: -1, validatorAddress: STRANGER })), makeContext())).toEqual(
      refused('reject', 'malformed')
    )
  })

  it('rejects a validator at the place of another, though the signature is good', () => {
    const vote = makeVote({ validatorIndex: 1, validatorAddress: SET.validators[0]!.address })
    expect(admit(votes(vote), makeContext())).toEqual(refused('reject', 'wrongIndex'))
  })

  it('rejects a signature by another validator or for another chain', () => {
    const stolen = makeVote({}, SET.validators[1]!.address)
    expect(admit(votes(stolen), makeContext())).toEqual(refused('reject', 'badSignature'))
    expect(admit(votes(makeVote()), makeContext({ chainId: 'other' }))).toEqual(
      refused('reject', 'badSignature')
    )
  })

  it('never checks a signature for a stranger, a known or unwanted message, or a spent budget', () => {
    const verifier = new CountingVerifier()
    const context = makeContext({ verifier })
    const vote = votes(makeVote())
    expect(admit(votes(makeVote({ validatorAddress: STRANGER })), context)).toMatchObject({
      reason: 'unknownValidator'
    })
    expect(admit(vote, { ...context, isKnown: id => id === vote.id })).toEqual(refused('ignore', 'duplicate'))
    expect(admit(vote, { ...context, isUnwanted: () => true })).toEqual(refused('ignore', 'unwanted'))
    expect(admit(vote, context, false)).toEqual(refused('ignore', 'signatureBudget'))
    expect(verifier.checks).toBe(0)
    expect(admit(vote, context)).toMatchObject({ verdict: 'accept' })
    expect(verifier.checks).toBe(1)
  })

  it('holds no memory of the frame it came in', () => {
    const frame = new Uint8Array(100_000)
    const { signature } = makeVote()
    frame.set(signature, 500)
    const vote = makeVote({ signature: frame.subarray(500, 564) })
    const admission = admit(votes(vote), makeContext())
    if (admission.destination !== 'pool' || admission.message.kind !== 'vote')
      throw new RangeError('not admitted')
    expect(admission.message.vote.signature.buffer.byteLength).toBe(64)
  })
})

describe('admission by height', () => {
  const at = (height: number, change = {}) => votes(makeVote({ height, ...change }))

  it.each([
    [HEIGHT - 6, refused('ignore', 'stale')],
    [HEIGHT - 5, { verdict: 'ignore', reason: 'late', destination: 'detector' }],
    [HEIGHT - 1, { verdict: 'ignore', reason: 'late', destination: 'detector' }],
    [HEIGHT, { verdict: 'accept', reason: 'admitted', destination: 'pool' }],
    [
      HEIGHT + 1,
      { verdict: 'accept', reason: 'early', destination: 'early', signer: SET.validators[0]!.address }
    ],
    [HEIGHT + 2, { verdict: 'ignore', reason: 'earlyUnverified', destination: 'early' }],
    [HEIGHT + 3, refused('ignore', 'farFuture')],
    [Number.MAX_SAFE_INTEGER, refused('ignore', 'farFuture')]
  ])('sends a prevote of height %i where it belongs', (height, expected) => {
    expect(admit(at(height), makeContext())).toMatchObject(expected)
  })

  it('lets precommits of the height before into the last commit, whatever the detector looks at', () => {
    const context = makeContext({ detectorWindow: 0 })
    expect(admit(at(HEIGHT - 1, { type: 'precommit' }), context)).toMatchObject({
      verdict: 'accept',
      destination: 'lastCommit'
    })
    expect(admit(at(HEIGHT - 2, { type: 'precommit' }), context)).toEqual(refused('ignore', 'stale'))
  })

  it('ignores an older height whose validators are forgotten', () => {
    const context = makeContext({ validatorsAt: () => null })
    expect(admit(at(HEIGHT - 1, { type: 'precommit' }), context)).toEqual(refused('ignore', 'unknownSet'))
  })

  it('judges each height by its own validators', () => {
    const [first, ...rest] = SET.validators
    const others = makeValidatorSet(rest.map(({ publicKey, power }) => ({ publicKey, power })))
    const context = makeContext({ nextValidators: others })
    expect(admit(at(HEIGHT, { validatorIndex: 0 }), context)).toMatchObject({ destination: 'pool' })
    expect(admit(at(HEIGHT + 1, { validatorIndex: 0 }), context)).toEqual(
      refused('ignore', 'unknownValidator')
    )
    expect(first).toBeDefined()
  })

  it('checks the signature of the next height, and only the name of the one after', () => {
    const bad = { signature: new Uint8Array(64) }
    expect(admit(at(HEIGHT + 1, bad), makeContext())).toEqual(refused('reject', 'badSignature'))
    expect(admit(at(HEIGHT + 2, bad), makeContext())).toMatchObject({ reason: 'earlyUnverified' })
    expect(admit(at(HEIGHT + 2, { validatorAddress: STRANGER }), makeContext())).toEqual(
      refused('ignore', 'unknownValidator')
    )
  })
})

describe('admission of vote extensions', () => {
  const extended = makeExtendedVote(new Uint8Array([1, 2]))
  const plain = makeVote({ type: 'precommit' })
  const on = makeContext({ voteExtensionsEnableHeight: HEIGHT })

  it('wants a signed extension from the enabled height on, be it empty', () => {
    expect(admit(votes(extended), on)).toMatchObject({ destination: 'pool' })
    expect(admit(votes(makeExtendedVote(NOTHING)), on)).toMatchObject({ destination: 'pool' })
    expect(admit(votes(plain), on)).toEqual(refused('reject', 'extensionMissing'))
    const later = makeContext({ voteExtensionsEnableHeight: HEIGHT + 1 })
    expect(admit(votes(plain), later)).toMatchObject({ destination: 'pool' })
  })

  it('wants none from prevotes and votes for nil', () => {
    expect(admit(votes(makeVote()), on)).toMatchObject({ destination: 'pool' })
    const nil = makeVote({ type: 'precommit', blockId: NIL_BLOCK_ID })
    expect(admit(votes(nil), on)).toMatchObject({ destination: 'pool' })
  })

  it('refuses extensions where they are not enabled', () => {
    expect(admit(votes(extended), makeContext())).toEqual(refused('reject', 'extensionUnexpected'))
    const later = makeContext({ voteExtensionsEnableHeight: HEIGHT + 1 })
    expect(admit(votes(extended), later)).toEqual(refused('reject', 'extensionUnexpected'))
  })

  it('blames nobody for the next height, which the block of this one may still change', () => {
    const next = makeExtendedVote(NOTHING, { height: HEIGHT + 1 })
    expect(admit(votes(next), makeContext())).toEqual(refused('ignore', 'extensionUnexpected'))
  })

  it('checks the signature of the extension', () => {
    const changed = { ...extended, extension: new Uint8Array([9]) }
    expect(admit(votes(changed), on)).toEqual(refused('reject', 'badExtensionSignature'))
  })
})

describe('admission of a proposal', () => {
  it('admits that of the proposer of the round', () => {
    for (const round of [0, 1, 5]) {
      const proposer = proposerOfRound(SET, round)
      const admission = admit(proposes(makeProposal({ round, polRound: round - 1 })), makeContext())
      expect(admission).toMatchObject({
        verdict: 'accept',
        destination: 'pool',
        message: {
          kind: 'proposal',
          blockIdKey: key,
          proposer: proposer.address,
          proposerIndex: SET.indexByAddress.get(proposer.address),
          power: proposer.power
        }
      })
    }
  })

  it('rejects a proposal by a validator whose turn it is not', () => {
    const other = SET.validators.find(({ address }) => address !== SET.proposer.address)!
    expect(admit(proposes(makeProposal({}, other.address)), makeContext())).toEqual(
      refused('reject', 'badSignature')
    )
  })

  it('rejects a POL round that is not before the round', () => {
    for (const polRound of [1, 2, -2]) {
      expect(admit(proposes(makeProposal({ round: 1, polRound })), makeContext())).toEqual(
        refused('reject', 'malformed')
      )
    }
  })

  it('A-04: rejects more parts than a block can have', () => {
    const parts = (total: number, height = HEIGHT) =>
      proposes(
        makeProposal({ height, blockId: { ...BLOCK, partSetHeader: { ...BLOCK.partSetHeader, total } } })
      )
    expect(admit(parts(64), makeContext())).toMatchObject({ verdict: 'accept' })
    expect(admit(parts(65), makeContext())).toEqual(refused('reject', 'tooManyParts'))
    // The next height may have other params; beyond 100 MiB none can be.
    expect(admit(parts(65, HEIGHT + 1), makeContext())).toMatchObject({ reason: 'early' })
    expect(admit(parts(1601, HEIGHT + 1), makeContext())).toEqual(refused('reject', 'tooManyParts'))
  })

  it('ignores rounds so far ahead that finding their proposer would cost', () => {
    const last = makeProposal({ round: 3 + MAX_PROPOSAL_ROUNDS_AHEAD })
    expect(admit(proposes(last), makeContext({ round: 3 }))).toMatchObject({ verdict: 'accept' })
    expect(admit(proposes(last), makeContext({ round: 2 }))).toEqual(refused('ignore', 'farRound'))
    const mad = { ...makeProposal(), round: 2 ** 31 - 1 }
    expect(admit(proposes(mad), makeContext())).toEqual(refused('ignore', 'farRound'))
  })

  it('sends each height where it belongs', () => {
    const of = (height: number) => admit(proposes(makeProposal({ height })), makeContext())
    expect(of(HEIGHT - 6)).toEqual(refused('ignore', 'stale'))
    expect(of(HEIGHT - 1)).toMatchObject({ destination: 'detector', verdict: 'ignore' })
    expect(of(HEIGHT + 1)).toMatchObject({ reason: 'early', verdict: 'accept' })
    expect(of(HEIGHT + 2)).toMatchObject({ reason: 'earlyUnverified', verdict: 'ignore' })
    expect(of(HEIGHT + 3)).toEqual(refused('ignore', 'farFuture'))
  })

  it('checks no signature for what is known, unwanted or beyond the budget', () => {
    const verifier = new CountingVerifier()
    const context = makeContext({ verifier })
    const proposal = proposes(makeProposal())
    expect(admit(proposal, { ...context, isKnown: () => true })).toEqual(refused('ignore', 'duplicate'))
    expect(admit(proposal, { ...context, isUnwanted: () => true })).toEqual(refused('ignore', 'unwanted'))
    expect(admit(proposal, context, false)).toEqual(refused('ignore', 'signatureBudget'))
    expect(verifier.checks).toBe(0)
  })
})

describe('admission of a block part', () => {
  it('passes on one of this height, keeps one of the next', () => {
    expect(admit(makePartMessage(), makeContext())).toMatchObject({ verdict: 'accept', destination: 'part' })
    expect(admit(makePartMessage(HEIGHT + 1), makeContext())).toMatchObject({
      verdict: 'ignore',
      destination: 'early'
    })
    expect(admit(makePartMessage(HEIGHT - 1), makeContext())).toEqual(refused('ignore', 'stale'))
    expect(admit(makePartMessage(HEIGHT + 2), makeContext())).toEqual(refused('ignore', 'farFuture'))
  })

  it('A-02: rejects a part whose index is not that of its proof, and other malformed ones', () => {
    expect(admit(makePartMessage(HEIGHT, 0, { index: 1 }), makeContext())).toEqual(
      refused('reject', 'malformed')
    )
    expect(admit(makePartMessage(HEIGHT, -1), makeContext())).toEqual(refused('reject', 'malformed'))
  })

  it('A-04: rejects one of more parts than a block can have', () => {
    expect(admit(makePartMessage(), makeContext({ maxBlockParts: 0 }))).toEqual(
      refused('reject', 'tooManyParts')
    )
  })
})

describe('frameVerdict', () => {
  const good = { verdict: 'accept', reason: 'admitted' } as const
  const bad = { verdict: 'reject', reason: 'badSignature' } as const
  const known = { verdict: 'ignore', reason: 'duplicate' } as const
  const late = { verdict: 'ignore', reason: 'late' } as const

  it('blames for one bad message and forwards for one good one', () => {
    expect(frameVerdict([good, bad, known])).toBe('reject')
    expect(frameVerdict([known, good, late])).toBe('accept')
    expect(frameVerdict([known, late])).toBe('ignore')
    expect(frameVerdict([])).toBe('ignore')
  })

  it('does not forward what was put aside unread with what is good: others may read it and blame us', () => {
    for (const reason of ['unwanted', 'signatureBudget', 'stale', 'farFuture', 'earlyUnverified'] as const) {
      expect(frameVerdict([good, { verdict: 'ignore', reason }]), reason).toBe('ignore')
    }
  })
})
