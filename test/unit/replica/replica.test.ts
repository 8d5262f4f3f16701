import { describe, expect, it } from 'vitest'
import {
  createReplica,
  type ReplicaOptions,
  type ReplicaPhase,
  statementBytes
} from '../../../src/replica/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { makeRandom } from '../../support/random.ts'
import { fakeSignature, ReplicaCluster } from '../../support/replica-cluster.ts'

describe('a cluster of replicas', () => {
  it('applies the same values at the same heights', async () => {
    const cluster = new ReplicaCluster()
    await cluster.startAll()
    await cluster.untilApplied(5)
    const [first, ...others] = cluster.applied.map(values => values.slice(0, 5))
    for (const values of others) expect(values).toEqual(first)
    expect(first).toEqual([1, 2, 3, 4, 5].map(height => `value ${height}.0 of ${height % 4}`))
  })

  it('decides alone with one member', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    await cluster.startAll()
    await cluster.untilApplied(3)
  })

  it('lets followers apply what the members decide, without a word of their own', async () => {
    const cluster = new ReplicaCluster({ members: 5, voters: 4 })
    await cluster.startAll()
    await cluster.untilApplied(3)
    expect(cluster.applied[4]!.slice(0, 3)).toEqual(cluster.applied[0]!.slice(0, 3))
    expect(cluster.disks[4]!.signed.size).toBe(0)
  })

  it('goes on with one member away, in the round after its own', async () => {
    const cluster = new ReplicaCluster()
    for (const member of [0, 2, 3]) await cluster.start(member)
    await cluster.untilApplied(2, [0, 2, 3])
    expect(cluster.applied[0]![0]).toBe('value 1.1 of 2')
  })

  it('brings back a member that slept through many heights', async () => {
    const cluster = new ReplicaCluster()
    for (const member of [0, 2, 3]) await cluster.start(member)
    await cluster.untilApplied(12, [0, 2, 3])
    await cluster.start(1)
    await cluster.untilApplied(12)
    expect(cluster.applied[1]!.slice(0, 12)).toEqual(cluster.applied[0]!.slice(0, 12))
  })

  it('gets through losses, because what was said is said again', async () => {
    const random = makeRandom(1)
    const delayMs = () => (random() < 0.3 ? null : 1)
    const lossy = new ReplicaCluster({ delayMs, timing: { resendMs: 500 } })
    await lossy.startAll()
    await lossy.untilApplied(4)
    expect(new Set(lossy.applied.map(values => values.slice(0, 4).join())).size).toBe(1)
  })

  it('does not move without a quorum, and goes on with it', async () => {
    const cluster = new ReplicaCluster()
    await cluster.start(0)
    await cluster.start(2)
    for (let i = 0; i < 200; i++) await cluster.tick()
    expect(cluster.applied.flat()).toEqual([])
    await cluster.start(3)
    await cluster.untilApplied(1, [0, 2, 3])
  })
})

describe('a member that crashes', () => {
  it('at any append, before or after it is durable, goes on without contradicting itself', async () => {
    const cluster = new ReplicaCluster({ timing: { resendMs: 2000 } })
    await cluster.startAll()
    for (let crashes = 0; crashes < 80; crashes++) {
      const victim = crashes % 4
      const disk = cluster.disks[victim]!
      disk.deathAfter = { appends: crashes % 11, isDurable: crashes % 2 === 0 }
      await cluster.until(() => cluster.replicas[victim]!.phase === 'stopping')
      disk.deathAfter = null
      await cluster.crash(victim)
      await cluster.start(victim)
    }
    const height = Math.min(...cluster.applied.map(values => values.length)) + 2
    await cluster.untilApplied(height)
    expect(height).toBeGreaterThan(5)
    expect(new Set(cluster.applied.map(values => values.slice(0, height).join())).size).toBe(1)
    expect(cluster.disks.flatMap(disk => disk.contradictions)).toEqual([])
  })

  it('does not ask the signer again for what the log holds', async () => {
    const asked: string[] = []
    const cluster = new ReplicaCluster({
      members: 1,
      providers: () => ({
        sign: (bytes, { kind, height }) => {
          asked.push(`${kind} ${height}`)
          return fakeSignature(bytes, 0)
        }
      })
    })
    await cluster.start(0)
    cluster.disks[0]!.deathAfter = { appends: 2, isDurable: true }
    await cluster.until(() => cluster.replicas[0]!.phase === 'stopping')
    expect(asked).toEqual(['proposal 1', 'prevote 1'])
    await cluster.crash(0)
    await cluster.start(0)
    expect(asked).toEqual(['proposal 1', 'prevote 1', 'precommit 1'])
  })

  it('goes on alone, with nobody to remind it of what it was doing', async () => {
    for (const isDurable of [false, true]) {
      const cluster = new ReplicaCluster({ members: 1 })
      await cluster.start(0)
      for (let appends = 0; appends < 9; appends++) {
        cluster.disks[0]!.deathAfter = { appends, isDurable }
        await cluster.until(() => cluster.replicas[0]!.phase === 'stopping')
        cluster.disks[0]!.deathAfter = null
        await cluster.crash(0)
        await cluster.start(0)
      }
      await cluster.untilApplied(cluster.applied[0]!.length + 1)
      expect(cluster.disks[0]!.contradictions).toEqual([])
    }
  })

  it('does not send what its storage did not take', async () => {
    const sent: unknown[] = []
    const cluster = new ReplicaCluster({
      members: 1,
      providers: () => ({ send: message => sent.push(message) }),
      options: () => ({
        storage: {
          load: () => null,
          append: () => {
            throw new RangeError('disk full')
          }
        }
      })
    })
    const replica = await cluster.start(0)
    await cluster.until(() => cluster.events[0]!.some(event => event.kind === 'failed'))
    expect(cluster.events[0]).toContainEqual({
      kind: 'failed',
      provider: 'storage',
      error: new RangeError('disk full'),
      fatal: true
    })
    expect(sent).toEqual([])
    expect(replica.phase).toBe('stopping')
  })
})

