import { describe, expect, it } from 'vitest'
import { BlameBook } from '../../../src/network/blame.ts'
import { ConnectionPolicy, type LinkView } from '../../../src/network/connection-policy.ts'
import type { Libp2pNetworkOptions } from '../../../src/network/index.ts'
import { FakeClock } from './fakes.ts'
import { addressOf, idOf, settingsOf } from './network-settings.ts'

const PUBLIC_IP = '8.8.8.8'

function policyOf(n: number, options: Partial<Libp2pNetworkOptions> = {}) {
  const clock = new FakeClock()
  const blame = new BlameBook(clock, 60_000)
  const links: LinkView[] = []
  const policy = new ConnectionPolicy({ settings: settingsOf(n, options), clock, blame, links: () => links })
  const open = (peer: string, outbound: boolean, ip = '127.0.0.1') => {
    policy.opened(peer)
    links.push({ peer, outbound, openedAtMs: clock.monotonic(), ip })
  }
  return { clock, blame, links, policy, open }
}

describe('who may connect', () => {
  it('in a closed network: the listed peers and the persistent ones', () => {
    const { policy } = policyOf(0, { allowList: [idOf(1)], persistentPeers: [addressOf(2)] })
    expect(policy.decideInbound(idOf(1), '')).toEqual({ kind: 'accept' })
    expect(policy.decideInbound(idOf(2), '')).toEqual({ kind: 'accept' })
    expect(policy.decideInbound(idOf(3), '')).toEqual({ kind: 'refuse', reason: 'not_allowed' })
    expect(policy.beginDial(idOf(3))).toBe(false)
    expect(policy.beginDial(idOf(4))).toBe(false)
  })

  it('not a peer that was blamed, until the refusal is over, and persistent or not', () => {
    const { policy, blame, clock } = policyOf(0, { persistentPeers: [addressOf(1)] })
    for (let i = 0; i < 10; i++) blame.add(idOf(1))
    expect(policy.decideInbound(idOf(1), '')).toEqual({ kind: 'refuse', reason: 'blamed' })
    expect(policy.beginDial(idOf(1))).toBe(false)
    clock.advance(60_001)
    expect(policy.beginDial(idOf(1))).toBe(true)
  })

  it('no more strangers than the limit, counting those on their way; persistent peers always', () => {
    const { policy, open } = policyOf(5, { maxInboundPeers: 2, persistentPeers: [addressOf(3)] })
    open(idOf(0), false)
    expect(policy.decideInbound(idOf(1), '')).toEqual({ kind: 'accept' })
    expect(policy.decideInbound(idOf(2), '')).toEqual({ kind: 'refuse', reason: 'too_many_peers' })
    expect(policy.decideInbound(idOf(3), '')).toEqual({ kind: 'accept' })
  })

  it('no more from one public address than the limit, unless that is lifted; any number from a private one', () => {
    const limited = policyOf(5, { maxPeersPerIp: 1 })
    limited.open(idOf(0), false, PUBLIC_IP)
    expect(limited.policy.decideInbound(idOf(1), PUBLIC_IP)).toEqual({
      kind: 'refuse',
      reason: 'too_many_from_ip'
    })
    expect(limited.policy.decideInbound(idOf(1), '9.9.9.9')).toEqual({ kind: 'accept' })
    const lifted = policyOf(5, { maxPeersPerIp: 1, allowDuplicateIp: true })
    lifted.open(idOf(0), false, PUBLIC_IP)
    expect(lifted.policy.decideInbound(idOf(1), PUBLIC_IP)).toEqual({ kind: 'accept' })
    const rack = policyOf(5, { maxPeersPerIp: 1 })
    rack.open(idOf(0), false, '10.0.0.1')
    expect(rack.policy.decideInbound(idOf(1), '10.0.0.1')).toEqual({ kind: 'accept' })
  })

  it('limits outbound strangers for seeds', () => {
    const { policy, open } = policyOf(0, { maxOutboundPeers: 1, persistentPeers: [addressOf(1)] })
    open(idOf(1), true)
    expect(policy.mayDialSeed()).toBe(true)
    open(idOf(2), true)
    expect(policy.mayDialSeed()).toBe(false)
  })
})

