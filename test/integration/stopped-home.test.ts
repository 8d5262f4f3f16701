import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimRange } from '../../scripts/cluster/ports.ts'
import { pnyx as command } from '../unit/cli/cli-harness.ts'
import { cleanUp, heightOf, pnyx, type Running, temporaryDirectory, until } from './cli-process.ts'

vi.setConfig({ testTimeout: 120_000 })

const home = join(temporaryDirectory(), 'home')
const STOPPED = ['rollback', 'replay', 'reindex-event', 'compact', 'reset-state'] as const
let port: number

const start = (): Running =>
  pnyx(
    'start',
    '--home',
    home,
    `--rpc.laddr=tcp://127.0.0.1:${port + 1}`,
    `--p2p.laddr=tcp://127.0.0.1:${port}`,
    '--consensus.timeout_commit=10ms'
  )

const reach = (height: number) =>
  until(`height ${height}`, async () => (((await heightOf(port + 1)) ?? 0) >= height ? true : null))

async function resultOf(path: string) {
  const answer = (await (await fetch(`http://127.0.0.1:${port + 1}/${path}`)).json()) as { result: never }
  return answer.result as Record<string, never>
}

async function answer(...words: readonly string[]) {
  const { code, out, notes } = await command([...words, '--home', home, '--output', 'json'])
  expect(code, notes).toBe(0)
  return JSON.parse(out)
}

beforeAll(async () => {
  port = await claimRange(2)
  await answer('init', '--chain-id', 'stopped', '--app', 'kvstore')
})
afterAll(cleanUp)

describe('a home with blocks', () => {
  it('is left alone while a node uses it', async () => {
    const node = start()
    await reach(1)
    for (const name of STOPPED) {
      const { code, notes } = await command([name, '--home', home])
      expect(code).toBe(1)
      expect(notes).toMatch(/^pnyx: this home is in use by process \d+ /)
    }
    expect(await resultOf('broadcast_tx_commit?tx="a=1"')).toMatchObject({ tx_result: { code: 0 } })
    await reach(60)
    node.child.kill('SIGKILL')
    await node.ended
  })

  it('of a killed node can be looked at, indexed, compacted, taken back, and started again', async () => {
    const { height, state } = await answer('replay')
    expect(height).toBeGreaterThan(60)
    expect(state).toMatch(new RegExp(`^${height}/`))

    const indexed = await answer('reindex-event', '--start-height', '2', '--end-height', '30')
    expect(indexed).toMatchObject({ indexer: 'kv', from: 2 })
    // The index has no gaps: it ends with the blocks.
    expect(indexed.to).toBeGreaterThanOrEqual(height - 2)
    const backwards = ['reindex-event', '--home', home, '--start-height', '9', '--end-height', '8']
    expect(await command(backwards)).toMatchObject({
      code: 64,
      notes: 'pnyx: --end-height 8 is below the first height, 9'
    })

    const { bytes_before, bytes_after } = await answer('compact')
    expect(bytes_after).toBeLessThanOrEqual(bytes_before + 4096)

    const environment = {
      PNYX_TX_INDEX_INDEXER: 'psql',
      PNYX_TX_INDEX_PSQL_CONN: 'postgresql://nobody@127.0.0.1:1/x'
    }
    const unasked = await command(['rollback', '--home', home], { environment })
    expect(`${unasked.out}${unasked.notes}`).toMatch(
      /^nothing to do|^leave the events of block \d+ in PostgreSQL.*\npnyx: refused: .*--yes does it anyway$/m
    )
    const back = await answer('rollback', '--yes')
    // A kill between a block and its state leaves nothing to take back.
    expect(back.height).toBe(back.done ? indexed.to - 1 : indexed.to)
    expect(await answer('rollback', '--yes')).toMatchObject({ done: false, height: back.height })

    const node = start()
    await reach(indexed.to + 5)
    await until('the index', async () => {
      const { total_count } = await resultOf(`tx_search?query="app.key='a'"`)
      return total_count === ('1' as never) ? true : null
    })
    expect(await resultOf('abci_query?data="a"')).toMatchObject({ response: { value: 'MQ==' } })
    node.child.kill('SIGTERM')
    expect((await node.ended).code).toBe(0)
  })

  it('of the only validator does not lose its last block', async () => {
    const { code, out, notes } = await command(['rollback', '--hard', '--yes', '--home', home])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(notes).toContain('this is the only validator')
  })
})
