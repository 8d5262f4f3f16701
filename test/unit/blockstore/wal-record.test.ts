import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/blockstore/crc32c.ts'
import { encodeFrame, framePayloadAt } from '../../../src/blockstore/frame.ts'
import { decodeWalRecord, encodeWalRecord, type WalRecord } from '../../../src/blockstore/wal-record.ts'

interface FrameCase {
  name: string
  time: { seconds: string; nanos: number }
  wal_message: {
    end_height?: { height: string }
    timeout_info?: { duration: string; height: string; round: number; step: number }
  }
  expected_payload: string
  expected_frame: string
}
const vectors = JSON.parse(
  readFileSync(new URL('../../fixtures/vectors/wal_frames.json', import.meta.url), 'utf8')
) as { cases: FrameCase[] }

function recordOf({ wal_message: message }: FrameCase): WalRecord {
  if (message.end_height !== undefined)
    return { kind: 'endHeight', height: Number(message.end_height.height) }
  const { duration, height, round, step } = message.timeout_info!
  return {
    kind: 'timeout',
    durationMs: Number.parseFloat(duration) * 1000,
    height: Number(height),
    round,
    step
  }
}

describe('log records', () => {
  for (const vector of vectors.cases) {
    it(`are CometBFT's frames: ${vector.name}`, () => {
      const time = { seconds: Number(vector.time.seconds), nanos: vector.time.nanos }
      const payload = encodeWalRecord({ time, record: recordOf(vector), position: null })
      expect(Buffer.from(payload).toString('hex')).toBe(vector.expected_payload)
      expect(Buffer.from(encodeFrame(payload)).toString('hex')).toBe(vector.expected_frame)
      expect(decodeWalRecord(payload)).toEqual({ time, record: recordOf(vector), position: null })
    })
  }

  const records: WalRecord[] = [
    { kind: 'message', message: Buffer.from('0a00', 'hex'), peer: '' },
    { kind: 'message', message: new Uint8Array(70_000).fill(3), peer: '12D3KooW' },
    { kind: 'timeout', durationMs: 1500.25, height: 7, round: 2, step: 3 },
    { kind: 'roundState', height: 9, round: 1, step: 'RoundStepPrevote' },
    { kind: 'endHeight', height: 0 },
    { kind: 'endHeight', height: 2 ** 40 },
    { kind: 'note', label: '', data: new Uint8Array(0) },
    { kind: 'note', label: 'validity', data: Uint8Array.of(0, 1) }
  ]
  for (const record of records) {
    it(`come back as they were written: ${record.kind}`, () => {
      for (const position of [null, { offset: 0, syncedBytes: 0 }, { offset: 12345, syncedBytes: 12000 }]) {
        const timed = { time: { seconds: 5, nanos: 6 }, record, position }
        const frame = encodeFrame(encodeWalRecord(timed))
        const decoded = decodeWalRecord(framePayloadAt(frame, 0, 1 << 20)!)
        expect(decoded.position).toEqual(position)
        expect(decoded.record.kind).toBe(record.kind)
        expect(encodeFrame(encodeWalRecord(decoded))).toEqual(frame)
      }
    })
  }

  it('are summed with CRC-32C', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })
})
