import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FinalizeBlockResponse } from '../../src/app/index.ts'
import { encodeFrame } from '../../src/blockstore/frame.ts'
import { type BatchOp, decodeResults, encodeResults, SortedBytes } from '../../src/blockstore/index.ts'
import { encodeWalRecord, type WalRecord } from '../../src/blockstore/wal-record.ts'
import { scanWal } from '../../src/blockstore/wal-scan.ts'

const shortKey = fc
  .uint8Array({ minLength: 0, maxLength: 2, max: 3 })
  .map(bytes => Uint8Array.of(1, ...bytes))
const batchOp: fc.Arbitrary<BatchOp> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key: shortKey, value: fc.uint8Array({ maxLength: 3 }) }),
  fc.record({ type: fc.constant('del' as const), key: shortKey })
)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('ordered bytes in memory', () => {
  it('answer as a sorted list does, and undo what was done', () => {
    const step = fc.record({
      ops: fc.array(batchOp, { maxLength: 6 }),
      gte: optional(shortKey),
      lt: optional(shortKey),
      reverse: fc.boolean(),
      limit: optional(fc.integer({ min: 0, max: 5 }))
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), steps => {
        const map = new SortedBytes()
        const oracle = new Map<string, string>()
        for (const { ops, gte, lt, reverse, limit } of steps) {
          const before = map.range({}).map(([key, value]) => `${hex(key)}=${hex(value)}`)
          const undo = ops.map(op => map.apply(op)).reverse()
          for (const op of undo) map.apply(op)
          expect(map.range({}).map(([key, value]) => `${hex(key)}=${hex(value)}`)).toEqual(before)
          for (const op of ops) {
            map.apply(op)
            if (op.type === 'put') oracle.set(hex(op.key), hex(op.value))
            else oracle.delete(hex(op.key))
          }
          let expected = [...oracle].sort(([a], [b]) => (a < b ? -1 : 1))
          if (gte !== undefined) expected = expected.filter(([key]) => key >= hex(gte))
          if (lt !== undefined) expected = expected.filter(([key]) => key < hex(lt))
          if (reverse) expected.reverse()
          const range = {
            reverse,
            ...(gte && { gte }),
            ...(lt && { lt }),
            ...(limit !== undefined && { limit })
          }
          const found = map.range(range).map(([key, value]) => [hex(key), hex(value)])
          expect(found).toEqual(expected.slice(0, limit))
          expect(map.size).toBe(oracle.size)
        }
      }),
      { numRuns: 300 }
    )
  })
})

const walRecord: fc.Arbitrary<WalRecord> = fc.oneof(
  fc.record({
    kind: fc.constant('message' as const),
    message: fc.uint8Array({ maxLength: 1500 }),
    peer: fc.constantFrom('', 'peer')
  }),
  fc.record({ kind: fc.constant('endHeight' as const), height: fc.nat(1000) }),
  fc.record({
    kind: fc.constant('note' as const),
    label: fc.constant('n'),
    data: fc.uint8Array({ maxLength: 40 })
  })
)

/** A log file of these groups, each synced before the next began, and where its records end. */
function logOf(groups: readonly (readonly WalRecord[])[]): {
  bytes: Uint8Array
  ends: number[]
  synced: number
} {
  const frames: Uint8Array[] = []
  const ends: number[] = []
  let offset = 0
  let synced = 0
  let syncedBefore = 0
  for (const group of groups) {
    syncedBefore = synced
    for (const record of group) {
      const position = { offset, syncedBytes: synced }
      const frame = encodeFrame(encodeWalRecord({ time: { seconds: 1, nanos: 0 }, record, position }))
      frames.push(frame)
      offset += frame.length
      ends.push(offset)
    }
    synced = offset
  }
  return { bytes: Buffer.concat(frames), ends, synced: syncedBefore }
}

