import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TxResult } from 'cosmjs-types/tendermint/abci/types'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimRange } from '../../scripts/cluster/ports.ts'
import {
  connectPostgres,
  PsqlSink,
  type SqlConnection,
  storedBlocks,
  writeStored
} from '../../src/psql-sink/index.ts'
import { silentLogger } from '../../src/util/index.ts'
import { systemClock } from '../../src/validator/index.ts'
import { EventChain, event } from '../support/event-chain.ts'
import { findPostgres, PostgresServer } from '../support/postgres-server.ts'
import {
  cleanUp,
  finish,
  heightOf,
  ROOT,
  type Running,
  run,
  temporaryDirectory,
  until
} from './cli-process.ts'

vi.setConfig({ testTimeout: 240_000 })

const bin = findPostgres()
const IF_INSTALLED = bin === null ? ' (not checked: PostgreSQL is not installed)' : ''

let port: number
let server: PostgresServer
let admin: pg.Client
let databases = 0

async function newDatabase(): Promise<string> {
  const name = `chain${++databases}`
  await admin.query(`CREATE DATABASE ${name}`)
  return server.url(name)
}

/** Rows as text, in the order asked for. */
async function rows(url: string, query: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows: found } = await client.query({ text: query, rowMode: 'array' })
  await client.end()
  return found.map((row: unknown[]) => row.join('|'))
}

function chainOf(...heights: EventChain['heights']): EventChain {
  const chain = new EventChain()
  for (const height of heights) chain.append(height)
  return chain
}

const tx = (text: string, ...events: ReturnType<typeof event>[]) => ({
  tx: Buffer.from(text),
  code: 0,
  events
})

async function write(url: string, chain: EventChain, chainId = 'sunk') {
  const blocks = storedBlocks(chain.stores.blocks, chain.stores.results)
  return writeStored({ connect: connectPostgres(url), chainId, blocks }, 1, chain.heights.length)
}

beforeAll(async () => {
  if (bin === null) return
  port = await claimRange(4)
  server = new PostgresServer(bin, port + 3)
  server.start()
  admin = new pg.Client({ connectionString: server.url() })
  admin.on('error', () => {})
  await admin.connect()
})
afterAll(async () => {
  await cleanUp()
  await admin?.end()
  server?.remove()
})

