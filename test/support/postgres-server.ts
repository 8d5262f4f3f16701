import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const DEBIAN = '/usr/lib/postgresql'

/** Directory of the server's programs, null where PostgreSQL is not installed. */
export function findPostgres(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(version => join(DEBIAN, version, 'bin')) : []
  const candidates = [...(process.env.PATH ?? '').split(delimiter), ...versions]
  const needed = ['initdb', 'postgres', 'pg_ctl']
  return candidates.find(path => needed.every(name => existsSync(join(path, name)))) ?? null
}

/**
 * A PostgreSQL server of the test's own, on loopback and in a directory of its own. The server refuses to run as root,
 * so root lends it another user.
 */
export class PostgresServer {
  readonly #bin: string
  readonly #directory: string
  readonly #port: number
  readonly #user: { readonly uid: number; readonly gid: number } | null

  constructor(bin: string, port: number) {
    this.#bin = bin
    this.#port = port
    this.#directory = mkdtempSync(join(tmpdir(), 'pnyx-postgres-'))
    this.#user = process.getuid?.() === 0 ? unprivilegedUser() : null
    if (this.#user !== null) {
      chownSync(this.#directory, this.#user.uid, this.#user.gid)
      chmodSync(this.#directory, 0o700)
    }
    const data = ['-D', this.#data, '-U', 'pnyx', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']
    this.#run('initdb', data)
  }

  get #data(): string {
    return join(this.#directory, 'data')
  }

  url(database = 'postgres'): string {
    return `postgresql://pnyx@127.0.0.1:${this.#port}/${database}`
  }

  start(): void {
    const options = `-p ${this.#port} -c listen_addresses=127.0.0.1 -k ${this.#directory} -c fsync=off`
    this.#run('pg_ctl', ['-D', this.#data, '-w', '-l', join(this.#directory, 'log'), '-o', options, 'start'])
  }

  /** `immediate` ends it as a crash does. */
  stop(mode: 'fast' | 'immediate' = 'fast'): void {
    this.#run('pg_ctl', ['-D', this.#data, '-w', '-m', mode, 'stop'])
  }

  /** Ends the server if it runs, and removes what it wrote. */
  remove(): void {
    this.#try('pg_ctl', ['-D', this.#data, '-w', '-m', 'immediate', 'stop'])
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #run(name: string, args: readonly string[]): void {
    const { status, stderr, stdout } = this.#try(name, args)
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}${stdout}`)
  }

  #try(name: string, args: readonly string[]): SpawnSyncReturns<string> {
    const stdio = name === 'pg_ctl' && args.includes('start') ? 'ignore' : 'pipe'
    return spawnSync(join(this.#bin, name), args, {
      cwd: this.#directory,
      encoding: 'utf8',
      stdio,
      ...this.#user
    })
  }
}

function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
