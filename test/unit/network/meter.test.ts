import { describe, expect, it } from 'vitest'
import { NetworkMeter } from '../../../src/network/meter.ts'
import { RecordingMetrics } from './fakes.ts'

describe('bytes by peer', () => {
  it('are known before and after they are told to the counters', () => {
    const metrics = new RecordingMetrics()
    const meter = new NetworkMeter(metrics)
    meter.sent('consensus', 100, ['a', 'b'])
    meter.received('parts', 7, 'a')
    expect([meter.bytesWith('a'), meter.bytesWith('b')]).toEqual([
      { sent: 100, received: 7 },
      { sent: 100, received: 0 }
    ])
    meter.flush(() => true)
    meter.sent('sync', 11, ['a'])
    expect(meter.bytesWith('a')).toEqual({ sent: 111, received: 7 })
    meter.flush(() => true)
    expect(meter.bytesWith('a')).toEqual({ sent: 111, received: 7 })
    expect(metrics.total('peer_send_bytes_total', { peer_id: 'a' })).toBe(111)
  })

  it('are forgotten with the peer, and those of a stranger are not kept', () => {
    const meter = new NetworkMeter(new RecordingMetrics())
    meter.received('parts', 7, 'a')
    meter.flush(() => true)
    meter.received('parts', 7, 'stranger')
    meter.flush(peer => peer === 'b')
    expect(meter.bytesWith('a')).toEqual({ sent: 0, received: 0 })
    meter.received('parts', 5, 'a')
    expect(meter.bytesWith('a').received).toBe(5)
    expect(meter.bytesWith('stranger').received).toBe(0)
  })
})
