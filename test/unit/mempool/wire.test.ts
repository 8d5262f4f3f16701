import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ProtoWriter } from '../../../src/codec/index.ts'
import {
  decodeConsensusFrame,
  decodeEvidenceFrame,
  decodeIncoming,
  decodePartFrame,
  decodeTxsFrame,
  encodeConsensusFrame,
  encodeEvidenceFrame,
  encodePartFrame,
  encodeTxsFrame,
  FRAME_LIMITS,
  MAX_TXS_PER_FRAME,
  packConsensusFrames
} from '../../../src/mempool/index.ts'
import { type ConsensusMessage, type Evidence, encodeConsensusMessage } from '../../../src/types/index.ts'
import { makePartMessage, makeProposal, makeVote, OTHER_BLOCK } from './admission-bed.ts'

const vote: ConsensusMessage = { kind: 'vote', vote: makeVote() }
const proposal: ConsensusMessage = { kind: 'proposal', proposal: makeProposal() }
const part = makePartMessage().message

/** An envelope written by hand: attempt = 1, messages = 2. */
function envelope(attempt: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const writer = new ProtoWriter()
  writer.uint32(1, attempt)
  for (const content of contents) writer.repeatedBytes(2, content)
  return writer.finish()
}

function reasonOf(decoded: { ok: boolean; error?: { message: string } }): string {
  return decoded.ok ? 'accepted' : decoded.error!.message
}

describe('frame of consensus messages', () => {
  it('carries messages in order, with their ids and an attempt', () => {
    const decoded = decodeConsensusFrame(
      encodeConsensusFrame({ attempt: 7, messages: [vote, proposal, part] })
    )
    expect(decoded.ok && decoded.value.attempt).toBe(7)
    const messages = decoded.ok ? decoded.value.messages : []
    expect(messages.map(({ message }) => message)).toEqual([vote, proposal, part])
    const alone = decodeIncoming(encodeConsensusMessage(vote))
    expect(alone.ok && alone.value).toEqual(messages[0])
    expect(messages[0]!.id).toMatch(/^[0-9a-f]{64}$/)
    expect(messages[0]!.id).not.toBe(messages[1]!.id)
    expect(messages[0]!.size).toBe(encodeConsensusMessage(vote).length)
  })

  it('differs by attempt alone, so that pub/sub takes it again', () => {
    const [first, again] = [0, 1].map(attempt => encodeConsensusFrame({ attempt, messages: [vote] }))
    expect(first).not.toEqual(again)
    expect(first).toEqual(envelope(0, encodeConsensusMessage(vote)))
    expect(again!.subarray(2)).toEqual(first)
  })

  it('refuses what is empty, unknown, not canonical, or nested nonsense', () => {
    const encoded = encodeConsensusMessage(vote)
    const bad: [string, Uint8Array][] = [
      ['nothing', new Uint8Array(0)],
      ['no messages', envelope(3)],
      ['an empty message', envelope(0, new Uint8Array(0))],
      ['half a message', envelope(0, encoded.subarray(0, 20))],
      ['trailing bytes', Uint8Array.of(...envelope(0, encoded), 0)],
      ['an unknown field', Uint8Array.of(...envelope(0, encoded), 0x18, 1)],
      ['attempt behind the messages', Uint8Array.of(...envelope(0, encoded), 0x08, 1)],
      ['attempt beyond uint32', Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0x1f, ...envelope(0, encoded))],
      ["CometBFT's HasVote", envelope(0, Uint8Array.of(0x3a, 0x02, 0x08, 0x01))]
    ]
    for (const [name, bytes] of bad) {
      const decoded = decodeConsensusFrame(bytes)
      expect(decoded.ok, name).toBe(false)
    }
  })

  it('A-46: refuses many messages and many bytes before it decodes them', () => {
    const { maxMessages, maxBytes } = FRAME_LIMITS.consensus
    const junk = Array.from({ length: maxMessages + 1 }, () => Uint8Array.of(0xff))
    expect(reasonOf(decodeConsensusFrame(envelope(0, ...junk)))).toContain(
      `more than ${maxMessages} messages`
    )
    expect(reasonOf(decodeConsensusFrame(new Uint8Array(maxBytes + 1)))).toContain(`max ${maxBytes}`)
  })

  it('is packed into as few frames as its limits allow', () => {
    const { maxMessages, maxBytes } = FRAME_LIMITS.consensus
    const many = packConsensusFrames(
      1,
      Array.from({ length: maxMessages + 1 }, () => vote)
    )
    expect(many.map(frame => decoded(frame).length)).toEqual([maxMessages, 1])
    const large: ConsensusMessage = {
      kind: 'vote',
      vote: makeVote({ type: 'precommit', extension: new Uint8Array(maxBytes / 2 - 1000) })
    }
    const frames = packConsensusFrames(1, [large, large, large, vote])
    expect(frames.map(frame => decoded(frame).length)).toEqual([2, 2])
    expect(packConsensusFrames(1, [])).toEqual([])

    function decoded(frame: Uint8Array) {
      const result = decodeConsensusFrame(frame)
      return result.ok ? result.value.messages : []
    }
  })
})

