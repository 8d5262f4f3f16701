import { describe, expect, it } from 'vitest'
import { decodeConsensusFrame, decodePartFrame } from '../../../src/mempool/index.ts'
import { type ConsensusMessage, makePartSet, NIL_BLOCK_ID } from '../../../src/types/index.ts'
import { fromWalRecord, Journal, type JournalRecord } from '../../../src/validator/host/journal.ts'
import { type HostEvent, MAILBOX_CAPACITY, Mailbox } from '../../../src/validator/host/mailbox.ts'
import { Outbox } from '../../../src/validator/host/outbox.ts'
import { timeoutMs } from '../../../src/validator/host/timeouts.ts'

const NOTHING = new Uint8Array(0)

function prevote(round: number): Extract<ConsensusMessage, { kind: 'vote' }> {
  return {
    kind: 'vote',
    vote: {
      type: 'prevote',
      height: 3,
      round,
      blockId: NIL_BLOCK_ID,
      timestamp: { seconds: 1, nanos: 2 },
      validatorAddress: 'ab'.repeat(20),
      validatorIndex: 0,
      signature: new Uint8Array(64).fill(7),
      extension: NOTHING,
      extensionSignature: NOTHING
    }
  }
}

function parts(bytes: number): ConsensusMessage[] {
  return makePartSet(new Uint8Array(bytes).fill(1)).parts.map(part => ({
    kind: 'blockPart',
    height: 3,
    round: 0,
    part
  }))
}

describe('the mailbox', () => {
  const event = (height: number): HostEvent => ({ kind: 'txsAvailable', height })

  it('gives own events first, then others in order', () => {
    const mailbox = new Mailbox()
    mailbox.put(event(1))
    mailbox.put(event(2))
    mailbox.putOwn(event(9))
    const taken = [mailbox.take(), mailbox.take(), mailbox.take(), mailbox.take()]
    expect(taken).toEqual([event(9), event(1), event(2), undefined])
  })

  it('is bounded for others and never for the node itself', () => {
    const mailbox = new Mailbox()
    for (let index = 0; index < MAILBOX_CAPACITY; index++) expect(mailbox.put(event(index))).toBe(true)
    expect(mailbox.put(event(0))).toBe(false)
    mailbox.putOwn(event(0))
    expect(mailbox.size).toBe(MAILBOX_CAPACITY + 1)
    for (let index = 0; index < 3000; index++) mailbox.take()
    expect(mailbox.put(event(0))).toBe(true)
  })
})

describe('the outbox', () => {
  function sent(messages: readonly ConsensusMessage[]): readonly (readonly [string, Uint8Array])[] {
    const outbox = new Outbox()
    const frames: (readonly [string, Uint8Array])[] = []
    for (const message of messages) outbox.add(message)
    outbox.send((topic, frame) => frames.push([topic, frame]))
    expect(outbox.isEmpty).toBe(true)
    return frames
  }

  it('sends votes that are ready together in one frame, with the only part of a small block', () => {
    const frames = sent([prevote(0), ...parts(1000), prevote(1)])
    expect(frames.map(([topic]) => topic)).toEqual(['consensus'])
    const decoded = decodeConsensusFrame(frames[0]![1])
    expect(decoded.ok && decoded.value.messages.map(({ message }) => message.kind)).toEqual([
      'vote',
      'blockPart',
      'vote'
    ])
  })

  it('sends larger blocks part by part', () => {
    const frames = sent([prevote(0), ...parts(3 * 65536)])
    expect(frames.map(([topic]) => topic)).toEqual(['consensus', 'parts', 'parts', 'parts'])
    for (const [topic, frame] of frames) if (topic === 'parts') expect(decodePartFrame(frame).ok).toBe(true)
  })

  it('gives repeated messages other bytes, since gossip drops what it has seen', () => {
    const outbox = new Outbox()
    const frames: string[] = []
    for (let attempt = 0; attempt < 2; attempt++) {
      outbox.add(prevote(0))
      outbox.send((_topic, frame) => frames.push(Buffer.from(frame).toString('hex')))
    }
    expect(new Set(frames).size).toBe(2)
  })
})

describe('the journal', () => {
  it('reads back whatever it wrote', () => {
    const records: JournalRecord[] = [
      prevoteRecord(),
      { kind: 'timeoutElapsed', timeout: { kind: 'propose', height: 3, round: 2 } },
      { kind: 'timeoutElapsed', timeout: { kind: 'prevote', height: 3, round: 0 } },
      { kind: 'timeoutElapsed', timeout: { kind: 'precommit', height: 3, round: 1 } },
      { kind: 'startHeight', height: 3, waitForTxs: true },
      { kind: 'startHeight', height: 3, waitForTxs: false },
      { kind: 'txsAvailable', height: 3 },
      { kind: 'certificate', votes: [prevote(0).vote, prevote(1).vote] },
      { kind: 'validity', blockIdKey: `${'ab'.repeat(32)}:1:${'cd'.repeat(32)}`, valid: true },
      { kind: 'validity', blockIdKey: 'ef', valid: false }
    ]
    const written: Parameters<typeof fromWalRecord>[0][] = []
    const wal = { append: (record: (typeof written)[number]) => written.push(record), flush: async () => {} }
    const journal = new Journal(wal as unknown as ConstructorParameters<typeof Journal>[0])
    for (const record of records) journal.append(record)
    journal.endHeight(3)
    expect(written.map(fromWalRecord)).toEqual([...records, null])
  })

  function prevoteRecord(): JournalRecord {
    return { kind: 'message', message: prevote(4) }
  }
})

it('timeouts grow by a delta each round', () => {
  const timing = {
    timeoutProposeMs: 3000,
    timeoutProposeDeltaMs: 500,
    timeoutPrevoteMs: 1000,
    timeoutPrevoteDeltaMs: 400,
    timeoutPrecommitMs: 900,
    timeoutPrecommitDeltaMs: 300,
    timeoutCommitMs: 0,
    skipTimeoutCommit: false,
    createEmptyBlocks: true,
    createEmptyBlocksIntervalMs: 0,
    pullIntervalMs: 100
  }
  expect(timeoutMs(timing, 'propose', 0)).toBe(3000)
  expect(timeoutMs(timing, 'propose', 4)).toBe(5000)
  expect(timeoutMs(timing, 'prevote', 2)).toBe(1800)
  expect(timeoutMs(timing, 'precommit', 1)).toBe(1200)
})
