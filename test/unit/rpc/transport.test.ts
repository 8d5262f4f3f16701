import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { call, get, post, type RpcFixture, startRpc } from './support/rpc-fixture.ts'

let rpc: RpcFixture

beforeAll(async () => {
  rpc = await startRpc({ maxRequestBatchSize: 20 })
})
afterAll(() => rpc.stop())

function request(id: unknown, method = 'health', params: unknown = {}) {
  return { jsonrpc: '2.0', id, method, params }
}

function postJson(value: unknown) {
  return post(rpc.url, JSON.stringify(value))
}

describe('POST of one request', () => {
  it('echoes the id with its type', async () => {
    for (const id of ['abc', '', '0', 0, 1, -1, Number.MAX_SAFE_INTEGER]) {
      const { status, json } = await postJson(request(id))
      expect(status).toBe(200)
      expect(json).toEqual({ jsonrpc: '2.0', id, result: {} })
    }
  })

  it('refuses ids that could collide or are no ids, with null for the id', async () => {
    for (const id of ['{}', '[]', 'true', '1.5', '9007199254740993', '-9007199254740993', '1e400']) {
      const { status, json } = await post(rpc.url, `{"jsonrpc":"2.0","id":${id},"method":"health"}`)
      expect(status).toBe(200)
      expect(json).toMatchObject({ id: null, error: { code: -32600, message: 'Invalid Request' } })
    }
  })

  it('does nothing and answers nothing to a notification', async () => {
    for (const body of ['{"jsonrpc":"2.0"}', '{"method":"health"}', '{"id":null,"method":"health"}']) {
      expect(await post(rpc.url, body)).toMatchObject({ status: 200, text: '' })
    }
    await post(rpc.url, JSON.stringify({ method: 'broadcast_tx_async', params: { tx: 'YWJj' } }))
    expect(rpc.view.taken).toEqual([])
  })

  it('answers errors of a call with HTTP 200 and CometBFT codes', async () => {
    const cases: readonly (readonly [unknown, unknown])[] = [
      [{ id: '0' }, { code: -32601, message: 'Method not found' }],
      [request(1, 'constructor'), { code: -32601, message: 'Method not found' }],
      [request(1, '__proto__'), { code: -32601, message: 'Method not found' }],
      [request(1, 'subscribe', { query: "tm.event='Tx'" }), { code: -32601, message: 'Method not found' }],
      [request(1, 'dial_seeds', { seeds: ['a'] }), { code: -32601, message: 'Method not found' }],
      [request(1, 'block', { height: '0' }), { code: -32603, message: 'Internal error' }],
      [request(1, 'block', { height: 1 }), { code: -32602, message: 'Invalid params' }],
      [
        { id: 1, method: 5 },
        { code: -32600, message: 'Invalid Request' }
      ],
      [5, { code: -32600, message: 'Invalid Request' }],
      [null, { code: -32600, message: 'Invalid Request' }]
    ]
    for (const [body, error] of cases) {
      const { status, json } = await postJson(body)
      expect(status).toBe(200)
      expect(json.error).toMatchObject(error as object)
    }
  })

  it('leaves out data where there is none', async () => {
    const { json } = await postJson(request(1, 'nothing'))
    expect(json.error).toEqual({ code: -32601, message: 'Method not found' })
  })

  it('answers what is no JSON with 500 and a parse error', async () => {
    for (const body of ['{', '{"id":1,"params":a}', 'hello', '[{"id":1},']) {
      const { status, json } = await post(rpc.url, body)
      expect(status).toBe(500)
      expect(json).toMatchObject({ id: null, error: { code: -32700, message: 'Parse error. Invalid JSON' } })
      expect(json.error.data).toMatch(/^error unmarshaling request: /)
    }
  })

  it('takes any content type, or none', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1'
    ]) {
      const response = await fetch(rpc.url, {
        method: 'POST',
        body: '{"id":1,"method":"health"}',
        headers: { 'content-type': type }
      })
      expect(await response.json()).toMatchObject({ result: {} })
    }
  })

  it('takes the last of two equal keys, as Go does', async () => {
    const { json } = await post(rpc.url, '{"id":1,"id":2,"method":"block","method":"health"}')
    expect(json).toEqual({ jsonrpc: '2.0', id: 2, result: {} })
  })
})

