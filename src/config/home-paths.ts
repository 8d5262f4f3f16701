import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import type { Config } from './config.ts'

/** Absolute paths of everything a node keeps in its home directory. */
export interface HomePaths {
  readonly home: string
  readonly configFile: string
  readonly genesisFile: string
  readonly validatorKeyFile: string
  readonly validatorStateFile: string
  readonly nodeKeyFile: string
  /** Directory of the databases. */
  readonly dataDirectory: string
  readonly walFile: string
  readonly lockFile: string
  /** '' when rpc.tls_cert_file is not set. */
  readonly tlsCertFile: string
  readonly tlsKeyFile: string
}

/** The home directory: `given`, else PNYX_HOME, else ~/.pnyx; always absolute. */
export function homeDirectory(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>>
): string {
  return resolve(given ?? environment.PNYX_HOME ?? join(homedir(), '.pnyx'))
}

export function configFileOf(home: string): string {
  return join(home, 'config', 'config.toml')
}

/** Where the files of `home` are by `config`; relative paths are seen from the home directory. */
export function homePaths(home: string, config: Config): HomePaths {
  const { base, consensus, rpc } = config
  const at = (path: string) => (isAbsolute(path) ? path : join(home, path))
  const beside = (path: string) => (path === '' || isAbsolute(path) ? path : join(home, 'config', path))
  return {
    home,
    configFile: configFileOf(home),
    genesisFile: at(base.genesisFile),
    validatorKeyFile: at(base.validatorKeyFile),
    validatorStateFile: at(base.validatorStateFile),
    nodeKeyFile: at(base.nodeKeyFile),
    dataDirectory: at(base.dbDir),
    walFile: at(consensus.walFile),
    lockFile: join(home, 'pnyx.lock'),
    tlsCertFile: beside(rpc.tlsCertFile),
    tlsKeyFile: beside(rpc.tlsKeyFile)
  }
}
