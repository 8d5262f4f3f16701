import { type Config, environmentName, SECTIONS, settingName } from './config.ts'
import { ConfigError } from './config-error.ts'
import type { Field, RawValue, Section } from './field.ts'
import { nearest } from './nearest.ts'
import { HIDDEN, type ResolveInput, type Setting, type Source } from './setting.ts'
import { asRawValue, parseTomlFile, type TomlFile } from './toml-file.ts'
import { withoutEffectWarnings } from './without-effect.ts'

export interface ResolvedConfig {
  readonly config: Config
  /** One line each, for the operator: keys that have no effect, variables that name no key. */
  readonly warnings: readonly string[]
  /** By {@link settingName}, every setting as config.toml would hold it. */
  readonly settings: ReadonlyMap<string, Setting>
}

/** Wrong values told of at once. */
const MOST_TOLD = 10

type Found = { readonly raw: RawValue; readonly source: Source; readonly where: string }

/**
 * Puts the settings of a node together: flags over environment over config.toml over defaults. Throws ConfigError
 * with one line that names the key, the value, its place and what is allowed, of all values that are wrong: UNKNOWN_KEY,
 * BAD_VALUE, FILE_INVALID, and BAD_FLAG for what a flag said.
 */
export function resolveConfig(input: ResolveInput): ResolvedConfig {
  const file = parseTomlFile(input.fileText ?? '', input.filePath)
  refuseUnknownKeys(file, input)
  const settings = new Map<string, Setting>()
  const config: Record<string, Record<string, unknown>> = {}
  const wrong: ConfigError[] = []
  for (const [sectionName, { table, fields }] of Object.entries<Section>(SECTIONS)) {
    const values: Record<string, unknown> = {}
    for (const [property, field] of Object.entries(fields)) {
      try {
        const found = findSetting(table, field, file, input)
        values[property] = checkSetting(table, field, found)
        settings.set(settingName(table, field.key), settingOf(field, found))
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        wrong.push(error)
      }
    }
    config[sectionName] = values
  }
  refuseWrong(wrong)
  const complete = config as unknown as Config
  refuseContradictions(complete)
  return {
    config: complete,
    settings,
    warnings: [...withoutEffectWarnings(file, input), ...strayVariables(input)]
  }
}

/** One error that tells of all of them. */
function refuseWrong(wrong: readonly ConfigError[]): void {
  const [first, ...others] = wrong
  if (first === undefined) return
  const also = others.slice(0, MOST_TOLD - 1).map(({ message }) => `; also ${message}`)
  const untold = others.length - also.length
  throw new ConfigError(
    first.code,
    `${first.message}${also.join('')}${untold > 0 ? `; and ${untold} more` : ''}`
  )
}

function settingOf(field: Field<unknown>, { raw: value, source }: Found): Setting {
  const isDefault = JSON.stringify(value) === JSON.stringify(field.fallback)
  return { value, source, isDefault, ...(field.secret === true && { isSecret: true as const }) }
}

function findSetting(table: string, field: Field<unknown>, file: TomlFile, input: ResolveInput): Found {
  const name = settingName(table, field.key)
  const flag = input.flags[name]
  if (flag !== undefined) return { raw: fromText(field, flag), source: 'flag', where: `flag --${name}` }
  const variable = environmentName(name)
  const fromEnvironment = input.environment[variable]
  if (fromEnvironment !== undefined) {
    return { raw: fromText(field, fromEnvironment), source: 'environment', where: `environment ${variable}` }
  }
  const inFile = file.tables.get(table)
  if (!inFile?.has(field.key)) return { raw: field.fallback, source: 'default', where: 'default' }
  const where = placeInFile(file, table, field.key, input)
  const raw = asRawValue(inFile.get(field.key))
  if (raw === undefined) throw badValue(name, JSON.stringify(inFile.get(field.key)), where, field.allowed)
  return { raw, source: 'file', where }
}

