import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { InMemoryNetwork } from '../../../src/replica/examples/in-memory-network.ts'
import { joinLifecycle, type LifecycleMember, type Order } from '../../../src/replica/examples/lifecycle.ts'
import { sendTwoFaced } from '../../../src/replica/examples/two-faced-member.ts'
import type { ReplicaEvent } from '../../../src/replica/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const MEMBERS = 4
/** Proposes height 1 in round 0. */
const BYZANTINE = 1

interface World {
  readonly members: readonly LifecycleMember[]
  readonly honest: readonly LifecycleMember[]
  readonly events: ReplicaEvent<Order>[]
  /** Lets time pass until it holds. */
  until(holds: () => boolean): Promise<void>
  orderAll(order: Order): readonly (string | null)[]
}

async function makeWorld(): Promise<World> {
  const clock = new ManualClock()
  const network = new InMemoryNetwork<Order>(clock)
  const keys = Array.from({ length: MEMBERS }, () => generateKeyPairSync('ed25519'))
  const publicKeys = keys.map(key => key.publicKey)
  const members = keys.map(({ privateKey }, self) => {
    const send = network.senderFor(self)
    const sends = self === BYZANTINE ? sendTwoFaced({ self, members: MEMBERS, privateKey, send }) : send
    return joinLifecycle({ self, privateKey, publicKeys, clock, send: sends })
  })
  const honest = members.filter((_, self) => self !== BYZANTINE)
  const events: ReplicaEvent<Order>[] = []
  for (const { replica } of honest) replica.on(event => events.push(event))
  for (const [self, { replica }] of members.entries()) {
    network.join(self, (message, reply) => replica.receive(message, reply))
    await replica.start()
  }
  const until = async (holds: () => boolean): Promise<void> => {
    for (let i = 0; !holds(); i++) {
      if (i > 5000) expect.fail(honest.flatMap(({ replica }) => replica.trace().slice(-5)).join('\n'))
      expect(clock.runNext()).toBe(true)
      for (const { replica } of members) await replica.idle()
    }
  }
  const orderAll = (order: Order) => members.map(member => member.order(order).refused)
  return { members, honest, events, until, orderAll }
}

describe('the replicated lifecycle: four members, one of them two-faced', () => {
  it('goes from Init over Running to Stopped on every honest member, and refuses everything else', async () => {
    const { honest, events, until, orderAll } = await makeWorld()
    const states = () => honest.map(({ machine }) => machine.state)

    expect(new Set(orderAll({ command: 'stop', by: 'ann' }))).toEqual(new Set(['cannot stop while Init']))

    expect(new Set(orderAll({ command: 'start', by: 'ann' }))).toEqual(new Set([null]))
    await until(() => states().every(state => state === 'Running'))

    expect(honest.map(member => member.order({ command: 'start', by: 'bob' }).refused)).toEqual([
      'cannot start while Running',
      'cannot start while Running',
      'cannot start while Running'
    ])

    orderAll({ command: 'stop', by: 'bob' })
    await until(() => states().every(state => state === 'Stopped'))

    for (const { machine } of honest) {
      expect(machine.history).toEqual([
        { command: 'start', by: 'ann' },
        { command: 'stop', by: 'bob' }
      ])
    }
    expect(honest.map(({ machine }) => machine.refusal({ command: 'start', by: 'ann' }))).toEqual([
      'cannot start while Stopped',
      'cannot start while Stopped',
      'cannot start while Stopped'
    ])
    const guilty = events.flatMap(event =>
      event.kind === 'equivocation' ? [event.first.statement.member] : []
    )
    expect(new Set(guilty)).toEqual(new Set([BYZANTINE]))
  })

  it('answers the illegal proposal of the two-faced member with nil', async () => {
    const { honest, events, until, orderAll } = await makeWorld()
    orderAll({ command: 'start', by: 'ann' })
    await until(() => honest.every(({ machine }) => machine.state === 'Running'))
    expect(events.some(event => event.kind === 'validity' && event.validity === 'invalid')).toBe(true)
    for (const { replica } of honest) {
      expect(replica.decision(1)?.round).toBeGreaterThan(0)
      expect(replica.trace().join('\n')).toContain('L22 new proposal => prevote nil at 1/0')
    }
  })

  it('rests without a message or a timeout of consensus while nobody wants anything', async () => {
    const { honest, until, members } = await makeWorld()
    await until(() => members.every(({ replica }) => replica.state?.waiting === true))
    for (const { replica } of honest) {
      expect(replica.phase).toBe('collecting')
      expect(replica.explain()?.awaits.map(awaited => awaited.kind)).toEqual(['transactions', 'proposal'])
    }
  })
})
