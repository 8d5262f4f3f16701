import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admit,
  decodeConsensusFrame,
  decodeEvidenceFrame,
  decodePartFrame,
  decodeTxsFrame,
  EarlyMessages,
  encodeConsensusFrame,
  encodeTxsFrame,
  type IncomingMessage
} from '../../src/mempool/index.ts'
import type { ConsensusMessage } from '../../src/types/index.ts'
import {
  makeContext,
  makeExtendedVote,
  makePartMessage,
  makeProposal,
  makeVote,
  NIL_BLOCK_ID
} from '../unit/mempool/admission-bed.ts'

/** Two contexts made alike: what one answers, the other must. */
const contexts = [0, 1].map(() => makeContext({ voteExtensionsEnableHeight: 9, round: 2 }))

const legal: readonly ConsensusMessage[] = [
  { kind: 'vote', vote: makeVote() },
  { kind: 'vote', vote: makeVote({ blockId: NIL_BLOCK_ID, validatorIndex: 3 }) },
  { kind: 'vote', vote: makeExtendedVote(new Uint8Array([1, 2, 3])) },
  { kind: 'vote', vote: makeVote({ height: 11, round: 4 }) },
  { kind: 'vote', vote: makeVote({ height: 12 }) },
  { kind: 'vote', vote: makeVote({ height: 9 }) },
  { kind: 'proposal', proposal: makeProposal() },
  { kind: 'proposal', proposal: makeProposal({ round: 2, polRound: 1 }) },
  { kind: 'proposal', proposal: makeProposal({ height: 12 }) },
  makePartMessage().message,
  makePartMessage(11).message
]
const frames = [
  encodeConsensusFrame({ attempt: 1, messages: legal.slice(0, 4) }),
  ...legal.map(message => encodeConsensusFrame({ attempt: 0, messages: [message] }))
]

/** Changes of bytes as an attacker makes them: flip, insert, drop, cut, repeat. */
const mutation = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'drop', 'cut', 'repeat' as const),
  at: fc.nat({ max: 2000 }),
  byte: fc.nat({ max: 255 }),
  length: fc.integer({ min: 1, max: 12 })
})

function mutate(
  bytes: Uint8Array,
  mutations: readonly (typeof mutation extends fc.Arbitrary<infer M> ? M : never)[]
) {
  let list = [...bytes]
  for (const { kind, at, byte, length } of mutations) {
    const index = at % Math.max(list.length, 1)
    if (kind === 'flip') list[index] = byte
    else if (kind === 'insert') list.splice(index, 0, byte)
    else if (kind === 'drop') list.splice(index, length)
    else if (kind === 'cut') list = list.slice(0, index)
    else list.splice(index, 0, ...list.slice(index, index + length))
  }
  return Uint8Array.from(list)
}

/** Judges everything in a frame twice and keeps what is early: nothing may throw, and both must agree. */
function judge(messages: readonly IncomingMessage[]): void {
  const early = new EarlyMessages()
  for (const incoming of messages) {
    const [first, second] = contexts.map(context => admit(incoming, context))
    expect(second).toEqual(first)
    if (first!.destination === 'early') {
      early.add(incoming, 'peer', first!.signer, first!.reason === 'early')
    }
  }
  for (const { incoming } of [...early.drain(11), ...early.drain(12)]) admit(incoming, contexts[0]!)
}

describe('admission of whatever comes', () => {
  it('A-05, A-46: arbitrary bytes are refused as values on every topic', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        const decoded = decodeConsensusFrame(bytes)
        if (decoded.ok) judge(decoded.value.messages)
        for (const result of [
          decodePartFrame(bytes),
          decodeEvidenceFrame(bytes),
          decodeTxsFrame(bytes, 100)
        ]) {
          expect(typeof result.ok).toBe('boolean')
        }
      }),
      { numRuns: 2000 }
    )
  })

  it('mutated legal frames never throw, and are judged alike by all', () => {
    let decodable = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...frames),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (frame, mutations) => {
          const decoded = decodeConsensusFrame(mutate(frame, mutations))
          if (!decoded.ok) return
          decodable += 1
          judge(decoded.value.messages)
        }
      ),
      { numRuns: 1500 }
    )
    expect(decodable).toBeGreaterThan(50)
  })

  it('messages with any field changed to anything of its type never throw, and only the unchanged are admitted', () => {
    const number = fc.oneof(
      fc.constantFrom(-1, 0, 1, 9, 10, 11, 12, 13, 2 ** 31 - 1, Number.MAX_SAFE_INTEGER),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    )
    const hex = fc.uint8Array({ maxLength: 33 }).map(bytes => Buffer.from(bytes).toString('hex'))
    const bytes = fc.uint8Array({ maxLength: 70 })
    const change = fc.record(
      {
        type: fc.constantFrom('prevote', 'precommit' as const),
        height: number,
        round: number,
        blockId: fc.record({ hash: hex, partSetHeader: fc.record({ total: fc.nat(), hash: hex }) }),
        validatorAddress: hex,
        validatorIndex: number,
        signature: bytes,
        extension: bytes,
        extensionSignature: bytes
      },
      { requiredKeys: [] }
    )
    const original = makeVote()
    fc.assert(
      fc.property(change, changed => {
        const vote = { ...original, ...changed }
        const incoming: IncomingMessage = { message: { kind: 'vote', vote }, id: 'id', size: 200 }
        const [first, second] = contexts.map(context => admit(incoming, context))
        expect(second).toEqual(first)
        const isSame = Object.entries(changed).every(
          ([field, value]) =>
            JSON.stringify(value) === JSON.stringify(original[field as keyof typeof original])
        )
        if (first!.verdict === 'accept') expect(isSame).toBe(true)
      }),
      { numRuns: 400 }
    )
  })

  it('a frame of legal transactions comes back as it was', () => {
    const txs = fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(txs, list => {
        expect(decodeTxsFrame(encodeTxsFrame(list), 100)).toEqual({ ok: true, value: list })
      })
    )
  })
})