describe('listeners', () => {
  it('hear every phase in order', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    const phases: ReplicaPhase[] = []
    const replica = cluster.make(0)
    replica.on(event => {
      if (event.kind === 'phase' && event.height <= 1) phases.push(event.phase)
    })
    await replica.start()
    while (cluster.applied[0]!.length === 0) {
      cluster.clock.runNext()
      await replica.idle()
    }
    await replica.stop()
    expect(phases).toEqual([
      'starting',
      'loading',
      'collecting',
      'proposing',
      'voting',
      'finalizing',
      'applying'
    ])
    expect(replica.phase).toBeNull()
  })

  it('hear the end', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    const replica = await cluster.start(0)
    await replica.stop()
    expect(cluster.events[0]!.at(-1)).toMatchObject({ kind: 'phase', phase: 'stopping' })
    await replica.stop()
  })

  it('hear every transition with the rules that fired, as the trace has it', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    const replica = await cluster.start(0)
    await cluster.untilApplied(1)
    const transitions = cluster.events[0]!.filter(event => event.kind === 'transition')
    expect(transitions.map(event => event.line)).toEqual(replica.trace())
    expect(transitions.flatMap(event => event.fired)).toEqual([
      'line10StartHeight',
      'line19ProposeBuilt',
      'line22PrevoteNew',
      'line36Lock',
      'line49Decide'
    ])
  })

  it('that throw harm nobody', async () => {
    const errors: string[] = []
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (message: string) => errors.push(message),
      child: () => logger
    }
    const cluster = new ReplicaCluster({ members: 1, options: () => ({ logger }) })
    const replica = cluster.make(0)
    const heard: string[] = []
    replica.on(() => {
      throw new RangeError('a listener of yours')
    })
    replica.on(event => heard.push(event.kind))
    await replica.start()
    while (cluster.applied[0]!.length < 2) {
      cluster.clock.runNext()
      await replica.idle()
    }
    expect(heard).toContain('decided')
    expect(new Set(errors)).toEqual(new Set(['listener failed']))
  })

  it('hear nothing after they were taken away', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    const replica = cluster.make(0)
    const heard: string[] = []
    const end = replica.on(event => heard.push(event.kind))
    end()
    await replica.start()
    expect(heard).toEqual([])
  })
})