describe.skipIf(bin === null)(`blocks in a real PostgreSQL${IF_INSTALLED}`, () => {
  it("stand in CometBFT's tables and views", async () => {
    const url = await newDatabase()
    const transfer = event('transfer', ['sender', 'ann'], ['amount', '5'], ['memo', 'not indexed', false])
    const chain = chainOf(
      { txs: [], events: [event('rewards', ['total', '1'])] },
      { txs: [tx('a', transfer, event('empty')), tx('b', event(''))], events: [] }
    )
    expect(await write(url, chain)).toEqual({ written: 2, known: 0, missing: 0 })
    expect(await rows(url, 'SELECT height, chain_id FROM blocks ORDER BY height')).toEqual([
      '1|sunk',
      '2|sunk'
    ])
    expect(
      await rows(
        url,
        'SELECT height, type, key, composite_key, value FROM block_events ORDER BY height, type'
      )
    ).toEqual([
      '1|block|height|block.height|1',
      '1|rewards|total|rewards.total|1',
      '2|block|height|block.height|2'
    ])
    const hash = 'CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB'
    expect(
      await rows(
        url,
        'SELECT height, index, type, composite_key, value FROM tx_events WHERE index = 0 ORDER BY composite_key'
      )
    ).toEqual([
      '2|0|transfer|transfer.amount|5',
      '2|0|transfer|transfer.sender|ann',
      `2|0|tx|tx.hash|${hash}`,
      '2|0|tx|tx.height|2',
      '2|0|empty||'
    ])
    const [row] = await rows(url, "SELECT tx_hash, encode(tx_result, 'hex') FROM tx_results WHERE index = 0")
    const [foundHash, record] = row!.split('|')
    expect(foundHash).toBe(hash)
    const decoded = TxResult.decode(Buffer.from(record!, 'hex'))
    expect([decoded.height, decoded.index, Buffer.from(decoded.tx).toString()]).toEqual([2n, 0, 'a'])
    expect(decoded.result?.events[0]?.attributes.map(({ key }) => key)).toEqual(['sender', 'amount', 'memo'])
  })

  it('take every text, every size and every number of events', async () => {
    const url = await newDatabase()
    const many = Array.from({ length: 1500 }, (_, index) =>
      tx(`tx ${index}`, event('n', ['i', String(index)]))
    )
    const chain = chainOf({
      txs: [
        tx('odd', event('t\u0000', [`k\u0000`, 'a\u0000b'], ['long', 'v'.repeat(100_000)])),
        tx('long', event('x'.repeat(5000), ['y'.repeat(5000), '😀\ud800"{},\\NULL'])),
        tx('double', event('d', ['same', 'first'], ['same', 'second'])),
        { ...tx('large'), tx: Buffer.alloc(1_500_000, 1) },
        ...many
      ],
      events: []
    })
    expect((await write(url, chain)).written).toBe(1)
    expect(await rows(url, 'SELECT count(*) FROM tx_results')).toEqual(['1504'])
    expect(
      await rows(url, "SELECT count(DISTINCT index) FROM tx_events WHERE composite_key = 'n.i'")
    ).toEqual(['1500'])
    const odd = await rows(
      url,
      'SELECT composite_key, length(value) FROM tx_events WHERE index = 0 ORDER BY 2'
    )
    expect(odd).toEqual(['tx.height|1', 't\ufffd.k\ufffd|3', 'tx.hash|64', 't\ufffd.long|100000'])
    expect(await rows(url, "SELECT value FROM tx_events WHERE index = 1 AND type LIKE 'xxx%'")).toEqual([
      '😀\ufffd"{},\\NULL'
    ])
    expect(await rows(url, "SELECT value FROM tx_events WHERE type = 'd'")).toEqual(['first'])
  })

  it('are written once, by however many nodes at a time', async () => {
    const url = await newDatabase()
    const heights = Array.from({ length: 30 }, (_, at) => ({
      txs: [tx(`tx ${at}`, event('a', ['k', 'v']))],
      events: []
    }))
    const both = await Promise.all([write(url, chainOf(...heights)), write(url, chainOf(...heights))])
    expect(both.map(({ written, known }) => written + known)).toEqual([30, 30])
    expect(both[0]!.written + both[1]!.written).toBe(30)
    await write(url, chainOf(heights[0]!), 'another')
    const counts =
      'SELECT (SELECT count(*) FROM blocks), (SELECT count(*) FROM attributes), count(*) FROM events'
    expect(await rows(url, counts)).toEqual(['31|124|124'])
  })

  /** Writes one block by a session that dies after ever more statements, and looks after each death. */
  async function dieEverywhere(url: string, lookAfterDeath: () => Promise<void>): Promise<number> {
    const chain = chainOf({ txs: [tx('a', event('a', ['k', 'v']))], events: [] })
    const blocks = storedBlocks(chain.stores.blocks, chain.stores.results)
    const real = connectPostgres(url)
    for (let statements = 1; ; statements++) {
      const dying = async (): Promise<SqlConnection> => {
        const session = await real()
        let left = statements
        return {
          query: async (...args) => {
            left -= 1
            if (left < 0) throw new RangeError('the power is gone')
            return session.query(...args)
          },
          close: () => session.close()
        }
      }
      const parts = { connect: dying, chainId: 'mortal', blocks }
      if ((await writeStored(parts, 1, 1).catch(() => null)) !== null) return statements - 1
      await lookAfterDeath()
    }
  }

  it('leave nothing half done when the node dies between two statements', async () => {
    const url = await newDatabase()
    await write(url, chainOf(), 'immortal')
    const left = "SELECT (SELECT count(*) FROM blocks WHERE chain_id = 'mortal'), count(*) FROM events"
    const deaths = await dieEverywhere(url, async () => expect(await rows(url, left)).toEqual(['0|0']))
    expect(deaths).toBeGreaterThan(8)
    expect(await rows(url, 'SELECT count(*) FROM tx_events')).toEqual(['3'])
  })

  it('have all of their tables or none when the node dies while it makes them', async () => {
    const url = await newDatabase()
    const ours = ['blocks', 'tx_results', 'events', 'attributes', 'tx_events', 'block_events']
    const made = `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname IN ('${ours.join("', '")}')`
    const deaths = await dieEverywhere(url, async () => {
      expect(['0', String(ours.length)]).toContain((await rows(url, made))[0])
    })
    expect(deaths).toBeGreaterThan(10)
    expect(await rows(url, 'SELECT count(*) FROM tx_events')).toEqual(['3'])
  })

  it('need UTF8', async () => {
    await admin.query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    await expect(write(server.url('latin'), chainOf())).rejects.toMatchObject({
      code: 'BAD_DATABASE',
      message: 'the database has the encoding LATIN1: it must be UTF8'
    })
  })

  it('wait while the server is away, also when it crashes', async () => {
    const url = await newDatabase()
    const chain = chainOf({ txs: [], events: [] })
    const blocks = storedBlocks(chain.stores.blocks, chain.stores.results)
    const sink = PsqlSink.open(
      { connect: connectPostgres(url), chainId: 'c', blocks, clock: systemClock, logger: silentLogger },
      1
    )
    await sink.whenIdle()
    server.stop('immediate')
    for (let height = 2; height <= 20; height++) {
      chain.append({ txs: [tx(`tx ${height}`)], events: [] })
      sink.noteApplied(chain.blockAt(height), chain.resultsAt(height))
    }
    server.start()
    await sink.whenIdle()
    await sink.stop()
    expect(await rows(url, 'SELECT count(*), max(height) FROM blocks')).toEqual(['20|20'])
    admin = new pg.Client({ connectionString: server.url() })
    await admin.connect()
  })
})

