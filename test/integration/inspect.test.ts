import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { claimRange } from '../../scripts/cluster/ports.ts'
import { cleanUp, finish, pnyx, type Running, run, temporaryDirectory, until } from './cli-process.ts'

vi.setConfig({ testTimeout: 120_000 })

const directory = temporaryDirectory()
const home = join(directory, 'home')
const certificate = join(directory, 'cert.pem')
const key = join(directory, 'key.pem')
const withoutOpenssl = spawnSync('openssl', ['version']).error !== undefined
const IF_INSTALLED = withoutOpenssl ? ' (not checked: openssl is not installed)' : ''

let port: number

const flags = (): readonly string[] => [
  '--home',
  home,
  `--rpc.laddr=tcp://127.0.0.1:${port + 1}`,
  `--rpc.tls_cert_file=${certificate}`,
  `--rpc.tls_key_file=${key}`
]

/** What is at a path of the RPC server, over TLS with the certificate that was made. */
function ask(path: string): Promise<{ result?: never; error?: { data: string } } | null> {
  return new Promise(resolve => {
    const options = { host: '127.0.0.1', port: port + 1, path, ca: readFileSync(certificate) }
    const request = get(options, response => {
      let text = ''
      response.setEncoding('utf8').on('data', piece => {
        text += piece
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
    request.on('error', () => resolve(null))
  })
}

const resultOf = async (path: string) => {
  const answer = await ask(path)
  return answer?.result as Record<string, never> | undefined
}

const answering = () => until('an answer', () => ask('/status'))

async function stop(running: Running): Promise<void> {
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
}

beforeAll(async () => {
  if (withoutOpenssl) return
  const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', '-subj', '/CN=pnyx']
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate]
  execFileSync('openssl', [...request, ...names], { stdio: 'ignore' })
  port = await claimRange(2)
  expect((await finish(pnyx('init', '--chain-id', 'tls', '--app', 'kvstore', '--home', home))).code).toBe(0)
})
afterAll(cleanUp)

describe.skipIf(withoutOpenssl)(`RPC over TLS${IF_INSTALLED}`, () => {
  it('is served by a node, and by inspect from what the node left', async () => {
    const node = pnyx(
      'start',
      ...flags(),
      `--p2p.laddr=tcp://127.0.0.1:${port}`,
      '--consensus.timeout_commit=50ms'
    )
    await answering()
    expect(await resultOf('/broadcast_tx_commit?tx="a=1"')).toMatchObject({ tx_result: { code: 0 } })
    const found = await until('the index', async () => {
      const search = await resultOf('/tx_search?query="app.key=\'a\'"')
      return search?.total_count === ('1' as never) ? search : null
    })
    const status = run('src/cli/main.ts', ['status', '--home', home], {
      NODE_EXTRA_CA_CERTS: certificate,
      PNYX_RPC_LADDR: `tcp://127.0.0.1:${port + 1}`,
      PNYX_RPC_TLS_CERT_FILE: certificate,
      PNYX_RPC_TLS_KEY_FILE: key
    })
    expect((await finish(status)).out).toMatch(/^chain +tls$/m)
    await stop(node)

    const inspect = pnyx('inspect', ...flags())
    await answering()
    expect(inspect.err()).toContain(`at https://127.0.0.1:${port + 1}`)
    expect(await resultOf('/tx_search?query="app.key=\'a\'"')).toEqual(found)
    const [tx] = found.txs as unknown as { height: string; hash: string }[]
    expect(await resultOf(`/block?height=${tx!.height}`)).toMatchObject({
      block: { header: { chain_id: 'tls', height: tx!.height } }
    })
    expect(await resultOf(`/tx?hash=0x${tx!.hash}&prove=true`)).toMatchObject({ height: tx!.height })
    for (const path of [
      'block_results',
      'commit',
      'validators',
      'header',
      'consensus_params',
      'blockchain'
    ]) {
      expect(await resultOf(`/${path}`), path).toBeDefined()
    }
    expect((await ask('/abci_info'))?.error?.data).toContain('being inspected')
    expect((await ask('/broadcast_tx_sync?tx="b=1"'))?.error?.data).toContain('it takes nothing')
    await stop(inspect)
  })
})