describe('frame of one block part', () => {
  it('carries it', () => {
    const decoded = decodePartFrame(encodePartFrame(part, 4))
    expect(decoded.ok && decoded.value.attempt).toBe(4)
    expect(decoded.ok && decoded.value.messages.map(({ message }) => message)).toEqual([part])
  })

  it('refuses another message and a second part', () => {
    expect(reasonOf(decodePartFrame(encodeConsensusFrame({ attempt: 0, messages: [vote] })))).toContain(
      'only block parts'
    )
    const two = encodeConsensusFrame({ attempt: 0, messages: [part, part] })
    expect(reasonOf(decodePartFrame(two))).toContain('more than 1 messages')
    expect(() => encodePartFrame(vote)).toThrow('only block parts')
  })
})

describe('frame of transactions', () => {
  const tx = (length: number) => new Uint8Array(length).fill(1)

  it('is the bytes CometBFT gives them', () => {
    const file = new URL('../../fixtures/vectors/other_messages.json', import.meta.url)
    const { cases } = JSON.parse(readFileSync(file, 'utf8'))
    const recorded = cases.find(({ name }: { name: string }) => name === 'tx 2')
    const txs = recorded.fields.txs.txs.map((hex: string) => new Uint8Array(Buffer.from(hex, 'hex')))
    expect(Buffer.from(encodeTxsFrame(txs)).toString('hex')).toBe(recorded.expected_hex)
    expect(decodeTxsFrame(encodeTxsFrame(txs), 1000)).toEqual({ ok: true, value: txs })
  })

  it('refuses none, empty ones, too large ones and too many', () => {
    expect(decodeTxsFrame(new Uint8Array(0), 10).ok).toBe(false)
    expect(reasonOf(decodeTxsFrame(Uint8Array.of(0x0a, 0), 10))).toContain('no transactions')
    expect(reasonOf(decodeTxsFrame(encodeTxsFrame([tx(1), tx(0)]), 10))).toContain('empty transaction')
    expect(decodeTxsFrame(encodeTxsFrame([tx(10)]), 10).ok).toBe(true)
    expect(reasonOf(decodeTxsFrame(encodeTxsFrame([tx(11)]), 10))).toContain('11 bytes, max 10')
    const most = Array.from({ length: MAX_TXS_PER_FRAME }, () => tx(1))
    expect(decodeTxsFrame(encodeTxsFrame(most), 10).ok).toBe(true)
    expect(decodeTxsFrame(encodeTxsFrame([...most, tx(1)]), 10).ok).toBe(false)
  })
})

describe('frame of evidence', () => {
  const evidence: Evidence = {
    kind: 'duplicateVote',
    voteA: makeVote(),
    voteB: makeVote({ blockId: OTHER_BLOCK }),
    totalVotingPower: 46n,
    validatorPower: 10n,
    timestamp: { seconds: 1, nanos: 2 }
  }

  it('carries it, differing by attempt alone', () => {
    const decoded = decodeEvidenceFrame(encodeEvidenceFrame(2, [evidence, evidence]))
    expect(decoded).toEqual({ ok: true, value: { attempt: 2, messages: [evidence, evidence] } })
    expect(encodeEvidenceFrame(1, [evidence])).not.toEqual(encodeEvidenceFrame(2, [evidence]))
  })

  it('A-11: refuses evidence with a missing vote, and too many pieces', () => {
    const half = new ProtoWriter()
    const mark = half.begin(1)
    half.int64(3, 46)
    half.end(mark)
    expect(decodeEvidenceFrame(envelope(0, half.finish())).ok).toBe(false)
    const { maxMessages } = FRAME_LIMITS.evidence
    const many = Array.from({ length: maxMessages + 1 }, () => evidence)
    expect(reasonOf(decodeEvidenceFrame(encodeEvidenceFrame(0, many)))).toContain('more than')
  })
})
