import { describe, expect, it } from 'vitest'
import { PeerRates, RATE_SAMPLE_MS } from '../../../../src/cli/node-view/peer-rates.ts'
import type { PeerInfo } from '../../../../src/network/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

function peerWith(sentBytes: number, receivedBytes: number, connectedAtMs = 0): PeerInfo {
  return {
    id: 'peer',
    nodeId: '',
    address: '',
    outbound: true,
    connectedAtMs,
    topics: [],
    moniker: '',
    sentBytes,
    receivedBytes
  }
}

function bed() {
  const clock = new ManualClock()
  let peers: readonly PeerInfo[] = [peerWith(100, 0)]
  const rates = new PeerRates({ peers: () => peers }, clock)
  rates.start()
  return {
    rates,
    clock,
    /** Lets one sample pass in which the peer's counts become these. */
    become: (peer: PeerInfo | null) => {
      peers = peer === null ? [] : [peer]
      clock.runNext()
    }
  }
}

describe('the rates of a peer', () => {
  it('are unknown until a second has passed', () => {
    const { rates } = bed()
    expect(rates.of(peerWith(100, 0)).sent).toMatchObject({
      bytes: 100,
      samples: 0,
      currentRate: 0,
      peakRate: 0
    })
  })

  it('follow what moved in the last second, and remember the most', () => {
    const { rates, become } = bed()
    become(peerWith(1100, 50))
    expect(rates.of(peerWith(1100, 50))).toMatchObject({
      sent: { bytes: 1100, samples: 1, lastRate: 1000, currentRate: 1000, peakRate: 1000 },
      received: { bytes: 50, lastRate: 50 }
    })
    become(peerWith(1200, 50))
    const { sent, received } = rates.of(peerWith(1234, 50))
    expect(sent).toMatchObject({ bytes: 1234, samples: 2, lastRate: 100, currentRate: 820, peakRate: 1000 })
    expect(received).toMatchObject({ lastRate: 0, peakRate: 50 })
  })

  it('tell since when nothing moved', () => {
    const { rates, become, clock } = bed()
    become(peerWith(200, 0))
    become(peerWith(200, 0))
    clock.setTimer(RATE_SAMPLE_MS / 2, () => {})
    clock.runNext()
    const { sent } = rates.of(peerWith(200, 0))
    expect(sent).toMatchObject({ lastRate: 0, idleMs: 1.5 * RATE_SAMPLE_MS })
  })

  it('begin anew with a connection, and are forgotten with the peer', () => {
    const { rates, become } = bed()
    become(peerWith(5000, 0))
    become(peerWith(10, 0, 7))
    expect(rates.of(peerWith(10, 0, 7)).sent).toMatchObject({ samples: 0, peakRate: 0 })
    become(null)
    become(peerWith(10, 0, 7))
    expect(rates.of(peerWith(10, 0, 7)).sent.samples).toBe(0)
  })

  it('are not looked at after the end', () => {
    const { rates, become, clock } = bed()
    rates.stop()
    become(peerWith(5000, 0))
    expect(clock.pending).toBe(0)
  })
})
