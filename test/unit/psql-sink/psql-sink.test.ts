import { describe, expect, it } from 'vitest'
import { PsqlSink, PsqlSinkError, type SqlConnection, storedBlocks } from '../../../src/psql-sink/index.ts'
import type { Logger } from '../../../src/util/index.ts'
import { until } from '../../integration/cli-process.ts'
import { EventChain, event } from '../../support/event-chain.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** A database that only remembers which heights it has; it can be away, or refuse. */
class FakeDatabase {
  readonly heights: number[] = []
  isAway = false
  refusal: string | null = null
  sessions = 0
  /** Statements before it does not answer any more. */
  hangAfter = Number.POSITIVE_INFINITY
  #open: number | null = null

  readonly connect = async (): Promise<SqlConnection> => {
    if (this.isAway) throw new PsqlSinkError('UNREACHABLE', 'connect ECONNREFUSED')
    this.sessions += 1
    let endSession: (error: Error) => void = () => {}
    const ended = new Promise<never>((_, reject) => {
      endSession = reject
    })
    ended.catch(() => {})
    return {
      query: async (statement, values = []) => {
        if (this.isAway) throw new PsqlSinkError('UNREACHABLE', 'Connection terminated')
        this.hangAfter -= 1
        if (this.hangAfter < 0) await ended
        return this.#answer(statement, values)
      },
      close: () => {
        this.#open = null
        endSession(new PsqlSinkError('UNREACHABLE', 'Connection terminated'))
      }
    }
  }

  #answer(statement: string, values: readonly unknown[]): readonly Record<string, unknown>[] {
    if (statement.startsWith('SHOW')) return [{ server_encoding: 'UTF8' }]
    if (statement.includes('max(height)')) return [{ height: this.heights.at(-1) ?? null }]
    if (statement.includes('nextval')) return Array.from({ length: Number(values[0]) }, (_, id) => ({ id }))
    if (statement.includes('INTO blocks')) {
      if (this.refusal !== null) throw new PsqlSinkError('REFUSED', this.refusal)
      if (this.heights.includes(Number(values[0]))) return []
      this.#open = Number(values[0])
      return [{ rowid: '1' }]
    }
    if (statement.includes('INTO tx_results')) {
      return (values[1] as number[]).map(index => ({ index, rowid: String(index) }))
    }
    if (statement === 'COMMIT' && this.#open !== null) this.heights.push(this.#open)
    return []
  }
}

function chainOf(heights: number): EventChain {
  const chain = new EventChain()
  for (let number = 1; number <= heights; number++) {
    chain.append({ txs: [{ tx: Buffer.from(`tx ${number}`), code: 0, events: [] }], events: [event('a')] })
  }
  return chain
}

function bed(chain: EventChain, database: FakeDatabase, applied = chain.heights.length) {
  const lines: string[] = []
  const write = (message: string, context: unknown): void => {
    lines.push(`${message} ${JSON.stringify(context)}`)
  }
  const logger: Logger = { debug() {}, info() {}, warn: write, error: write, child: () => logger }
  const clock = new ManualClock()
  const blocks = storedBlocks(chain.stores.blocks, chain.stores.results)
  const open = () =>
    PsqlSink.open({ connect: database.connect, chainId: 'c', blocks, clock, logger }, applied)
  return { open, clock, lines }
}

const upTo = (height: number): number[] => Array.from({ length: height }, (_, index) => index + 1)

