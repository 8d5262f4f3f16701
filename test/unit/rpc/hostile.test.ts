import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nestsDeeperThan } from '../../../src/rpc/jsonrpc/json-depth.ts'
import { flood, rawConnect } from './support/raw-client.ts'
import { call, get, post, type RpcFixture, startRpc } from './support/rpc-fixture.ts'

const MIB = 1024 * 1024
const STACK = /\bat .+:\d+:\d+|node_modules|\.ts\b/

let rpc: RpcFixture

beforeAll(async () => {
  rpc = await startRpc()
})
afterAll(() => rpc.stop())

async function expectAlive(): Promise<void> {
  expect((await call(rpc.url, 'health')).json.result).toEqual({})
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('a body that is too large', () => {
  it('of 100 MB is refused by its length, and not read', async () => {
    const before = heldBytes()
    const connection = await rawConnect(rpc.url)
    connection.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')
    await flood(connection, Buffer.alloc(65_536, 0x20), 100_000_000)
    const answer = await connection.ended
    // The reset that follows may overtake the answer; what must never come is a success.
    expect(answer === '' || answer.startsWith('HTTP/1.1 400')).toBe(true)
    expect(heldBytes() - before).toBeLessThan(32 * MIB)
    await expectAlive()
  })

  it('has an answer that says so, and the connection ends', async () => {
    const connection = await rawConnect(rpc.url)
    connection.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')
    const answer = await connection.ended
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.toLowerCase()).toContain('connection: close')
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toEqual({
      jsonrpc: '2.0',
      id: null,
      error: {
        code: -32600,
        message: 'Invalid Request',
        data: 'error reading request body: http: request body too large'
      }
    })
  })

  it('in endless chunks is cut off', async () => {
    const connection = await rawConnect(rpc.url)
    connection.socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')])
    const written = await flood(connection, chunk, 200_000_000)
    await connection.ended
    expect(written).toBeLessThan(50_000_000)
    await expectAlive()
  })

  it('just within the limit is read, one byte more is not', async () => {
    const padded = (length: number) => '{"id":1,"method":"health"}'.padEnd(length, ' ')
    expect((await post(rpc.url, padded(1_000_000))).json.result).toEqual({})
    expect((await post(rpc.url, padded(1_000_001))).status).toBe(400)
  })
})

describe('JSON made to hurt', () => {
  it('nested 10^5 deep and more is a parse error', async () => {
    const bodies = [
      '['.repeat(100_000) + ']'.repeat(100_000),
      '['.repeat(999_999),
      '{"a":'.repeat(190_000),
      `{"id":1,"method":"health","params":{"x":${'[{"a":'.repeat(1000)}`
    ]
    for (const body of bodies) {
      const { status, json, text } = await post(rpc.url, body)
      expect(status).toBe(500)
      expect(json.error).toMatchObject({ code: -32700 })
      expect(text.length).toBeLessThan(400)
    }
    await expectAlive()
  })

  it('is measured by brackets outside strings', () => {
    const deep = (text: string, limit: number) => nestsDeeperThan(Buffer.from(text), limit)
    expect(deep('{"a":[[1]]}', 3)).toBe(false)
    expect(deep('{"a":[[1]]}', 2)).toBe(true)
    expect(deep('{"a[[[[":"{{{{\\"[[["}', 1)).toBe(false)
    expect(deep('"\\\\"[[[', 2)).toBe(true)
    expect(deep('[][][][][]', 1)).toBe(false)
    expect(deep('"never closed [[[[', 1)).toBe(false)
    expect(deep('"ends in a backslash \\', 1)).toBe(false)
  })

  it('in a batch of 10,000 is refused id by id, and of 300,000 in one', async () => {
    const many = await post(rpc.url, JSON.stringify(Array.from({ length: 10_000 }, (_, id) => ({ id }))))
    expect(many.status).toBe(200)
    expect(many.json).toHaveLength(10_000)
    expect(many.json[9999]).toMatchObject({ id: 9999, error: { code: -32600 } })
    for (const item of ['{}', '1', '{"id":1}']) {
      const body = `[${Array.from({ length: 100_000 }, () => item).join(',')}]`
      const { json, text } = await post(rpc.url, body)
      expect(json).toMatchObject({ id: null, error: { code: -32600 } })
      expect(text.length).toBeLessThan(400)
    }
    await expectAlive()
  })

  it('that is not UTF-8 is a parse error', async () => {
    const body = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('","method":"health"}')
    ])
    const { status, json } = await post(rpc.url, body)
    expect(status).toBe(500)
    expect(json.error).toMatchObject({ code: -32700 })
  })

  it('with keys of Object.prototype changes nothing', async () => {
    const bodies = [
      '{"id":1,"method":"health","params":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
      '{"__proto__":{"id":7,"method":"status"},"id":1,"method":"health"}'
    ]
    for (const body of bodies) expect((await post(rpc.url, body)).json).toMatchObject({ id: 1, result: {} })
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect((await post(rpc.url, '{"__proto__":{"id":7,"method":"status"}}')).text).toBe('')
  })

  it('with numbers that are none to a double gets an error and no number', async () => {
    for (const height of ['1e400', '-1e400', '9007199254740993', '1.5', '0', 'NaN']) {
      const { json } = await post(rpc.url, `{"id":1,"method":"block","params":{"height":${height}}}`)
      expect([-32602, -32700]).toContain(json.error.code)
    }
    const huge = await call(rpc.url, 'block', { height: '9223372036854775807' })
    expect(huge.json.error.data).toBe(
      'height 9223372036854775807 must be less than or equal to the current blockchain height 12'
    )
  })
})

