import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KvStoreApp, meteredApp } from '../../src/app/index.ts'
import {
  EventIndexer,
  LevelKeyValueStore,
  NodeFileSystem,
  prefixedStore
} from '../../src/blockstore/index.ts'
import { measureProcess } from '../../src/cli/node/process-metrics.ts'
import { makeSignatureVerifier, sha256Hex } from '../../src/crypto/index.ts'
import { DEFAULT_TX_POOL_CONFIG } from '../../src/mempool/index.ts'
import { createLibp2pNetwork } from '../../src/network/index.ts'
import { PrometheusMetrics } from '../../src/rpc/index.ts'
import { DEFAULT_CONSENSUS_PARAMS, genesisToJson, parseGenesis } from '../../src/types/index.ts'
import { silentLogger } from '../../src/util/index.ts'
import {
  type ConsensusTiming,
  FileSigner,
  type Node,
  openNode,
  systemClock
} from '../../src/validator/index.ts'
import { addressOf, freePorts, seedOf, until } from '../contract/libp2p-bed.ts'
import { type Declared, recordingMetrics } from '../support/recording-metrics.ts'
import { testKey } from '../unit/validator/support.ts'

interface Vector {
  readonly name: string
  readonly type: Declared['type']
  readonly labels: readonly string[]
  readonly buckets?: string
}
const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../fixtures/vectors/metrics-0.38.json', import.meta.url), 'utf8')
)

/** What two validators, a full node that comes late and some transactions do not make happen, and what would. */
const NOT_IN_THIS_RUN: Readonly<Record<string, string>> = {
  consensus_duplicate_vote: 'only when gossip and catch-up bring the same vote in one moment',
  consensus_duplicate_block_part: 'only when two peers send the same part in one moment',
  consensus_late_votes: 'a precommit has to come after its block was decided, which takes a third validator',
  mempool_rejected_txs: 'the pool has to be full',
  mempool_evicted_txs: 'the application has to change its mind about a transaction that waits',
  mempool_recheck_times: 'a transaction has to wait longer than one block',
  state_consensus_param_updates: 'the application that is built in changes no parameters',
  signer_refusals_total: 'the guard against signing twice has to do its work',
  evidence_received_total: 'a validator has to break the rules',
  evidence_detected_total: 'a validator has to break the rules',
  evidence_twin_detected: 'another process has to sign with the key of this one',
  evidence_silent_validators: 'a validator has to be away for long',
  p2p_gossip_unjudged_total: 'a verdict has to come too late',
  p2p_publish_oversized_total: 'this node would have to make a message beyond the limit',
  p2p_dial_failures_total: 'a peer has to be unreachable',
  p2p_connections_refused_total: 'a peer has to be banned or one too many',
  p2p_peer_offences_total: 'a peer has to break the protocol',
  p2p_peers_dropped_total: 'this node has to close a connection',
  p2p_direct_dropped_total: 'a peer has to read too slowly'
}

const TIMING: ConsensusTiming = {
  timeoutProposeMs: 3000,
  timeoutProposeDeltaMs: 500,
  timeoutPrevoteMs: 1000,
  timeoutPrevoteDeltaMs: 500,
  timeoutPrecommitMs: 1000,
  timeoutPrecommitDeltaMs: 500,
  timeoutCommitMs: 30,
  skipTimeoutCommit: false,
  createEmptyBlocks: true,
  createEmptyBlocksIntervalMs: 0,
  pullIntervalMs: 100
}

/** By which every node of the run hears something. */
const CHANNELS = ['consensus', 'parts', 'txs', 'catchup', 'sync'] as const

const { abci } = DEFAULT_CONSENSUS_PARAMS
const GENESIS_TEXT = genesisToJson({
  genesisTime: { seconds: 1_767_225_600, nanos: 0 },
  chainId: 'measured',
  initialHeight: 1,
  consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, abci: { ...abci, voteExtensionsEnableHeight: 1 } },
  validators: [1, 2].map(index => ({
    publicKey: testKey(index).publicKey,
    address: testKey(index).address,
    power: 10n,
    name: `v${index}`
  })),
  appHash: '',
  appState: ''
})

