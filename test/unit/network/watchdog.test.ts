import type { Connection } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { PeerBook } from '../../../src/network/peer-book.ts'
import { Watchdog } from '../../../src/network/watchdog.ts'
import { FakeClock } from './fakes.ts'
import { idOf, settingsOf } from './network-settings.ts'

function makeWatchdog() {
  const clock = new FakeClock()
  const book = new PeerBook(clock)
  const dropped: string[] = []
  const broken = new Set<string>()
  let ticks = 0
  const watchdog = new Watchdog({
    settings: settingsOf(0),
    clock,
    book,
    gossipStands: peer => !broken.has(peer),
    drop: (peer, reason) => dropped.push(`${peer.slice(-4)} ${reason}`),
    onTick: () => ticks++
  })
  const connect = (n: number, streams: { writeBufferLength: number }[] = []) => {
    const connection = {
      id: `connection ${n}`,
      remotePeer: { toString: () => idOf(n) },
      remoteAddr: { toString: () => '/ip4/127.0.0.1/tcp/1' },
      direction: 'outbound',
      streams
    } as unknown as Connection
    return { record: book.opened(connection), connection }
  }
  return { clock, book, dropped, broken, watchdog, connect, ticks: () => ticks }
}

describe('watchdog', () => {
  it('gives a connection ten seconds to show that it is of this chain', () => {
    const { clock, dropped, watchdog, connect } = makeWatchdog()
    connect(1)
    connect(2).record.ready = true
    watchdog.start()
    clock.advance(10_000)
    expect(dropped).toEqual([])
    clock.advance(1_000)
    expect(dropped).toEqual([`${idOf(1).slice(-4)} not_ready`])
  })

  it('closes a connection that is without gossip for six seconds on end', () => {
    const { clock, dropped, broken, watchdog, connect } = makeWatchdog()
    connect(1).record.ready = true
    watchdog.start()
    broken.add(idOf(1))
    clock.advance(6_500)
    broken.delete(idOf(1))
    clock.advance(1_000)
    broken.add(idOf(1))
    clock.advance(6_500)
    expect(dropped).toEqual([])
    clock.advance(1_000)
    expect(dropped).toEqual([`${idOf(1).slice(-4)} gossip_broken`])
  })

  it('closes a connection with too much unsent, over all its streams', () => {
    const { clock, dropped, watchdog, connect } = makeWatchdog()
    const half = { writeBufferLength: 33 * 1024 * 1024 }
    connect(1, [half]).record.ready = true
    connect(2, [half, half]).record.ready = true
    watchdog.start()
    clock.advance(1_000)
    expect(dropped).toEqual([`${idOf(2).slice(-4)} send_buffer`])
  })

  it('looks every second until stopped', () => {
    const { clock, watchdog, ticks } = makeWatchdog()
    watchdog.start()
    clock.advance(5_500)
    watchdog.stop()
    clock.advance(5_000)
    expect(ticks()).toBe(5)
    expect(clock.timers).toBe(0)
  })
})