describe('providers that fail', () => {
  const failing = () => {
    throw new RangeError('no')
  }

  it('building: the round passes to the next proposer', async () => {
    const cluster = new ReplicaCluster({ providers: member => (member === 1 ? { build: failing } : {}) })
    await cluster.startAll()
    await cluster.untilApplied(1)
    expect(cluster.applied[0]![0]).toBe('value 1.1 of 2')
    expect(cluster.events[1]).toContainEqual(expect.objectContaining({ provider: 'build', fatal: false }))
  })

  it('building nothing, or slowly, does the same', async () => {
    const nothing = new ReplicaCluster({ providers: member => (member === 1 ? { build: () => null } : {}) })
    await nothing.startAll()
    await nothing.untilApplied(1)
    expect(nothing.applied[0]![0]).toBe('value 1.1 of 2')
  })

  it('validating: the value stays unknown here and is decided by the others', async () => {
    const cluster = new ReplicaCluster({ providers: member => (member === 3 ? { validate: failing } : {}) })
    await cluster.startAll()
    await cluster.untilApplied(2, [0, 1, 2])
    expect(cluster.applied[3]).toEqual([])
    expect(cluster.replicas[3]!.explain()?.awaits[0]).toMatchObject({ kind: 'value', namedBy: 'precommits' })
  })

  it('signing, or refusing to sign: nothing is said', async () => {
    const cluster = new ReplicaCluster({
      providers: member => (member === 3 ? { sign: failing } : member === 2 ? { sign: () => null } : {})
    })
    await cluster.startAll()
    for (let i = 0; i < 300; i++) await cluster.tick()
    expect(cluster.applied.flat()).toEqual([])
    expect(cluster.replicas[2]!.trace().join('\n')).toContain('not signed: prevote at 1/0')
  })

  it('sending: is reported, and the replica goes on', async () => {
    const cluster = new ReplicaCluster({ members: 1, providers: () => ({ send: failing }) })
    await cluster.startAll()
    await cluster.untilApplied(2)
    expect(cluster.events[0]).toContainEqual(expect.objectContaining({ provider: 'send', fatal: false }))
  })

  it('applying: stops the replica, since its state is not known any more', async () => {
    const cluster = new ReplicaCluster({ members: 1, providers: () => ({ apply: failing }) })
    const replica = await cluster.start(0)
    await cluster.until(() => replica.phase === 'stopping')
    expect(cluster.events[0]).toContainEqual(expect.objectContaining({ provider: 'apply', fatal: true }))
    expect(replica.receive({ kind: 'ask', height: 1 })).toBe('ignore')
  })
})

describe('receiving', () => {
  const statement = { kind: 'prevote', height: 1, round: 0, member: 0, value: 'x', polRound: -1 } as const
  const signed = (change: object = {}) => {
    const changed = { ...statement, ...change }
    return {
      kind: 'vote',
      statement: changed,
      signature: fakeSignature(statementBytes('cluster', changed), changed.member)
    }
  }
  const proposal = (change: object = {}, content = 'value of mine', polka: unknown[] = []) => {
    const own = { ...statement, kind: 'proposal', member: 1, value: `id of ${content}`, ...change } as const
    const signature = fakeSignature(statementBytes('cluster', own), own.member)
    return { kind: 'proposal', statement: own, signature, content, polka }
  }

  it('takes what a member signed', async () => {
    const replica = await new ReplicaCluster().start(3)
    expect(replica.receive(signed())).toBe('accept')
    expect(replica.receive(proposal())).toBe('accept')
  })

  it('rejects what nobody signed, or not for this', async () => {
    const replica = await new ReplicaCluster().start(3)
    const faulty: readonly unknown[] = [
      { ...signed(), signature: new Uint8Array(64) },
      { ...signed(), statement: { ...statement, value: 'y' } },
      { ...signed(), statement: { ...statement, member: 2 } },
      signed({ member: 4 }),
      proposal({ member: 2 }),
      { ...proposal(), content: 'value of another' },
      proposal({ polRound: 0 }),
      proposal({ round: 1, member: 2, polRound: 0 }, 'value of mine', [signed({ value: 'something else' })])
    ]
    for (const message of faulty) expect(replica.receive(message), JSON.stringify(message)).toBe('reject')
  })

  it('rejects whatever has not the shape of a message, without an exception', async () => {
    const replica = await new ReplicaCluster().start(3)
    const shapes: readonly unknown[] = [
      null,
      undefined,
      7,
      'vote',
      [],
      {},
      { kind: 'vote' },
      { kind: 'vote', statement: null, signature: new Uint8Array() },
      { kind: 'vote', statement: { ...statement, height: 1.5 }, signature: new Uint8Array() },
      { kind: 'vote', statement: { ...statement, member: -1 }, signature: new Uint8Array() },
      { kind: 'vote', statement, signature: 'text' },
      { kind: 'vote', statement: { ...statement, kind: 'proposal' }, signature: new Uint8Array() },
      {
        kind: 'proposal',
        statement: { ...statement, kind: 'proposal', value: null },
        signature: new Uint8Array()
      },
      { ...proposal(), polka: [{}] },
      { kind: 'decision', height: 1, round: 0, value: 'x', content: 'x', votes: 'all' },
      { kind: 'ask', height: 'one' }
    ]
    for (const message of shapes) expect(replica.receive(message), JSON.stringify(message)).toBe('reject')
  })

  it('rejects values that make the providers throw', async () => {
    const cluster = new ReplicaCluster({
      providers: () => ({
        valueId: value => `id of ${value.trim()}`
      })
    })
    const replica = await cluster.start(3)
    expect(replica.receive({ ...proposal(), content: 7 })).toBe('reject')
  })

  it('rejects decisions without a quorum of different members', async () => {
    const replica = await new ReplicaCluster().start(3)
    const content = 'value of all'
    const value = `id of ${content}`
    const votes = (members: readonly number[]) =>
      members.map(member => signed({ kind: 'precommit', value, member }))
    const decision = (members: readonly number[]) => ({
      kind: 'decision',
      height: 1,
      round: 0,
      value,
      content,
      votes: votes(members)
    })
    expect(replica.receive(decision([0, 1]))).toBe('reject')
    expect(replica.receive(decision([0, 1, 1]))).toBe('reject')
    expect(replica.receive({ ...decision([0, 1, 2]), content: 'value of nobody' })).toBe('reject')
    expect(replica.receive({ ...decision([0, 1, 2]), round: 1 })).toBe('reject')
    expect(replica.receive(decision([0, 1, 2]))).toBe('accept')
    await replica.idle()
    expect(replica.decision(1)).toEqual(decision([0, 1, 2]))
  })

  it('keeps early messages for their height, in bounds', async () => {
    const cluster = new ReplicaCluster()
    const replica = await cluster.start(3)
    for (let round = 0; round < 100; round++) {
      expect(replica.receive(signed({ height: 2, round, value: null }))).toBe('ignore')
    }
    expect(replica.receive(signed({ height: 9 }))).toBe('ignore')
  })

  it('counts early messages when their height starts', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    const replica = cluster.make(0)
    await replica.start()
    const early = signed({ height: 2, value: null, kind: 'precommit' })
    expect(replica.receive(early)).toBe('ignore')
    while (replica.height < 2) {
      cluster.clock.runNext()
      await replica.idle()
    }
    expect(replica.explain()?.awaits).toEqual([{ kind: 'startHeight' }])
    expect(cluster.disks[0]!.log).toEqual([{ kind: 'message', message: early }])
  })

  it('answers those who are behind, through the given way back', async () => {
    const cluster = new ReplicaCluster({ members: 1 })
    const replica = await cluster.start(0)
    await cluster.untilApplied(2)
    const answers: unknown[] = []
    expect(replica.receive({ kind: 'ask', height: 1 }, answer => answers.push(answer))).toBe('ignore')
    expect(answers).toEqual([replica.decision(1), replica.decision(2)])
    expect(replica.receive({ kind: 'ask', height: 999 })).toBe('ignore')
  })

  it('takes nothing before the start and after the end', async () => {
    const cluster = new ReplicaCluster()
    const replica = cluster.make(3)
    expect(replica.receive(signed())).toBe('ignore')
    expect([replica.height, replica.state, replica.explain()]).toEqual([0, null, null])
    await replica.start()
    await replica.stop()
    expect(replica.receive(signed())).toBe('ignore')
    await expect(replica.start()).rejects.toMatchObject({ code: 'ALREADY_STARTED' })
  })

  it('tells of two statements that contradict each other', async () => {
    const cluster = new ReplicaCluster()
    const replica = await cluster.start(3)
    const [first, second] = [signed(), signed({ value: null })]
    replica.receive(first)
    replica.receive(second)
    await replica.idle()
    expect(cluster.events[3]).toContainEqual({ kind: 'equivocation', first, second })
  })
})