const prometheus = new PrometheusMetrics({ namespace: 'cometbft', chainId: 'measured' })
const metrics = recordingMetrics(prometheus)
const directory = mkdtempSync(join(tmpdir(), 'pnyx-metrics-'))
const closers: (() => Promise<void>)[] = []

/** A node of the real parts, as the command line puts it together; the third is no validator. */
async function openMeasured(index: number, ports: readonly number[]): Promise<Node> {
  const home = join(directory, `node${index}`)
  const files = new NodeFileSystem({ metrics })
  await files.makeDirectory(home)
  const store = await LevelKeyValueStore.open({ path: join(home, 'chain.db'), metrics })
  const app = await KvStoreApp.open({ store: prefixedStore(store, 'app/') })
  const statePath = join(home, 'priv_validator_state.json')
  const node = await openNode(
    {
      clock: systemClock,
      network: createLibp2pNetwork(
        {
          privateKeySeed: seedOf(index),
          genesisHash: sha256Hex(Buffer.from(GENESIS_TEXT)),
          listenAddresses: [`/ip4/127.0.0.1/tcp/${ports[index]}`],
          persistentPeers: ports.map((port, n) => addressOf(n, port)),
          moniker: `node ${index}`,
          timing: { redialMinMs: 50, redialMaxMs: 500, higherIdWaitMs: 100, watchdogIntervalMs: 100 }
        },
        { logger: silentLogger, metrics }
      ),
      store,
      files,
      app: meteredApp(app, metrics, systemClock),
      verifier: makeSignatureVerifier({ cacheSize: 1000 }),
      logger: silentLogger,
      metrics
    },
    {
      genesis: parseGenesis(GENESIS_TEXT),
      genesisBytes: Buffer.from(GENESIS_TEXT),
      walDirectory: join(home, 'cs.wal'),
      blockDirectory: join(home, 'blocks'),
      timing: TIMING,
      txPool: DEFAULT_TX_POOL_CONFIG,
      detectorWindow: 100,
      signer: index < 2 ? await FileSigner.create(testKey(index + 1), files, statePath) : null,
      onFatal: error => {
        throw error
      }
    }
  )
  const indexer = await EventIndexer.open(
    { store, metrics, logger: silentLogger, blocks: node.blockStore, results: node.stateStore },
    node.state.lastBlockHeight
  )
  node.events.subscribe(event => {
    if (event.kind === 'blockApplied') indexer.noteApplied(event.block, event.results)
  })
  closers.push(async () => {
    await node.stop()
    await indexer.stop()
    await store.close()
  })
  await node.start()
  return node
}

function highest(node: Node): number {
  return node.state.lastBlockHeight
}

beforeAll(async () => {
  const endMeasuring = measureProcess(metrics)
  closers.push(async () => endMeasuring())
  const ports = await freePorts(3)
  const first = await openMeasured(0, ports)
  const second = await openMeasured(1, ports)
  const promote = `val:${Buffer.from(testKey(1).publicKey.bytes).toString('base64')}!11`
  await until(() => Math.min(highest(first), highest(second)) >= 2, 'both validators to be there')
  const large = `large=${'x'.repeat(100_000)}`
  for (const tx of ['a=1', 'b=2', large, promote, 'no transaction'])
    await first.txPool.submit(Buffer.from(tx))
  await first.txPool.submit(Buffer.from('a=1'))
  await first.txPool.submit(new Uint8Array(DEFAULT_TX_POOL_CONFIG.maxTxBytes + 1))
  await until(() => Math.min(highest(first), highest(second)) >= 8, 'eight blocks')
  const late = await openMeasured(2, ports)
  await until(() => highest(late) > 8, 'the late node to catch up')
  await until(() => metrics.told.has('blocksync_blocks_total'), 'the blocks to be counted')
  for (const channel of CHANNELS) {
    const labels = JSON.stringify({ message_type: channel })
    await until(() => metrics.told.get('p2p_message_receive_bytes_total')?.has(labels) === true, channel)
  }
})