describe('what the client is told', () => {
  it('is never where the code is', async () => {
    const bodies = ['{', 'null', '[[]]', '{"id":{}}', '{"id":1,"method":"tx","params":{"hash":"!"}}', '\0\0']
    const evidence = { type: 'tendermint/DuplicateVoteEvidence', value: { vote_a: {} } }
    bodies.push(JSON.stringify({ id: 1, method: 'broadcast_evidence', params: { evidence } }))
    for (const body of bodies) expect((await post(rpc.url, body)).text).not.toMatch(STACK)
    for (const path of ['/block?height=%', '/tx?hash=0xzz', '/%', '/abci_query?data=[', '/nothing?a=b']) {
      expect((await get(`${rpc.url}${path}`)).text).not.toMatch(STACK)
    }
  })

  it('of the Host header is nothing', async () => {
    const connection = await rawConnect(rpc.url)
    connection.socket.write(
      'GET / HTTP/1.1\r\nHost: "><script>alert(1)</script>\r\nConnection: close\r\n\r\n'
    )
    expect(await connection.ended).not.toContain('script')
  })
})

describe('answers that are too large together', () => {
  it('end a batch early with an error for each call that is left', async () => {
    const small = await startRpc({ maxBatchResponseBytes: 20_000 })
    const batch = Array.from({ length: 50 }, (_, id) => ({ id, method: 'block', params: { height: '8' } }))
    const { json, text } = await post(small.url, JSON.stringify(batch))
    expect(json).toHaveLength(50)
    expect(json[0].result.block.header.height).toBe('8')
    expect(json[49]).toMatchObject({ id: 49, error: { code: -32000, message: 'Server error' } })
    expect(text.length).toBeLessThan(60_000)
    await small.stop()
  })

  it('to one slow reader are given up after a time', async () => {
    const slow = await startRpc()
    slow.view.commitBlock([Buffer.alloc(20 * MIB, 0x61)])
    const connection = await rawConnect(slow.url)
    connection.socket.pause()
    connection.socket.write('GET /block HTTP/1.1\r\nHost: x\r\n\r\n')
    // The timer of the answer shows that writing has begun.
    while (slow.clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
    slow.clock.advance(30_000)
    connection.socket.resume()
    expect((await connection.ended).length).toBeLessThan(20 * MIB)
    expect(slow.clock.pending).toBe(0)
    await slow.stop()
  })
})

describe('connections', () => {
  it('that never finish their request are closed', async () => {
    const strict = await startRpc({ readTimeoutMs: 100 })
    const header = await rawConnect(strict.url)
    header.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-')
    const body = await rawConnect(strict.url)
    body.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"id"')
    expect(await header.ended).toMatch(/^HTTP\/1\.1 408 /)
    expect(await body.ended).toMatch(/^HTTP\/1\.1 408 /)
    await strict.stop()
  })

  it('beyond the number allowed are turned away', async () => {
    const narrow = await startRpc({ maxOpenConnections: 2 })
    const first = await rawConnect(narrow.url)
    const second = await rawConnect(narrow.url)
    const third = await rawConnect(narrow.url)
    expect(await third.ended).toBe('')
    first.socket.destroy()
    second.socket.destroy()
    await narrow.stop()
  })

  it('with headers that are too large get 431', async () => {
    const connection = await rawConnect(rpc.url)
    connection.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(70_000)}\r\n\r\n`)
    expect(await connection.ended).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('that send no HTTP at all get 400', async () => {
    const connection = await rawConnect(rpc.url)
    connection.socket.write('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n')
    expect(await connection.ended).toMatch(/^HTTP\/1\.1 400 /)
    await expectAlive()
  })
})