describe('createReplica', () => {
  const good = (): ReplicaOptions<string> => ({
    domain: 'd',
    clock: new ManualClock(),
    providers: {
      members: () => ({ powers: [1n], self: 0 }),
      proposer: () => 0,
      valueId: value => value,
      build: () => null,
      validate: () => true,
      apply: () => {},
      sign: () => null,
      verify: () => true,
      send: () => {}
    }
  })

  it('refuses options that cannot work, and says which', () => {
    const { build, ...rest } = good().providers
    const bad: readonly [Partial<ReplicaOptions<string>>, RegExp][] = [
      [{ domain: '' }, /domain/],
      [{ providers: rest as never }, /missing: build/],
      [{ timing: { proposeMs: -1 } }, /timing.proposeMs is -1/],
      [{ timing: { commitMs: Number.NaN } }, /timing.commitMs/],
      [{ timing: { resendMs: 0 } }, /resendMs/],
      [{ firstHeight: 0 }, /firstHeight/],
      [{ traceLines: 1.5 }, /traceLines/]
    ]
    expect(build).toBeTypeOf('function')
    for (const [change, text] of bad) {
      expect(() => createReplica({ ...good(), ...change })).toThrow(text)
    }
    expect(createReplica({ ...good(), firstHeight: 7, traceLines: 0 }).trace()).toEqual([])
  })

  it('starts at the first height that is asked for', async () => {
    const replica = createReplica({ ...good(), firstHeight: 7 })
    await replica.start()
    expect(replica.height).toBe(7)
  })
})