afterAll(async () => {
  await Promise.all(closers.map(close => close()))
  rmSync(directory, { recursive: true, force: true })
})

const withoutNamespace = (name: string): string => name.replace(/^cometbft_/, '')

function range(count: number, at: (index: number) => number): number[] {
  return Array.from({ length: count }, (_, index) => at(index))
}

/** What Go's client makes of the expression; without one, its default buckets. */
function bucketsOf(expression = ''): readonly number[] {
  const numbers = (/\(([^)]*)\)/.exec(expression)?.[1] ?? '').split(',').map(Number)
  const [a = 0, b = 0, c = 0] = numbers
  if (expression.includes('ExponentialBucketsRange')) return range(c, n => a * (b / a) ** (n / (c - 1)))
  if (expression.includes('ExponentialBuckets')) return range(c, n => a * b ** n)
  if (expression.includes('LinearBuckets')) return range(c, n => a + b * n)
  const listed = /\{([^}]*)\}/.exec(expression)?.[1]
  if (listed !== undefined) return listed.split(',').map(Number)
  return [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
}

describe('the metrics of running nodes', () => {
  it('are those of CometBFT v0.38, with its types, labels and buckets', () => {
    expect(VECTORS).toHaveLength(58)
    const differences = VECTORS.flatMap(({ name, type, labels, buckets }) => {
      const ours = metrics.declared.get(withoutNamespace(name))
      if (ours === undefined) return [`${name} is missing`]
      const problems: string[] = []
      if (ours.type !== type) problems.push(`${name} is a ${ours.type}, not a ${type}`)
      const expected = labels.filter(label => label !== 'chain_id').sort()
      if (expected.join() !== [...ours.labels].sort().join()) {
        problems.push(`${name} has the labels ${ours.labels}, not ${expected}`)
      }
      if (type === 'histogram') {
        const wanted = bucketsOf(buckets)
        const found = ours.buckets ?? bucketsOf()
        const same =
          wanted.length === found.length && wanted.every((w, at) => Math.abs(w - found[at]!) < w * 1e-9)
        if (!same) problems.push(`${name} has the buckets ${found}, not ${wanted}`)
      }
      return problems
    })
    expect(differences).toEqual([])
  })

  it('are all set, but for what did not happen', () => {
    const silent = [...metrics.declared.keys()].filter(name => !metrics.told.has(name))
    expect(silent.filter(name => NOT_IN_THIS_RUN[name] === undefined)).toEqual([])
    const unknown = Object.keys(NOT_IN_THIS_RUN).filter(name => !metrics.declared.has(name))
    expect(unknown, 'exceptions for metrics that do not exist').toEqual([])
  })

  it('are told with every label they declare', () => {
    const wrong = [...metrics.told].flatMap(([name, all]) =>
      [...all]
        .filter(
          text =>
            Object.keys(JSON.parse(text)).sort().join() !==
            [...metrics.declared.get(name)!.labels].sort().join()
        )
        .map(text => `${name} ${text}`)
    )
    expect(wrong).toEqual([])
  })

  it('count what happened', () => {
    const labelsOf = (name: string) => [...(metrics.told.get(name) ?? [])].join()
    expect(labelsOf('consensus_block_parts')).toContain('peer_id')
    expect(labelsOf('consensus_vote_extension_receive_count')).toBe('{"status":"accepted"}')
    for (const method of [
      'info',
      'init_chain',
      'prepare_proposal',
      'process_proposal',
      'finalize_block',
      'commit'
    ]) {
      expect(labelsOf('abci_connection_method_timing_seconds')).toContain(
        `{"method":"${method}","type":"sync"}`
      )
    }
    for (const channel of CHANNELS) {
      expect(labelsOf('p2p_peer_receive_bytes_total'), channel).toContain(`"${channel}"`)
    }
  })

  it('can be scraped', async () => {
    const text = await prometheus.render()
    expect(VECTORS.filter(({ name, type }) => !text.includes(`# TYPE ${name} ${type}\n`))).toEqual([])
    expect(text).toMatch(/^cometbft_blocksync_latest_block_height\{chain_id="measured"\} [1-9]/m)
    expect(text).toMatch(/^cometbft_p2p_num_txs\{peer_id="12D3\w+",chain_id="measured"\} [1-9]/m)
    expect(text).toMatch(/^cometbft_mempool_active_outbound_connections\{chain_id="measured"\} 2$/m)
    expect(text).toMatch(/^cometbft_statesync_syncing\{chain_id="measured"\} 0$/m)
  })
})

