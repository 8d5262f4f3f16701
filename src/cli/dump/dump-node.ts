import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { cpus, freemem, hostname, loadavg, release, totalmem, uptime } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { formatValue, type LoadedConfig, readTextFile, shownValue } from '../../config/index.ts'
import { errorMessage } from '../../util/index.ts'
import { CliError } from '../cli-error.ts'
import { askDiagnosis } from '../diagnosis/ask-node.ts'
import { loadGenesis } from '../genesis-file.ts'
import type { RpcClient } from '../rpc-client.ts'
import { PROTOCOL_VERSIONS } from '../version.ts'

export interface DumpOptions {
  readonly directory: string
  readonly client: RpcClient
  readonly loaded: LoadedConfig
  readonly nowMs: () => number
}

/** The end of the log: some heights' worth. */
const WAL_TAIL_BYTES = 1_048_576
const ANSWERS = [
  'status',
  'net_info',
  'consensus_state',
  'dump_consensus_state',
  'num_unconfirmed_txs',
  'abci_info'
]

/**
 * Writes a directory that tells somebody else what state a node is in. Whatever fails is noted in errors.txt, since a
 * node that needs this is rarely whole. Returns the names of the files.
 */
export async function dumpNode(options: DumpOptions): Promise<readonly string[]> {
  const { directory, client, loaded, nowMs } = options
  makeNew(directory)
  const written: string[] = []
  const failures: string[] = []
  const write = async (name: string, make: () => unknown): Promise<void> => {
    try {
      const content = await make()
      const isText = typeof content === 'string' || content instanceof Uint8Array
      writeFileSync(join(directory, name), isText ? content : `${JSON.stringify(content, null, 2)}\n`, {
        mode: 0o600
      })
      written.push(name)
    } catch (error) {
      failures.push(`${name}: ${errorMessage(error)}`)
    }
  }
  for (const method of ANSWERS) await write(`${method}.json`, () => client.call(method))
  await write('diagnosis.json', () => askDiagnosis(client, nowMs))
  await write('settings.toml', () => settingsText(loaded))
  await write('genesis.json', () => genesisFacts(loaded))
  await write('home.json', () => homeFiles(loaded))
  await write('machine.json', () => machineFacts(loaded, nowMs()))
  await write('wal.tail', () => tailOf(loaded.paths.walFile))
  if (failures.length > 0) await write('errors.txt', () => `${failures.join('\n')}\n`)
  return written
}

function makeNew(directory: string): void {
  if (existsSync(directory))
    throw new CliError('REFUSED', `${directory} exists: name a directory that does not`)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new CliError('REFUSED', `cannot make ${directory}: ${errorMessage(error)}`, { cause: error })
  }
}

/** Every setting in force; what may be a secret is only said to be set. */
function settingsText({ settings, warnings }: LoadedConfig): string {
  const lines = [...settings].map(
    ([name, setting]) => `${name} = ${formatValue(shownValue(setting))}  # ${setting.source}`
  )
  return `${[...warnings.map(line => `# warning: ${line}`), ...lines].join('\n')}\n`
}

function genesisFacts({ paths }: LoadedConfig): unknown {
  const { genesis, hash, warnings } = loadGenesis(paths.genesisFile)
  const { chainId, initialHeight, validators } = genesis
  return {
    chain_id: chainId,
    sha256: hash,
    initial_height: initialHeight,
    validators: validators.length,
    warnings
  }
}

/** Names, sizes and times of the files, and of no file what it says. */
function homeFiles({ paths }: LoadedConfig): unknown {
  const walDirectory = dirname(paths.walFile)
  const roots = [
    dirname(paths.configFile),
    paths.dataDirectory,
    join(paths.dataDirectory, 'chain.db'),
    walDirectory
  ]
  return [...new Set(roots)].filter(existsSync).flatMap(root =>
    readdirSync(root).map(name => {
      const { size, mode, mtime } = statSync(join(root, name))
      const path = relative(paths.home, join(root, name))
      return { path, bytes: size, mode: (mode & 0o7777).toString(8), modified: mtime.toISOString() }
    })
  )
}

function machineFacts({ paths }: LoadedConfig, nowMs: number): unknown {
  const lock = readTextFile(paths.lockFile, 'lock file')
  const pid = lock === null ? null : (JSON.parse(lock) as { pid?: unknown }).pid
  const process = typeof pid === 'number' ? readTextFile(`/proc/${pid}/status`, 'process status') : null
  return {
    at: new Date(nowMs).toISOString(),
    pnyx: PROTOCOL_VERSIONS,
    node: globalThis.process.version,
    system: `${globalThis.process.platform} ${release()} ${globalThis.process.arch}`,
    host: hostname(),
    cpus: cpus().length,
    load: loadavg(),
    memory: { total: totalmem(), free: freemem() },
    uptime_s: Math.round(uptime()),
    lock: lock === null ? null : JSON.parse(lock),
    process: process === null ? null : process.trim().split('\n')
  }
}

/** The last bytes of the newest file of the log, which begin inside a record. */
function tailOf(path: string): Uint8Array {
  if (!existsSync(path)) throw new CliError('REFUSED', `there is no ${basename(path)} in ${dirname(path)}`)
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const bytes = new Uint8Array(Math.min(size, WAL_TAIL_BYTES))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes
  } finally {
    closeSync(file)
  }
}