describe('POST of a batch', () => {
  it('answers in order, each to its id, without the notifications', async () => {
    const { status, json } = await postJson([
      request('a', 'block', { height: '3' }),
      { jsonrpc: '2.0', method: 'health' },
      request('b', 'broadcast_tx_commit', { tx: 'YmF0Y2g9MQ==' }),
      request('c', 'nothing'),
      request('d', 'status'),
      7
    ])
    expect(status).toBe(200)
    expect(json.map((answer: { id: unknown }) => answer.id)).toEqual(['a', 'b', 'c', 'd', null])
    expect(json[0].result.block.header.height).toBe('3')
    expect(json[1].result.height).toBe('13')
    expect(json[2].error.code).toBe(-32601)
    expect(json[4].error.code).toBe(-32600)
  })

  it('answers a batch of one by an object, one of notifications by nothing, an empty one by an error', async () => {
    expect((await postJson([request(5)])).json).toEqual({ jsonrpc: '2.0', id: 5, result: {} })
    expect(await postJson([{ method: 'health' }, { method: 'health' }])).toMatchObject({
      status: 200,
      text: ''
    })
    expect((await postJson([])).json).toMatchObject({ id: null, error: { code: -32600 } })
  })

  it('answers every id of a batch that is too long', async () => {
    const { status, json } = await postJson(Array.from({ length: 21 }, (_, id) => request(id)))
    expect(status).toBe(200)
    expect(json.map((answer: { id: unknown }) => answer.id)).toEqual(
      Array.from({ length: 21 }, (_, id) => id)
    )
    expect(json[20].error).toEqual({
      code: -32600,
      message: 'Invalid Request',
      data: 'batch request exceeds maximum (20) allowed number of requests'
    })
    expect((await postJson(Array.from({ length: 20 }, (_, id) => request(id)))).json[19].result).toEqual({})
  })

  it('waits for several transactions at the same time', async () => {
    rpc.view.commitsAtOnce = false
    rpc.view.pool.length = 0
    const txs = ['first=1', 'second=2'].map(text => Buffer.from(text))
    const answer = postJson(
      txs.map((tx, id) => request(id, 'broadcast_tx_commit', { tx: tx.toString('base64') }))
    )
    while (rpc.view.pool.length < 2) await new Promise(resolve => setImmediate(resolve))
    rpc.view.commitBlock(txs)
    const { json } = await answer
    expect(json[0].result.height).toBe(json[1].result.height)
    rpc.view.commitsAtOnce = true
  })

  it('begins transactions in order and checks them side by side', async () => {
    rpc.view.taken.length = 0
    const txs = ['one=1', 'two=2', 'three=3'].map(text => Buffer.from(text).toString('base64'))
    const { json } = await postJson(txs.map((tx, id) => request(id, 'broadcast_tx_sync', { tx })))
    expect(json.map((answer: { result: { hash: string } }) => answer.result.hash.toLowerCase())).toEqual(
      rpc.view.taken
    )
  })
})

describe('caching', () => {
  const header = async (method: string, params: unknown) =>
    (await call(rpc.url, method, params)).headers.get('cache-control')

  it('is allowed for what a height was given for, and never for errors or the latest', async () => {
    const forEver = 'public, max-age=86400'
    for (const method of ['block', 'block_results', 'commit', 'header', 'validators', 'consensus_params']) {
      expect(await header(method, { height: '3' })).toBe(forEver)
      expect(await header(method, {})).toBeNull()
      expect(await header(method, { height: '1000' })).toBeNull()
    }
    expect(await header('genesis', {})).toBe(forEver)
    expect(await header('commit', { height: String(rpc.view.synthetic.height) })).toBeNull()
    for (const method of ['status', 'blockchain', 'abci_info', 'consensus_state']) {
      expect(await header(method, {})).toBeNull()
    }
  })

  it('is allowed for a batch only when it is for all of it', async () => {
    const cached = await postJson([request(1, 'block', ['1']), request(2, 'block', ['2'])])
    expect(cached.headers.get('cache-control')).toBe('public, max-age=86400')
    const mixed = await postJson([request(1, 'block', ['1']), request(2, 'status')])
    expect(mixed.headers.get('cache-control')).toBeNull()
  })
})