const ROOT = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')
const promtool = (args: readonly string[], input = '') =>
  spawnSync('promtool', args, { cwd: ROOT, input, encoding: 'utf8' })
const WITHOUT_PROMTOOL = promtool(['--version']).error !== undefined
const IF_INSTALLED = WITHOUT_PROMTOOL ? ' (not checked: promtool is not installed)' : ''

/** Names of metrics in queries; what Prometheus makes of a histogram is put back to its name. */
function unknownNames(text: string): string[] {
  const names = new Set(text.match(/\bcometbft_[a-z0-9_]+/g))
  return [...names].filter(full => {
    const name = withoutNamespace(full)
    const histogram = metrics.declared.get(name.replace(/_(bucket|sum|count)$/, ''))
    return !metrics.declared.has(name) && histogram?.type !== 'histogram'
  })
}

describe('the dashboard and the alerts', () => {
  it('ask for metrics that exist', () => {
    for (const file of ['grafana.json', 'alerts.yml', 'alerts.test.yml']) {
      expect(unknownNames(read(`dashboards/${file}`)), file).toEqual([])
    }
    expect(unknownNames('rate(cometbft_p2p_peers[5m]) + cometbft_no_such_thing')).toEqual([
      'cometbft_no_such_thing'
    ])
  })

  it('ask in every panel', () => {
    const { panels, templating } = JSON.parse(read('dashboards/grafana.json'))
    const asking = panels.filter((panel: { type: string }) => panel.type !== 'row')
    expect(asking.length).toBeGreaterThan(20)
    for (const { title, targets } of asking) {
      for (const { expr } of targets) expect(expr, title).toContain('chain_id="$chain_id"')
    }
    expect(templating.list.map(({ name }: { name: string }) => name)).toEqual([
      'datasource',
      'chain_id',
      'instance'
    ])
  })

  it('have a runbook for every alert, and no other', () => {
    const alerts = [...read('dashboards/alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name!)
    const runbooks = [...read('docs/operating.md').matchAll(/^### (Pnyx\w+)$/gm)].map(([, name]) => name!)
    expect(alerts.length).toBeGreaterThan(10)
    expect(runbooks).toEqual(alerts)
    for (const name of alerts) {
      expect(read('dashboards/alerts.yml')).toContain(`runbook: docs/operating.md#${name.toLowerCase()}\n`)
    }
  })

  it.skipIf(WITHOUT_PROMTOOL)(`are accepted by promtool${IF_INSTALLED}`, () => {
    const checked = promtool(['check', 'rules', 'dashboards/alerts.yml'])
    expect(checked.status, checked.stderr).toBe(0)
    const tested = promtool(['test', 'rules', 'dashboards/alerts.test.yml'])
    expect(tested.status, tested.stderr + tested.stdout).toBe(0)
  })

  it.skipIf(WITHOUT_PROMTOOL)(`can be fed by what is scraped${IF_INSTALLED}`, async () => {
    const { status, stderr, stdout } = promtool(['check', 'metrics'], await prometheus.render())
    // 3: well formed, but against today's advice on names, which CometBFT's are older than.
    expect([0, 3], stderr + stdout).toContain(status)
    const advice =
      /counter metrics should have "_total" suffix|non-histogram and non-summary metrics should not have|use base unit|label names should be written in 'snake_case'|metric name should not/
    expect((stderr + stdout).split('\n').filter(line => line !== '' && !advice.test(line))).toEqual([])
  })
})
