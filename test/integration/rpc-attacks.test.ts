import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterNode } from '../../scripts/cluster/cluster.ts'
import { memoryOf } from '../../scripts/cluster/resources.ts'
import { flood, type RawConnection, rawConnect } from '../unit/rpc/support/raw-client.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS } from './support/cluster-bed.ts'

const MAX_CONNECTIONS = 900
/** Far above what a node uses, far below what any of these would need if it were kept. */
const MAX_MIB = 600

let node: ClusterNode
let opened: RawConnection[] = []

beforeAll(async () => {
  const cluster = await makeCluster({ validators: 1, flags: ['--consensus.timeout_commit=50ms'] })
  node = cluster.nodes[0]!
  node.start()
  await node.reach(3, START_MS)
}, START_MS)
afterAll(cleanUp)

async function open(): Promise<RawConnection> {
  const connection = await rawConnect(node.rpc.url)
  opened.push(connection)
  return connection
}

/** The height from the disk's side of the node: the metrics endpoint is not what is attacked. */
async function height(): Promise<number> {
  const text = await (await fetch(node.metricsUrl)).text()
  return Number(/^cometbft_consensus_latest_block_height\S* (\d+)$/m.exec(text)![1])
}

/** Five more blocks while the attack still stands, and after it an answer and memory within bounds. */
async function expectUnaffected(whileAttacked = 5): Promise<void> {
  const target = (await height()) + whileAttacked
  const deadline = performance.now() + SOON_MS
  while ((await height()) < target) expect(performance.now()).toBeLessThan(deadline)
  for (const { socket } of opened) socket.destroy()
  await Promise.all(opened.map(({ ended }) => ended))
  opened = []
  await node.reach(target, SOON_MS)
  expect(memoryOf(node.pid).peakMib).toBeLessThan(MAX_MIB)
}

async function post(body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(node.rpc.url, { method: 'POST', body })
  return { status: response.status, text: await response.text() }
}

const UPGRADE =
  'GET /websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/** A text frame of a client, masked with zeros. */
function frame(text: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(text))
  return Buffer.concat([Buffer.from([0x81, 0xfe]), length, Buffer.alloc(4), Buffer.from(text)])
}

describe('a validator that is attacked by its RPC goes on, in bounded memory', () => {
  afterEach(() => expectUnaffected(0))

  it('under ten bodies of 100 MB at once', async () => {
    const chunk = Buffer.alloc(65_536, 0x20)
    const attacks = Array.from({ length: 10 }, async () => {
      const connection = await open()
      connection.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')
      await flood(connection, chunk, 100_000_000)
      const answer = await connection.ended
      expect(answer === '' || answer.startsWith('HTTP/1.1 400')).toBe(true)
    })
    await Promise.all(attacks)
    await expectUnaffected()
  })

  it('under batches of 10,000, nesting, equal keys, numbers that are none, and bytes that are no text', async () => {
    const batch = JSON.stringify(Array.from({ length: 10_000 }, (_, id) => ({ id, method: 'genesis' })))
    const call = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"block","params":{${params}}}`
    const expected: readonly (readonly [string, number, RegExp])[] = [
      [
        batch,
        200,
        /^\[\{"jsonrpc":"2.0","id":0,"error":\{"code":-32600.*batch request exceeds maximum \(100\)/
      ],
      ['['.repeat(900_000), 500, /-32700.*nested deeper/],
      [call('"height":"1","height":"2"'), 200, /"height":"2","time"/],
      [call('"height":NaN'), 500, /-32700/],
      [call('"height":9007199254740993'), 200, /-32602/],
      [call('"height":"9007199254740993"'), 200, /height 9007199254740993 must be less than or equal to/],
      ['{"jsonrpc":"2.0","id":9007199254740993,"method":"health"}', 200, /"id":null.*-32600/],
      ['{"id":1,"method":"no_such_method"}', 200, /-32601/],
      ['{"id":1,"method":"block","params":{"heigth":"1"}}', 200, /"result"/],
      ['{"id":1,"method":"block","params":[1,2,3]}', 200, /-32602/]
    ]
    for (const [body, status, answer] of expected) {
      const { status: found, text } = await post(body)
      expect([found, text.slice(0, 2000)]).toEqual([status, expect.stringMatching(answer)])
    }
    const invalid = await fetch(node.rpc.url, { method: 'POST', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) })
    expect([invalid.status, await invalid.text()]).toEqual([500, expect.stringContaining('not valid UTF-8')])
    await Promise.all(Array.from({ length: 50 }, () => post(batch)))
    await expectUnaffected()
  })

  it('under 10,000 websockets, of which it takes as many as it allows', async () => {
    let [accepted, refused] = [0, 0]
    for (let at = 0; at < 10_000; at += 250) {
      const some = await Promise.all(Array.from({ length: 250 }, () => rawConnect(node.rpc.url)))
      await Promise.all(
        some.map(async connection => {
          const answered = new Promise<boolean>(resolve => {
            connection.socket.once('data', data =>
              resolve(data.toString('latin1').startsWith('HTTP/1.1 101'))
            )
            connection.socket.once('close', () => resolve(false))
          })
          connection.socket.write(UPGRADE)
          if (await answered) {
            accepted += 1
            opened.push(connection)
          } else {
            refused += 1
            connection.socket.destroy()
          }
        })
      )
    }
    expect(accepted + refused).toBe(10_000)
    // Connections of the calls before may still be kept alive, and count.
    expect(accepted).toBeLessThanOrEqual(MAX_CONNECTIONS)
    expect(accepted).toBeGreaterThan(MAX_CONNECTIONS - 100)
    await expectUnaffected()
  })

  it('under clients that subscribe and never read, and one that asks and never reads', async () => {
    const queries = ['NewBlock', 'NewBlockHeader', 'Vote', 'NewRoundStep', 'Tx']
    for (let client = 0; client < 100; client++) {
      const connection = await open()
      connection.socket.write(UPGRADE)
      await new Promise(resolve => connection.socket.once('data', resolve))
      connection.socket.pause()
      for (const [id, name] of queries.entries()) {
        const params = { query: `tm.event='${name}'` }
        connection.socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, method: 'subscribe', params })))
      }
    }
    const greedy = await open()
    greedy.socket.pause()
    greedy.socket.write('GET /genesis HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20_000))
    await expectUnaffected(20)
  })
})