describe('the sink for PostgreSQL', () => {
  it('catches up with what is stored, and goes on with what is applied', async () => {
    const [chain, database] = [chainOf(3), new FakeDatabase()]
    const sink = bed(chain, database).open()
    await sink.whenIdle()
    expect(database.heights).toEqual([1, 2, 3])
    const loads = chain.loads
    chain.append(chain.heights[0]!)
    sink.noteApplied(chain.blockAt(4), chain.resultsAt(4))
    await sink.whenIdle()
    expect(database.heights).toEqual(upTo(4))
    expect(chain.loads, 'what was just applied is not read from the disk').toBe(loads)
    expect(sink.height).toBe(4)
  })

  it('keeps no more than some blocks in memory while the database is away', async () => {
    const [chain, database] = [chainOf(0), new FakeDatabase()]
    database.isAway = true
    const { open, clock } = bed(chain, database)
    const sink = open()
    for (let height = 1; height <= 100; height++) {
      chain.append({ txs: [], events: [] })
      sink.noteApplied(chain.blockAt(height), chain.resultsAt(height))
    }
    await until('the first pause', () => (clock.pending === 1 ? true : null))
    database.isAway = false
    clock.runNext()
    await sink.whenIdle()
    expect(database.heights).toEqual(upTo(100))
    expect(chain.loads).toBe(84)
  })

  it('tries again ever more rarely, and says so once', async () => {
    const [chain, database] = [chainOf(2), new FakeDatabase()]
    database.isAway = true
    const { open, clock, lines } = bed(chain, database)
    const sink = open()
    const waits: number[] = []
    for (let round = 0; round < 8; round++) {
      await until('a pause', () => (clock.pending === 1 ? true : null))
      const before = clock.now()
      clock.runNext()
      waits.push(clock.now() - before)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
    await until('a pause', () => (clock.pending === 1 ? true : null))
    expect(lines).toEqual([
      'PostgreSQL takes no blocks; trying again {"height":0,"reason":"connect ECONNREFUSED"}'
    ])
    database.isAway = false
    clock.runNext()
    await sink.whenIdle()
    expect(database.heights).toEqual([1, 2])
    database.refusal = 'could not extend file: No space left on device'
    chain.append({ txs: [], events: [] })
    sink.noteApplied(chain.blockAt(3), chain.resultsAt(3))
    await until('a pause', () => (clock.pending === 1 ? true : null))
    expect(lines.at(-1)).toContain('No space left on device')
    database.refusal = null
    clock.runNext()
    await sink.whenIdle()
    expect(database.heights).toEqual([1, 2, 3])
  })

  it('begins where the database ends, not above the chain', async () => {
    const [chain, database] = [chainOf(3), new FakeDatabase()]
    database.heights.push(1, 2, 3, 4, 5)
    const { open, lines } = bed(chain, database)
    const sink = open()
    await sink.whenIdle()
    expect(sink.height).toBe(3)
    expect(lines[0]).toContain('the database is ahead of this node')
    for (const height of [4, 5, 6]) {
      chain.append({ txs: [], events: [] })
      sink.noteApplied(chain.blockAt(height), chain.resultsAt(height))
    }
    await sink.whenIdle()
    expect(database.heights).toEqual(upTo(6))
  })

  it('tells once which heights it cannot write', async () => {
    const [chain, database] = [chainOf(9), new FakeDatabase()]
    database.heights.push(1)
    chain.base = 4
    for (const height of [4, 5]) chain.withoutResults.add(height)
    const { open, lines } = bed(chain, database)
    await open().whenIdle()
    expect(database.heights).toEqual([1, 6, 7, 8, 9])
    expect(lines).toEqual([
      'blocks or results that are not stored any more stay out of the database {"from":2,"to":5}'
    ])
  })

  it.each([1, 2, 3, 4, 6, 9])(
    'stops at once when the database hangs after %i statements',
    async statements => {
      const [chain, database] = [chainOf(5), new FakeDatabase()]
      database.hangAfter = statements
      const { open, clock, lines } = bed(chain, database)
      const sink = open()
      await until('the hang', () => (database.hangAfter < 0 ? true : null))
      await sink.stop()
      expect([clock.pending, lines]).toEqual([0, []])
      database.hangAfter = Number.POSITIVE_INFINITY
      await open().whenIdle()
      expect(database.heights).toEqual(upTo(5))
    }
  )

  it('stops in the middle of a pause', async () => {
    const [chain, database] = [chainOf(1), new FakeDatabase()]
    database.isAway = true
    const { open, clock } = bed(chain, database)
    const sink = open()
    await until('a pause', () => (clock.pending === 1 ? true : null))
    await sink.stop()
    expect(clock.pending).toBe(0)
    expect(database.sessions).toBe(0)
  })
})
