import { describe, expect, it } from 'vitest'
import { BlameBook } from '../../../src/network/blame.ts'
import { ConnectionPolicy, type LinkView } from '../../../src/network/connection-policy.ts'
import { Dialer } from '../../../src/network/dialer.ts'
import { type Libp2pNetworkOptions, type PeerAddress, parsePeerAddress } from '../../../src/network/index.ts'
import { NetworkMeter } from '../../../src/network/meter.ts'
import { FakeClock, RecordingLogger, RecordingMetrics } from './fakes.ts'
import { addressOf, idOf, settingsOf } from './network-settings.ts'

function makeDialer(self: number, options: Partial<Libp2pNetworkOptions>) {
  const clock = new FakeClock()
  const logger = new RecordingLogger()
  const settings = settingsOf(self, options)
  const links: LinkView[] = []
  const dialled: { atMs: number; addresses: readonly string[] }[] = []
  const bed = { reachable: false, peers: 0 }
  const policy = new ConnectionPolicy({ settings, clock, blame: new BlameBook(clock, 1), links: () => links })
  const dialer = new Dialer({
    settings,
    clock,
    random: () => 0.5,
    policy,
    logger,
    meter: new NetworkMeter(new RecordingMetrics()),
    dial: async addresses => {
      dialled.push({ atMs: clock.now(), addresses })
      if (!bed.reachable) throw new Error('connect ECONNREFUSED')
      const peer = addresses[0]!.split('/').at(-1)!
      links.push({ peer, outbound: true, openedAtMs: clock.monotonic(), ip: '127.0.0.1' })
    },
    isConnected: peer => links.some(link => link.peer === peer),
    peerCount: () => bed.peers
  })
  /** Lets time pass in small steps, so that what each dial leads to happens in between. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      clock.advance(10)
      await Promise.resolve().then(() => Promise.resolve())
      await new Promise<void>(resolve => setImmediate(resolve))
    }
  }
  return { clock, logger, links, dialled, bed, dialer, policy, pass }
}

const peerAddress = (n: number): PeerAddress => {
  const parsed = parsePeerAddress(addressOf(n))
  if (!parsed.ok) throw new RangeError(parsed.error)
  return parsed.value
}

const gaps = (dialled: readonly { atMs: number }[]) =>
  dialled.slice(1).map((dial, i) => Math.round(dial.atMs - dialled[i]!.atMs))

describe('dialer', () => {
  it('takes peers while it runs: once means one try, persistent means for ever', async () => {
    const { dialer, dialled, pass } = makeDialer(0, {})
    dialer.start()
    dialer.add([peerAddress(1)], 'once')
    await pass(10_000)
    expect(dialled.length).toBe(1)
    dialer.add([peerAddress(1)], 'once')
    dialer.add([peerAddress(2)], 'persistent')
    await pass(10_000)
    expect(dialled.filter(({ addresses }) => addresses[0] === addressOf(1)).length).toBe(2)
    expect(dialled.filter(({ addresses }) => addresses[0] === addressOf(2)).length).toBeGreaterThan(3)
    dialer.stop()
  })

  it('lets a peer it is told to keep in above all limits, and remembers no more than it may', () => {
    const { dialer, policy } = makeDialer(0, {})
    dialer.add([peerAddress(1)], 'once')
    expect(policy.isPersistent(idOf(1))).toBe(false)
    dialer.add([peerAddress(1)], 'persistent')
    expect(policy.isPersistent(idOf(1))).toBe(true)
    dialer.add(
      Array.from({ length: 1_200 }, (_, n) => ({ ...peerAddress(3), peerId: `stranger ${n}` })),
      'seed'
    )
    dialer.add([peerAddress(2)], 'persistent')
    expect(policy.isPersistent(idOf(2))).toBe(false)
  })

  it('tries a persistent peer for ever, with gaps that grow to the maximum', async () => {
    const { dialer, dialled, pass } = makeDialer(0, { persistentPeers: [addressOf(1)] })
    dialer.start()
    await pass(60_000)
    const waits = gaps(dialled)
    expect(waits[0]).toBeLessThanOrEqual(660)
    expect(waits[0]).toBeGreaterThanOrEqual(380)
    expect(waits.at(-1)).toBeGreaterThanOrEqual(4_900)
    expect(waits.at(-1)).toBeLessThanOrEqual(5_200)
    expect(dialled.length).toBeGreaterThan(12)
    dialer.stop()
    await pass(20_000)
    expect(dialled.length).toBeLessThan(20)
  })

  it('tells the operator of the first failure and of every twentieth, with the address', async () => {
    const { dialer, logger, pass } = makeDialer(0, { persistentPeers: [addressOf(1)] })
    dialer.start()
    await pass(115_000)
    const told = logger.lines.filter(line => line.level === 'info')
    expect(told.map(line => line.context.failures)).toEqual([1, 21])
    expect(told[0]!.context).toMatchObject({
      peer: idOf(1),
      address: addressOf(1),
      reason: 'connect ECONNREFUSED'
    })
  })

  it('leaves the lower id a head start', async () => {
    const higher = makeDialer(1, { persistentPeers: [addressOf(0)] })
    const lower = makeDialer(0, { persistentPeers: [addressOf(1)] })
    higher.dialer.start()
    lower.dialer.start()
    await Promise.all([higher.pass(300), lower.pass(300)])
    expect([lower.dialled.length, higher.dialled.length]).toEqual([1, 0])
    await higher.pass(700)
    expect(higher.dialled).toHaveLength(1)
  })

  it('dials again soon after a ready peer is lost, slower each time a peer closes before it is ready', async () => {
    const { dialer, dialled, links, bed, pass } = makeDialer(0, { persistentPeers: [addressOf(1)] })
    bed.reachable = true
    dialer.start()
    await pass(100)
    dialer.connected(idOf(1))
    await pass(5_000)
    expect(dialled).toHaveLength(1)
    const lose = (ready: boolean) => {
      links.length = 0
      dialer.disconnected(idOf(1), ready)
    }
    lose(true)
    await pass(510)
    expect(dialled).toHaveLength(2)
    for (let i = 0; i < 8; i++) {
      lose(false)
      await pass(6_000)
    }
    lose(false)
    await pass(3_000)
    expect(dialled).toHaveLength(10)
  })

  it('knows one peer by all its addresses and never dials itself', async () => {
    const { dialer, dialled, pass } = makeDialer(0, {
      persistentPeers: [addressOf(1, 1_111), addressOf(1, 2_222), addressOf(0), addressOf(1, 1_111)]
    })
    dialer.start()
    await pass(100)
    expect(dialled.map(dial => dial.addresses)).toEqual([[addressOf(1, 1_111), addressOf(1, 2_222)]])
  })

  it('dials seeds only while peers are few', async () => {
    const { dialer, dialled, bed, pass } = makeDialer(0, { seeds: [addressOf(1)], seedBelowPeers: 2 })
    bed.peers = 2
    dialer.start()
    await pass(12_000)
    expect(dialled).toHaveLength(0)
    bed.peers = 1
    await pass(5_100)
    expect(dialled.length).toBeGreaterThan(0)
  })
})