describe('GET', () => {
  it('answers a method by URI with id -1', async () => {
    const { status, json } = await get(`${rpc.url}/block?height=3`)
    expect(status).toBe(200)
    expect(json.id).toBe(-1)
    expect(json.result.block.header.height).toBe('3')
    expect((await get(`${rpc.url}/block?height="3"`)).json).toEqual(json)
  })

  it('answers errors with HTTP 500', async () => {
    const outside = await get(`${rpc.url}/block?height=1000`)
    expect(outside.status).toBe(500)
    expect(outside.json.error).toMatchObject({ code: -32603, message: 'Internal error' })
    const malformed = await get(`${rpc.url}/block?height=abc`)
    expect(malformed.status).toBe(500)
    expect(malformed.json.error).toMatchObject({ code: -32602, message: 'Invalid params' })
  })

  it('answers 404 to unknown paths and to methods of the websocket', async () => {
    expect(await get(`${rpc.url}/unknownrpcpath`)).toMatchObject({
      status: 404,
      text: '404 page not found\n'
    })
    expect((await post(`${rpc.url}/unknown`, '{"id":1,"method":"health"}')).status).toBe(404)
    const subscribe = await get(`${rpc.url}/subscribe?query="tm.event='Tx'"`)
    expect(subscribe.status).toBe(404)
    expect(subscribe.json).toMatchObject({ id: -1, error: { code: -32601 } })
    expect((await get(`${rpc.url}/%2e%2e/etc/passwd`)).status).toBe(404)
    expect((await get(`${rpc.url}/%ff`)).status).toBeGreaterThanOrEqual(400)
  })

  it('broadcasts by URI in every quoting', async () => {
    const hash = async (query: string) =>
      (await get(`${rpc.url}/broadcast_tx_sync?tx=${query}`)).json.result.hash
    expect(await hash('"abc"')).toBe(await hash('0x616263'))
  })

  it('lists the endpoints at / for a browser, and nothing of the request is in the page', async () => {
    const page = await get(rpc.url)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.text).toContain('<a href="/block?height=_">/block?height=_</a>')
    expect(page.text).toContain('<a href="/tx?hash=_&amp;prove=_">')
    expect(page.text).not.toContain('127.0.0.1')
    expect(page.text).not.toContain('dial_seeds')
    expect((await post(rpc.url, '')).text).toBe(page.text)
  })
})

describe('a method that fails', () => {
  afterEach(() => {
    rpc.view.checkFailure = null
    rpc.errors.length = 0
  })

  it('tells the client nothing of what is inside', async () => {
    rpc.view.checkFailure = new TypeError('secret path /home/op/key')
    const { status, json, text } = await call(rpc.url, 'check_tx', { tx: 'YWJj' })
    expect(status).toBe(200)
    expect(json.error).toEqual({
      code: -32603,
      message: 'Internal error',
      data: 'unexpected failure, see the log of the node'
    })
    expect(text).not.toContain('secret')
    expect(rpc.errors).toEqual(['RPC method failed'])
  })

  it('does not bring down a call that nobody waits for', async () => {
    rpc.view.checkFailure = new TypeError('app is gone')
    const { json } = await call(rpc.url, 'broadcast_tx_async', { tx: 'YWJj' })
    expect(json.result.code).toBe(0)
    expect((await call(rpc.url, 'health')).json.result).toEqual({})
  })
})
