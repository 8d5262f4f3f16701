import { readTextFile } from './files.ts'
import { configFileOf, type HomePaths, homePaths } from './home-paths.ts'
import { type ResolvedConfig, resolveConfig } from './resolve.ts'
import type { ResolveInput } from './setting.ts'

export interface LoadedConfig extends ResolvedConfig {
  readonly paths: HomePaths
  /** False when there is no config.toml and defaults were taken. */
  readonly hasFile: boolean
}

/** Reads the config.toml of a home directory, if there is one, and resolves it. Throws ConfigError. */
export function loadConfig(
  home: string,
  given: Pick<ResolveInput, 'flags' | 'environment'> = { flags: {}, environment: {} }
): LoadedConfig {
  const filePath = configFileOf(home)
  const fileText = readTextFile(filePath, 'config file')
  const resolved = resolveConfig({ ...given, fileText, filePath })
  return { ...resolved, paths: homePaths(home, resolved.config), hasFile: fileText !== null }
}
