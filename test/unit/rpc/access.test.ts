import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseListenAddress, parseMetricsAddress } from '../../../src/rpc/http/listen-address.ts'
import { clientOf } from '../../../src/rpc/http/reply-writer.ts'
import { DEFAULT_RPC_CONFIG, type RpcConfig } from '../../../src/rpc/index.ts'
import { startRpc } from './support/rpc-fixture.ts'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A request with headers that fetch would not send. */
async function ask(
  config: Partial<RpcConfig>,
  method: string,
  headers: Record<string, string>
): Promise<Answer> {
  const rpc = await startRpc(config)
  const answer = await new Promise<Answer>((resolve, reject) => {
    const outgoing = request(`${rpc.url}/health`, { method, headers, agent: false }, incoming => {
      incoming.resume()
      incoming.on('end', () => resolve({ status: incoming.statusCode!, headers: incoming.headers }))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
  await rpc.stop()
  return answer
}

const PREFLIGHT = { 'access-control-request-method': 'POST' }
const ALLOW = 'access-control-allow-origin'

describe('CORS', () => {
  it('is off by default', async () => {
    const plain = await ask({}, 'GET', { origin: 'http://evil.example' })
    expect(plain.status).toBe(200)
    expect(plain.headers[ALLOW]).toBeUndefined()
    const preflight = await ask({}, 'OPTIONS', { origin: 'http://evil.example', ...PREFLIGHT })
    expect(preflight.status).toBe(404)
  })

  it('lets the origins of the config in and no others', async () => {
    const config = { corsAllowedOrigins: ['https://a.example', 'https://*.b.example'] }
    const allowed = async (origin: string) => (await ask(config, 'GET', { origin })).headers[ALLOW]
    expect(await allowed('https://a.example')).toBe('https://a.example')
    expect(await allowed('https://x.b.example')).toBe('https://x.b.example')
    expect(await allowed('https://a.example.evil.example')).toBeUndefined()
    expect(await allowed('https://evil.example/x.b.example')).toBeUndefined()
    expect(await allowed('https://aXexample')).toBeUndefined()
    const preflight = await ask(config, 'OPTIONS', { origin: 'https://a.example', ...PREFLIGHT })
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      [ALLOW]: 'https://a.example',
      vary: 'Origin',
      'access-control-allow-methods': 'HEAD, GET, POST'
    })
    expect(preflight.headers['access-control-allow-headers']).toContain('Content-Type')
  })

  it('can let every origin in', async () => {
    const { headers } = await ask({ corsAllowedOrigins: ['*'] }, 'GET', { origin: 'http://any.example' })
    expect(headers[ALLOW]).toBe('*')
  })
})

describe('the Host header', () => {
  it('is not looked at by default', async () => {
    expect((await ask({}, 'GET', { host: 'rebound.example' })).status).toBe(200)
  })

  it('must be one of the config when it names some', async () => {
    const config = { allowedHosts: ['localhost', '127.0.0.1', '[::1]'] }
    const status = async (host: string) => (await ask(config, 'GET', { host })).status
    expect(await status('localhost:26657')).toBe(200)
    expect(await status('LOCALHOST')).toBe(200)
    expect(await status('[::1]:26657')).toBe(200)
    expect(await status('rebound.example')).toBe(403)
    expect(await status('localhost.evil.example:26657')).toBe(403)
  })
})

describe('the address', () => {
  it('is on loopback by default', () => {
    expect(DEFAULT_RPC_CONFIG.listenAddress).toBe('tcp://127.0.0.1:26657')
  })

  it('is read as CometBFT writes it', () => {
    expect(parseListenAddress('tcp://127.0.0.1:26657')).toEqual({ host: '127.0.0.1', port: 26657 })
    expect(parseListenAddress('tcp://[::1]:80')).toEqual({ host: '::1', port: 80 })
    expect(parseListenAddress('tcp://localhost:0')).toEqual({ host: 'localhost', port: 0 })
    expect(parseListenAddress('tcp://:26657')).toEqual({ host: '0.0.0.0', port: 26657 })
    expect(parseListenAddress('unix:///run/rpc.sock')).toEqual({ path: '/run/rpc.sock' })
    expect(parseMetricsAddress(':26660')).toEqual({ host: '0.0.0.0', port: 26660 })
    expect(parseMetricsAddress('127.0.0.1:1')).toEqual({ host: '127.0.0.1', port: 1 })
    for (const bad of ['127.0.0.1:26657', 'tcp://127.0.0.1', 'tcp://h:70000', 'unix://', 'http://h:1', '']) {
      expect(() => parseListenAddress(bad)).toThrow(/invalid listening address/)
    }
    expect(() => parseMetricsAddress('unix:///run/x')).toThrow(/host and port/)
  })

  it('may be a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pnyx-rpc-'))
    const path = join(directory, 'rpc.sock')
    const rpc = await startRpc({ listenAddress: `unix://${path}` })
    expect(rpc.url).toBe(path)
    const status = await new Promise(resolve =>
      request({ socketPath: path, path: '/health' }, incoming => {
        incoming.resume()
        resolve(incoming.statusCode)
      }).end()
    )
    expect(status).toBe(200)
    await rpc.stop()
    rmSync(directory, { recursive: true })
  })

  it('of a client is its own even on a Unix socket, so that limits count by connection', () => {
    const client = (socket: object) => clientOf({ socket } as IncomingMessage)
    const [one, other] = [{}, {}]
    expect(client(one)).toBe(client(one))
    expect(client(one)).not.toBe(client(other))
    expect(client({ remoteAddress: '::1', remotePort: 5 })).toBe('::1:5')
  })

  it('that is taken is an error that names it', async () => {
    const first = await startRpc()
    const { port } = new URL(first.url)
    await expect(startRpc({ listenAddress: `tcp://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'RPC_LISTEN_FAILED',
      message: expect.stringContaining(port)
    })
    await first.stop()
  })
})