describe('a peer that comes again', () => {
  it('replaces a connection that is dead on its side', () => {
    for (const self of [0, 2]) {
      const { policy, open, clock } = policyOf(self)
      open(idOf(1), true)
      clock.advance(6_000)
      expect(policy.decideInbound(idOf(1), '')).toEqual({ kind: 'replace' })
    }
  })

  it('is refused by the lower id while the connection is of the same attempt', () => {
    const { policy, open, clock } = policyOf(0)
    open(idOf(1), true)
    clock.advance(100)
    expect(policy.decideInbound(idOf(1), '')).toEqual({ kind: 'refuse', reason: 'already_connecting' })
  })

  it('is waited for only so long: then the lower id dials itself', () => {
    const { policy, clock } = policyOf(0)
    expect(policy.decideInbound(idOf(1), '')).toEqual({ kind: 'accept' })
    expect(policy.beginDial(idOf(1))).toBe(false)
    clock.advance(5_001)
    expect(policy.beginDial(idOf(1))).toBe(true)
    expect(policy.beginDial(idOf(1))).toBe(false)
    policy.endDial(idOf(1))
    expect(policy.beginDial(idOf(1))).toBe(true)
  })
})

/** One dial between two modelled nodes, in the steps that may interleave with those of the other. */
interface ModelDial {
  readonly from: 0 | 1
  decided: 'pending' | 'accepted' | 'refused'
  skipped: boolean
  started: boolean
  openAtDialler: boolean
  openAtTarget: boolean
  closed: boolean
}

/** Runs both dials in the order given by `choices` (taken modulo what is possible); returns what is left. */
function runCrossing(choices: readonly number[]): { connections: number; branching: number[] } {
  const nodes = [policyOf(0), policyOf(1)]
  const dials: ModelDial[] = ([0, 1] as const).map(from => ({
    from,
    decided: 'pending',
    skipped: false,
    started: false,
    openAtDialler: false,
    openAtTarget: false,
    closed: false
  }))
  const linkAt = (node: number, dial: ModelDial) =>
    nodes[node]!.links.findIndex(link => link.outbound === (dial.from === node))
  const close = (dial: ModelDial) => {
    dial.closed = true
    for (const node of [0, 1]) {
      const index = linkAt(node, dial)
      const open = node === dial.from ? dial.openAtDialler : dial.openAtTarget
      if (open && index >= 0) nodes[node]!.links.splice(index, 1)
    }
    dial.openAtDialler = false
    dial.openAtTarget = false
  }
  const stepsOf = (dial: ModelDial): (() => void)[] => {
    if (dial.skipped || dial.closed) return []
    const dialler = nodes[dial.from]!
    const target = nodes[1 - dial.from]!
    const steps: (() => void)[] = []
    if (!dial.started) {
      steps.push(() => {
        dial.started = true
        if (!dialler.policy.beginDial(idOf(1 - dial.from))) dial.skipped = true
      })
      return steps
    }
    if (dial.decided === 'pending') {
      steps.push(() => {
        const decision = target.policy.decideInbound(idOf(dial.from), '127.0.0.1')
        dial.decided = decision.kind === 'refuse' ? 'refused' : 'accepted'
        if (decision.kind === 'replace') close(dials[1 - dial.from]!)
      })
    }
    // The dialler may take the connection for open before the other side has decided on it.
    if (!dial.openAtDialler) {
      steps.push(() => {
        dial.openAtDialler = true
        dialler.open(idOf(1 - dial.from), true)
        dialler.policy.endDial(idOf(1 - dial.from))
      })
    }
    if (dial.decided === 'accepted' && !dial.openAtTarget) {
      steps.push(() => {
        dial.openAtTarget = true
        target.open(idOf(dial.from), false)
      })
    }
    if (dial.decided === 'refused') {
      steps.push(() => {
        close(dial)
        dialler.policy.endDial(idOf(1 - dial.from))
      })
    }
    return steps
  }
  const branching: number[] = []
  for (let at = 0; ; at++) {
    const possible = dials.flatMap(stepsOf)
    if (possible.length === 0) break
    branching.push(possible.length)
    possible[(choices[at] ?? 0) % possible.length]!()
  }
  return { connections: dials.filter(dial => dial.openAtDialler && dial.openAtTarget).length, branching }
}

describe('two nodes that dial each other at the same time', () => {
  it('end with exactly one connection, in every order in which the steps can happen', () => {
    let schedules = 0
    const outcomes = new Map<number, number>()
    const explore = (prefix: readonly number[]) => {
      const { connections, branching } = runCrossing(prefix)
      const depth = branching.findIndex((ways, at) => at >= prefix.length && ways > 1)
      if (depth < 0) {
        schedules++
        outcomes.set(connections, (outcomes.get(connections) ?? 0) + 1)
        return
      }
      const padded = [...prefix, ...new Array<number>(depth - prefix.length).fill(0)]
      for (let choice = 0; choice < branching[depth]!; choice++) explore([...padded, choice])
    }
    explore([])
    expect(schedules).toBeGreaterThan(50)
    expect([...outcomes.keys()]).toEqual([1])
  })
})
