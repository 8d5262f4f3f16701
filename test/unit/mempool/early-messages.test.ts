import { describe, expect, it } from 'vitest'
import { DEFAULT_EARLY_LIMITS, EarlyMessages, type IncomingMessage } from '../../../src/mempool/index.ts'
import { HEIGHT, makePartMessage, makeVote, votes } from './admission-bed.ts'

const NEXT = HEIGHT + 1
const unsigned = new Uint8Array(64)
const voteOf = (round: number, height = NEXT, validatorIndex = 0): IncomingMessage =>
  votes(makeVote({ height, round, validatorIndex, signature: unsigned }))

describe('EarlyMessages', () => {
  it('gives back what it kept for a height, in order of arrival, once', () => {
    const early = new EarlyMessages()
    const kept = [voteOf(1), voteOf(0), makePartMessage(NEXT)]
    for (const incoming of kept) expect(early.add(incoming, 'peer', 'v', true)).toBe('kept')
    early.add(voteOf(0, NEXT + 1), 'peer', 'v', false)
    expect(early.size).toBe(4)
    expect(early.has(kept[0]!.id)).toBe(true)
    expect(early.drain(NEXT)).toEqual(kept.map(incoming => ({ incoming, from: 'peer' })))
    expect(early.drain(NEXT)).toEqual([])
    expect(early.size).toBe(1)
    expect(early.drain(NEXT + 5)).toEqual([])
    expect([early.size, early.bytes]).toEqual([0, 0])
  })

  it('keeps a message once, whoever brings it', () => {
    const early = new EarlyMessages()
    expect(early.add(voteOf(0), 'peer', 'v', false)).toBe('kept')
    expect(early.add(voteOf(0), 'other', 'v', true)).toBe('duplicate')
    expect(early.add(makePartMessage(NEXT), 'peer', '', false)).toBe('kept')
    expect(early.add(makePartMessage(NEXT), 'peer', '', false)).toBe('duplicate')
  })

  it('keeps 64 of a validator for a height', () => {
    const early = new EarlyMessages()
    const outcomes = Array.from({ length: 65 }, (_, round) => early.add(voteOf(round), 'peer', 'v', true))
    expect(outcomes.filter(outcome => outcome === 'kept')).toHaveLength(64)
    expect(outcomes.at(-1)).toBe('full')
    expect(early.add(voteOf(0, NEXT, 1), 'peer', 'w', true)).toBe('kept')
    expect(early.add(voteOf(0, NEXT + 1), 'peer', 'v', true)).toBe('kept')
    early.drain(NEXT)
    expect(early.add(voteOf(0), 'peer', 'v', true)).toBe('kept')
  })

  it('lets no peer fill the places of a validator with what nobody verified', () => {
    const early = new EarlyMessages()
    const liar = Array.from({ length: 9 }, (_, round) => early.add(voteOf(round), 'liar', 'v', false))
    expect(liar.at(-1)).toBe('full')
    expect(early.add(voteOf(20), 'peer', 'v', false)).toBe('kept')
    for (let round = 100; round < 200; round++) early.add(voteOf(round), `liar ${round}`, 'v', false)
    expect(early.add(voteOf(300), 'peer', 'v', false)).toBe('full')
    expect(early.add(voteOf(300), 'peer', 'v', true)).toBe('kept')
  })

  it('bounds parts by peer, and everything by bytes', () => {
    const size = makePartMessage(NEXT).size
    const early = new EarlyMessages({ ...DEFAULT_EARLY_LIMITS, partsPerPeer: 2, maxBytes: 9 * (size + 512) })
    const part = (round: number, from: string) => early.add(makePartMessage(NEXT, round), from, '', false)
    expect([part(0, 'a'), part(1, 'a'), part(2, 'a'), part(0, 'b')]).toEqual(['kept', 'kept', 'full', 'kept'])
    expect([part(1, 'b'), part(0, 'c')]).toEqual(['kept', 'full'])
    expect(early.bytes).toBeLessThanOrEqual(4.5 * (size + 512))
    expect(early.add(voteOf(0), 'c', 'v', true)).toBe('kept')
  })

  it('holds no memory of the frame a message came in', () => {
    const frame = new Uint8Array(100_000)
    const early = new EarlyMessages()
    early.add(votes(makeVote({ height: NEXT, signature: frame.subarray(0, 64) })), 'peer', 'v', true)
    const [kept] = early.drain(NEXT)
    const { message } = kept!.incoming
    expect(message.kind === 'vote' && message.vote.signature.buffer.byteLength).toBe(64)
  })
})