describe.skipIf(bin === null)(`a node with indexer = "psql"${IF_INSTALLED}`, () => {
  let url: string
  const home = join(temporaryDirectory(), 'home')
  const command = (...args: readonly string[]): Running =>
    run('src/cli/main.ts', [...args, '--home', home], {
      PNYX_TX_INDEX_INDEXER: 'psql',
      PNYX_TX_INDEX_PSQL_CONN: url
    })
  const start = (): Running =>
    command(
      'start',
      `--p2p.laddr=tcp://127.0.0.1:${port}`,
      `--rpc.laddr=tcp://127.0.0.1:${port + 1}`,
      '--consensus.timeout_commit=10ms'
    )
  const call = async (method: string, params: unknown = {}) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const response = await fetch(`http://127.0.0.1:${port + 1}`, { method: 'POST', body })
    return JSON.parse(await response.text())
  }
  const send = (text: string) => call('broadcast_tx_commit', { tx: Buffer.from(text).toString('base64') })
  /** The application tells of each transaction by two events, one of them with key and value swapped. */
  const keys = () => rows(url, "SELECT value FROM tx_events WHERE composite_key = 'app.key' ORDER BY value")

  it('writes every block once, through kill -9, and says what it cannot search', async () => {
    url = await newDatabase()
    expect((await finish(command('init', '--chain-id', 'sunk', '--app', 'kvstore'))).code).toBe(0)
    let node = start()
    await until('the node to answer', () => heightOf(port + 1))
    for (const name of ['a', 'b', 'c']) await send(`${name}=1`)
    const refusals = [
      [
        await call('tx', { hash: Buffer.alloc(32).toString('base64') }),
        'the TxIndexer.Get method is not supported'
      ],
      [await call('tx_search', { query: 'tx.height > 0' }), 'the TxIndexer.Search method is not supported'],
      [await call('tx_search', { query: "tx.hash = 'AB'" }), 'the TxIndexer.Search method is not supported'],
      [
        await call('block_search', { query: 'block.height > 0' }),
        'the BlockIndexer.Search method is not supported'
      ]
    ]
    for (const [answer, text] of refusals) expect(answer.error).toMatchObject({ code: -32603, data: text })
    expect((await call('status')).result.node_info.other.tx_index).toBe('on')
    node.child.kill('SIGKILL')
    await node.ended
    node = start()
    await until('the node to answer', () => heightOf(port + 1))
    await send('d=1')
    await until('the rows', async () => ((await keys()).length === 8 ? true : null))
    expect(await keys()).toEqual(['1', '1', '1', '1', 'a', 'b', 'c', 'd'])
    node.child.kill('SIGTERM')
    expect((await node.ended).code).toBe(0)
    const [range] = await rows(url, 'SELECT count(*), min(height), max(height) FROM blocks')
    const [count, lowest, highest] = range!.split('|').map(Number)
    expect([lowest, count]).toEqual([1, highest])
    const { code, out } = await finish(command('reindex-event'))
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^heights 1 to \d+: \d+ written to PostgreSQL, \d+ were there\n$/)
    ])
    expect(await keys()).toEqual(['1', '1', '1', '1', 'a', 'b', 'c', 'd'])
  })

  it('can be taken back by what operating.md says, and written again height by height', async () => {
    const written = () => rows(url, 'SELECT count(*), max(height) FROM blocks')
    const [before] = await written()
    const last = Number(before!.split('|')[1])
    const guide = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8')
    const sql = /^ +BEGIN;\n(.*?)^ +COMMIT;/ms.exec(guide)![1]!
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(sql.replaceAll('811', '1'))
    await client.end()
    expect(await written()).toEqual(['1|1'])
    for (const table of ['events', 'tx_results']) {
      expect(
        await rows(url, `SELECT count(*) FROM ${table} WHERE block_id NOT IN (SELECT rowid FROM blocks)`)
      ).toEqual(['0'])
    }
    const part = await finish(command('reindex-event', '--start-height', '2', '--end-height', '3'))
    expect([part.code, part.out]).toEqual([0, 'heights 2 to 3: 2 written to PostgreSQL, 0 were there\n'])
    const rest = await finish(command('reindex-event'))
    expect(rest.out).toBe(`heights 1 to ${last}: ${last - 3} written to PostgreSQL, 3 were there\n`)
    expect(await written()).toEqual([before])
    expect(await keys()).toEqual(['1', '1', '1', '1', 'a', 'b', 'c', 'd'])
  })
})
