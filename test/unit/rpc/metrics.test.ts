import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { MetricsEndpoint, PrometheusMetrics } from '../../../src/rpc/index.ts'
import { silentLogger } from '../../../src/util/index.ts'
import { get } from './support/rpc-fixture.ts'

const VECTORS = new URL('../../fixtures/vectors/metrics-0.38.json', import.meta.url)

function metrics() {
  return new PrometheusMetrics({ namespace: 'cometbft', chainId: 'chain-a' })
}

describe('PrometheusMetrics', () => {
  it('names and labels as CometBFT does', async () => {
    const port = metrics()
    port.gauge('consensus', 'height', 'Height of the chain').set(7)
    port
      .counter('p2p', 'message_send_bytes_total', 'Bytes sent', ['message_type'])
      .inc(12, { message_type: 'vote' })
    const latency = port.histogram('state', 'block_processing_time', 'Time', { buckets: [1, 10] })
    latency.observe(5)
    const text = await port.render()
    expect(text).toContain(
      '# TYPE cometbft_consensus_height gauge\ncometbft_consensus_height{chain_id="chain-a"} 7'
    )
    expect(text).toContain('cometbft_p2p_message_send_bytes_total{message_type="vote",chain_id="chain-a"} 12')
    expect(text).toContain('cometbft_state_block_processing_time_bucket{le="1",chain_id="chain-a"} 0')
    expect(text).toContain('cometbft_state_block_processing_time_bucket{le="10",chain_id="chain-a"} 1')
    expect(text).toContain('cometbft_state_block_processing_time_count{chain_id="chain-a"} 1')
  })

  it('gives the same instrument twice, and refuses another kind under its name', async () => {
    const port = metrics()
    port.counter('mempool', 'failed_txs', 'help').inc()
    port.counter('mempool', 'failed_txs', 'help').inc()
    expect(await port.render()).toContain('cometbft_mempool_failed_txs{chain_id="chain-a"} 2')
    expect(() => port.gauge('mempool', 'failed_txs', 'help')).toThrow(/is a counter, not a gauge/)
  })

  it('keeps chains in one process apart', async () => {
    const [one, other] = [metrics(), new PrometheusMetrics({ namespace: 'x', chainId: 'chain-b' })]
    one.gauge('consensus', 'height', 'help').set(1)
    other.gauge('consensus', 'height', 'help').set(2)
    expect(await one.render()).not.toContain('chain-b')
    expect(await other.render()).toContain('x_consensus_height{chain_id="chain-b"} 2')
  })

  it('can declare all 58 metrics of CometBFT', async () => {
    const cases = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
      name: string
      type: string
      labels: string[]
    }[]
    expect(cases).toHaveLength(58)
    const port = metrics()
    for (const { name, type, labels } of cases) {
      const [, subsystem, rest] = /^cometbft_([a-z0-9]+)_(.+)$/.exec(name)!
      const own = labels.filter(label => label !== 'chain_id')
      if (type === 'counter') port.counter(subsystem!, rest!, 'help', own)
      else if (type === 'gauge') port.gauge(subsystem!, rest!, 'help', own)
      else port.histogram(subsystem!, rest!, 'help', { labels: own })
    }
    const text = await port.render()
    for (const { name, type } of cases) expect(text).toContain(`# TYPE ${name} ${type}`)
  })
})

describe('MetricsEndpoint', () => {
  let endpoint: MetricsEndpoint

  afterEach(() => endpoint.stop())

  async function start(render: () => Promise<string>, maxConcurrentScrapes = 3): Promise<string> {
    endpoint = new MetricsEndpoint({
      listenAddress: '127.0.0.1:0',
      maxConcurrentScrapes,
      render,
      logger: silentLogger
    })
    await endpoint.start()
    return endpoint.url
  }

  it('serves what is measured at /metrics alone', async () => {
    const url = await start(async () => 'a 1\n')
    const scrape = await get(url)
    expect(scrape).toMatchObject({ status: 200, text: 'a 1\n' })
    expect(scrape.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect((await get(url.replace('/metrics', '/'))).status).toBe(404)
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405)
  })

  it('answers a limited number of scrapes at once', async () => {
    let release = () => {}
    const url = await start(() => new Promise(resolve => (release = () => resolve('late\n'))), 1)
    const first = get(url)
    const others: number[] = []
    while (others.at(-1) !== 503) others.push((await Promise.race([get(url), first])).status)
    release()
    expect((await first).text).toBe('late\n')
    const again = get(url)
    while ((await Promise.race([again, new Promise(resolve => setImmediate(resolve))])) === undefined)
      release()
    expect((await again).status).toBe(200)
  })

  it('says that it failed and nothing more', async () => {
    const url = await start(async () => {
      throw new TypeError('secret')
    })
    const scrape = await get(url)
    expect(scrape.status).toBe(500)
    expect(scrape.text).not.toContain('secret')
    expect((await get(url)).status).toBe(500)
  })

  it('fails to start on an address that is taken or is none', async () => {
    const url = new URL(await start(async () => ''))
    const other = (listenAddress: string) =>
      new MetricsEndpoint({
        listenAddress,
        maxConcurrentScrapes: 1,
        render: async () => '',
        logger: silentLogger
      })
    await expect(other(url.host).start()).rejects.toMatchObject({ code: 'RPC_LISTEN_FAILED' })
    await expect(other('nowhere').start()).rejects.toMatchObject({ code: 'RPC_LISTEN_ADDRESS' })
  })
})