describe('scanning a log file', () => {
  const groups = fc.array(fc.array(walRecord, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 })
  const damage = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('flip', 'zero', 'cut', 'junk' as const),
    length: fc.integer({ min: 1, max: 1200 }),
    value: fc.integer({ min: 1, max: 255 })
  })

  it('gives only records that were written, where they were, and tells of every one it misses', () => {
    fc.assert(
      fc.property(
        groups,
        fc.array(damage, { maxLength: 3 }),
        fc.nat(3000),
        (written, damages, zerosAhead) => {
          const { bytes, ends } = logOf(written)
          let log = Buffer.concat([bytes, Buffer.alloc(zerosAhead)])
          for (const { at, kind, length, value } of damages) {
            const from = at % log.length
            if (kind === 'flip') log[from]! ^= value
            else if (kind === 'zero') log.fill(0, from, Math.min(log.length, from + length))
            else if (kind === 'junk') log.fill(value, from, Math.min(log.length, from + length))
            else log = Buffer.from(log.subarray(0, Math.max(1, from)))
          }
          const scan = scanWal(log)
          const originals = new Set(ends.map((end, i) => `${i === 0 ? 0 : ends[i - 1]}-${end}`))
          let last = 0
          for (const { offset, end } of scan.records) {
            expect(originals.has(`${offset}-${end}`)).toBe(true)
            expect(hex(log.subarray(offset, end))).toBe(hex(bytes.subarray(offset, end)))
            // Whatever lies between two records is reported as damage.
            if (offset > last) {
              expect(scan.damages.some(({ from, to }) => from <= last && to >= offset)).toBe(true)
            }
            last = end
          }
          expect(scan.end).toBeGreaterThanOrEqual(last)
        }
      ),
      { numRuns: 400 }
    )
  })

  it('keeps everything that was synced when a crash takes sectors of the rest', () => {
    fc.assert(
      fc.property(groups, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (written, lost) => {
        const { bytes, ends, synced } = logOf(written)
        const log = Buffer.from(bytes)
        for (let at = synced, sector = 0; at < log.length; sector++) {
          const end = Math.min(log.length, (Math.floor(at / 512) + 1) * 512)
          if (lost[sector % lost.length]) log.fill(0, at, end)
          at = end
        }
        const scan = scanWal(log)
        expect(scan.damages).toEqual([])
        const whole = ends.filter(end => end <= synced).length
        expect(scan.records.length).toBeGreaterThanOrEqual(whole)
        for (const [i, record] of scan.records.entries()) expect(record.end).toBe(ends[i])
      }),
      { numRuns: 400 }
    )
  })
})

describe('results of a block', () => {
  const text = fc.string({ maxLength: 12 })
  const events = fc.array(
    fc.record({
      type: text,
      attributes: fc.array(fc.record({ key: text, value: text, index: fc.boolean() }), { maxLength: 3 })
    }),
    { maxLength: 3 }
  )
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const response: fc.Arbitrary<FinalizeBlockResponse> = fc.record({
    events,
    txResults: fc.array(
      fc.record({
        code: fc.nat(2 ** 31),
        data: fc.uint8Array({ maxLength: 9 }),
        log: text,
        info: text,
        gasWanted: int64,
        gasUsed: int64,
        events,
        codespace: text
      }),
      { maxLength: 5 }
    ),
    validatorUpdates: fc.array(
      fc.record({
        publicKey: fc.constant({ type: 'ed25519' as const, bytes: new Uint8Array(32).fill(7) }),
        power: fc.bigInt({ min: 0n, max: 2n ** 60n })
      }),
      { maxLength: 3 }
    ),
    consensusParamUpdates: fc.constant(null),
    appHash: fc.uint8Array({ maxLength: 32 })
  })

  it('come back as they were saved', () => {
    fc.assert(
      fc.property(response, value => {
        expect(decodeResults(encodeResults(value))).toEqual(value)
      }),
      { numRuns: 300 }
    )
  })
})