/** A flag's or variable's text as config.toml would hold it; text that does not fit stays text and is refused later. */
function fromText(field: Field<unknown>, text: string): RawValue {
  if (field.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (field.kind === 'number') return /^[+-]?\d+$/.test(text) ? Number(text) : text
  if (field.kind !== 'list') return text
  const entries = text.split(',').map(entry => entry.trim())
  return entries.filter(entry => entry !== '')
}

/**
 * What config.toml would hold for the text of one flag, whatever the other settings are. Throws ConfigError (BAD_FLAG)
 * when the text is not allowed.
 */
export function valueFromText(table: string, field: Field<unknown>, given: string): RawValue {
  const name = settingName(table, field.key)
  const raw = fromText(field, given)
  checkSetting(table, field, { raw, source: 'flag', where: `flag --${name}` })
  return raw
}

function checkSetting(table: string, field: Field<unknown>, found: Found): unknown {
  const result = field.schema.safeParse(found.raw)
  if (result.success) return result.data
  const name = settingName(table, field.key)
  const value = field.secret === true ? HIDDEN : JSON.stringify(found.raw)
  throw badValue(name, value, found.where, field.allowed, found.source)
}

function badValue(name: string, value: string, where: string, allowed: string, source?: Source): ConfigError {
  const shown = value.length > 120 ? `${value.slice(0, 120)}...` : value
  const code = source === 'flag' ? 'BAD_FLAG' : 'BAD_VALUE'
  return new ConfigError(code, `${name} = ${shown} (${where}): allowed is ${allowed}`)
}

function placeInFile(file: TomlFile, table: string, key: string, input: ResolveInput): string {
  const line = file.lineOf(table, key)
  return line === undefined ? input.filePath : `${input.filePath} line ${line}`
}

function refuseContradictions(config: Config): void {
  const { tlsCertFile, tlsKeyFile } = config.rpc
  if ((tlsCertFile === '') !== (tlsKeyFile === '')) {
    throw new ConfigError(
      'BAD_VALUE',
      'rpc.tls_cert_file and rpc.tls_key_file go together: set both or neither'
    )
  }
  if (config.txIndex.indexer === 'psql' && config.txIndex.psqlConn === '') {
    throw new ConfigError(
      'BAD_VALUE',
      'tx_index.indexer = "psql": the psql connection settings cannot be empty'
    )
  }
  if (config.mempool.maxTxBytes > config.mempool.maxTxsBytes) {
    const { maxTxBytes, maxTxsBytes } = config.mempool
    const relation = `mempool.max_tx_bytes = ${maxTxBytes} is above mempool.max_txs_bytes = ${maxTxsBytes}`
    throw new ConfigError('BAD_VALUE', `${relation}: one transaction must fit among all`)
  }
}

function knownKeys(section: Section): readonly string[] {
  return [...Object.values(section.fields), ...section.withoutEffect].map(one => one.key)
}

function refuseUnknownKeys(file: TomlFile, input: ResolveInput): void {
  const sections = Object.values<Section>(SECTIONS)
  const tables = sections.map(section => section.table)
  for (const [table, keys] of file.tables) {
    const section = sections.find(one => one.table === table)
    if (section === undefined) {
      const hint = suggestion(nearest(table, tables), near => `did you mean [${near}]?`)
      const where = placeInFile(file, table, '', input)
      throw new ConfigError('UNKNOWN_KEY', `${where}: there is no section [${table}]${hint}`)
    }
    const known = knownKeys(section)
    const unknown = [...keys.keys()].find(key => !known.includes(key))
    if (unknown === undefined) continue
    const where = placeInFile(file, table, unknown, input)
    const what = table === '' ? `unknown key ${unknown}` : `unknown key ${unknown} in [${table}]`
    throw new ConfigError('UNKNOWN_KEY', `${where}: ${what}${unknownKeyHint(unknown, known, sections)}`)
  }
}

function unknownKeyHint(key: string, known: readonly string[], sections: readonly Section[]): string {
  const elsewhere = sections.find(section => knownKeys(section).includes(key))
  if (elsewhere !== undefined) {
    return suggestion(elsewhere.table, table =>
      table === '' ? 'it belongs above the first section' : `it belongs in [${table}]`
    )
  }
  return suggestion(nearest(key, known), near => `did you mean ${near}?`)
}

function suggestion(near: string | undefined, say: (near: string) => string): string {
  return near === undefined ? '' : `; ${say(near)}`
}

/** Variables starting with PNYX_ that name no key: told, not refused, since orchestrators set such names on their own. */
function strayVariables(input: ResolveInput): readonly string[] {
  const known = new Set(['PNYX_HOME', 'PNYX_NODE'])
  for (const section of Object.values<Section>(SECTIONS)) {
    for (const key of knownKeys(section)) known.add(environmentName(settingName(section.table, key)))
  }
  return Object.keys(input.environment)
    .filter(name => name.startsWith('PNYX_') && !known.has(name))
    .sort()
    .map(name => {
      const hint = suggestion(nearest(name, known), near => `did you mean ${near}?`)
      return `environment variable ${name} names no setting${hint}`
    })
}
