import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../scripts/cluster/cluster.ts'
import { claimPorts } from '../../scripts/cluster/ports.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { cleanUp, makeCluster, SOON_MS, START_MS, temporaryDirectory } from './support/cluster-bed.ts'

const DASHBOARDS = new URL('../../dashboards/', import.meta.url)
const VALIDATORS = 4
const CHAIN = 'cluster'

const isMissing = spawnSync('prometheus', ['--version']).error !== undefined
const IF_INSTALLED = isMissing ? ' (not checked: prometheus is not installed)' : ''

let cluster: Cluster
let prometheus: ChildProcess
let log = ''
let url: string

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

async function ask<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query)}`)
  const answer = (await response.json()) as { status: string; data: T; error?: string }
  expect(answer.status, `${query.query ?? path}: ${answer.error}`).toBe('success')
  return answer.data
}

const query = async (expression: string): Promise<readonly Sample[]> =>
  (await ask<{ result: readonly Sample[] }>('query', { query: expression })).result

beforeAll(async () => {
  if (isMissing) return
  cluster = await makeCluster({ validators: VALIDATORS, flags: ['--consensus.timeout_commit=100ms'] })
  cluster.startAll()
  await cluster.reach(3, START_MS)
  const directory = temporaryDirectory()
  const targets = cluster.nodes.map(({ metricsUrl }) => new URL(metricsUrl).host)
  // JSON is YAML.
  const settings = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
    rule_files: [new URL('alerts.yml', DASHBOARDS).pathname],
    scrape_configs: [{ job_name: 'pnyx', static_configs: [{ targets }] }]
  }
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(settings))
  const port = await claimPorts(1)
  url = `http://127.0.0.1:${port}`
  prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] }
  )
  prometheus.stderr!.setEncoding('utf8').on('data', text => {
    log += text
  })
  await waitFor('Prometheus', SOON_MS, async () => {
    if (prometheus.exitCode !== null) throw new Error(`prometheus ended: ${log}`)
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false
    )
  })
}, 2 * START_MS)
afterAll(async () => {
  if (prometheus?.exitCode === null) {
    const ended = new Promise(resolve => prometheus.once('close', resolve))
    prometheus.kill('SIGTERM')
    await ended
  }
  await cleanUp()
})

interface Target {
  readonly health: string
  readonly lastError: string
}

describe.skipIf(isMissing)(`a real Prometheus and four validators${IF_INSTALLED}`, () => {
  it('scrapes all of them without an error', async () => {
    await waitFor('all to be scraped', SOON_MS, async () => (await query('up == 1')).length === VALIDATORS)
    const { activeTargets } = await ask<{ activeTargets: readonly Target[] }>('targets')
    expect(activeTargets.map(({ health, lastError }) => [health, lastError])).toEqual(
      Array.from({ length: VALIDATORS }, () => ['up', ''])
    )
    expect(log).not.toMatch(/level=(?:warn|error)/)
  })

  it('stores what the nodes say of themselves over RPC', async () => {
    const name = `cometbft_consensus_latest_block_height{chain_id="${CHAIN}"}`
    const before = await cluster.lowestHeight()
    const samples = await waitFor('four heights', SOON_MS, async () => {
      const found = await query(`${name} >= ${before}`)
      return found.length === VALIDATORS ? found : null
    })
    const now = await cluster.highestHeight()
    for (const { value } of samples) expect(Number(value[1])).toBeLessThanOrEqual(now)
    const [power] = await query(`max(cometbft_consensus_validators_power{chain_id="${CHAIN}"})`)
    expect(power!.value[1]).toBe(String(VALIDATORS))
    expect(await query(`cometbft_p2p_peers == ${VALIDATORS - 1}`)).toHaveLength(VALIDATORS)
  })

  it('answers every question of the dashboard', async () => {
    const { panels } = JSON.parse(readFileSync(new URL('grafana.json', DASHBOARDS), 'utf8'))
    const asked: { title: string; expression: string }[] = panels.flatMap(
      ({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
        targets.map(({ expr }) => ({
          title,
          expression: expr.replaceAll('$chain_id', CHAIN).replaceAll('$instance', '.*')
        }))
    )
    expect(asked.length).toBeGreaterThan(25)
    let silent = asked.map(({ title, expression }) => `${title}: ${expression}`)
    await waitFor('rates over some scrapes', SOON_MS, async () => {
      const answers = await Promise.all(
        asked.map(async ({ title, expression }) => ({ title, expression, found: await query(expression) }))
      )
      const without = answers.filter(({ found }) => found.length === 0)
      silent = without.map(({ title, expression }) => `${title}: ${expression}`)
      return silent.length === 0
    }).catch(() => {})
    expect(silent).toEqual([])
  })

  it('takes the alert rules, none of which fires while all is well, and sees a node that is down', async () => {
    const rulesOf = async () => {
      const { groups } = await ask<{ groups: readonly { rules: readonly Rule[] }[] }>('rules')
      return groups.flatMap(({ rules }) => rules)
    }
    const rules = await waitFor('the first evaluation', SOON_MS, async () => {
      const found = await rulesOf()
      return found.every(({ health }) => health !== 'unknown') ? found : null
    })
    const written = readFileSync(new URL('alerts.yml', DASHBOARDS), 'utf8')
    expect(rules.map(({ name }) => name)).toEqual([...written.matchAll(/- alert: (\w+)/g)].map(one => one[1]))
    expect(
      rules.map(({ name, health, state }) => `${name} ${health}${state === 'firing' ? ' fires' : ''}`)
    ).toEqual(rules.map(({ name }) => `${name} ok`))
    await cluster.nodes[3]!.end('SIGKILL')
    await waitFor('the alert to be prepared', SOON_MS, async () => {
      const down = (await rulesOf()).find(({ name }) => name === 'PnyxNodeDown')!
      return down.state === 'pending' && down.alerts.length === 1
    })
    await waitFor('power to be missing', SOON_MS, async () => {
      return (await query('cometbft_consensus_missing_validators_power == 1')).length === VALIDATORS - 1
    })
  })
})

interface Rule {
  readonly name: string
  readonly health: string
  readonly state: string
  readonly alerts: readonly unknown[]
}
