import { environmentName, SECTIONS, settingName } from './config.ts'
import { ConfigError } from './config-error.ts'
import { parseDuration } from './duration.ts'
import type { Section, WithoutEffect } from './field.ts'
import type { ResolveInput } from './setting.ts'
import type { TomlFile } from './toml-file.ts'

interface Said {
  readonly value: unknown
  readonly where: string
  readonly byFlag: boolean
}

/**
 * One line for each key set to something that will not happen, and one for those that merely repeat a default. Throws
 * ConfigError (BAD_VALUE, BAD_FLAG) for what would be dangerous to go on without.
 */
export function withoutEffectWarnings(file: TomlFile, input: ResolveInput): readonly string[] {
  const warnings: string[] = []
  const repeated: string[] = []
  for (const { table, withoutEffect } of Object.values<Section>(SECTIONS)) {
    for (const known of withoutEffect) {
      const said = saidOf(table, known, file, input)
      if (said === null) continue
      const name = settingName(table, known.key)
      const shown = `${name} = ${JSON.stringify(said.value)}`
      if (asksForNothing(said.value, known)) repeated.push(name)
      else if (known.refuse) {
        const message = `${shown} (${said.where}): ${known.reason}; allowed is ${JSON.stringify(known.usual)}`
        throw new ConfigError(said.byFlag ? 'BAD_FLAG' : 'BAD_VALUE', message)
      } else warnings.push(`${shown} has no effect: ${known.reason}`)
    }
  }
  if (repeated.length > 0) warnings.push(`these keys have no effect in Pnyx: ${repeated.join(', ')}`)
  return warnings
}

/** What is said of a key, by flag over environment over file; null when it is not named. */
function saidOf(table: string, known: WithoutEffect, file: TomlFile, input: ResolveInput): Said | null {
  const name = settingName(table, known.key)
  const flag = input.flags[name]
  if (flag !== undefined) return { value: asUsual(flag, known), where: `flag --${name}`, byFlag: true }
  const variable = environmentName(name)
  const given = input.environment[variable]
  if (given !== undefined) {
    return { value: asUsual(given, known), where: `environment ${variable}`, byFlag: false }
  }
  const inFile = file.tables.get(table)
  if (!inFile?.has(known.key)) return null
  const line = file.lineOf(table, known.key)
  const where = line === undefined ? input.filePath : `${input.filePath} line ${line}`
  return { value: inFile.get(known.key), where, byFlag: false }
}

/** The text of a flag or a variable as the file would hold it. */
function asUsual(given: string, { usual }: WithoutEffect): unknown {
  if (typeof usual === 'boolean') return given === 'true' ? true : given === 'false' ? false : given
  return typeof usual === 'number' && /^[+-]?\d+$/.test(given) ? Number(given) : given
}

function asksForNothing(value: unknown, { usual }: WithoutEffect): boolean {
  if (usual === undefined || value === usual) return true
  if (typeof value !== 'string' || typeof usual !== 'string') return false
  const duration = parseDuration(value)
  return duration !== null && duration === parseDuration(usual)
}
