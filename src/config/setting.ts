import type { RawValue } from './field.ts'

/** Where a setting came from; the first of flag, environment, file, default that gives it wins. */
export type Source = 'flag' | 'environment' | 'file' | 'default'

export interface ResolveInput {
  /** Text of config.toml, null when there is none. */
  readonly fileText: string | null
  /** Its path, for messages. */
  readonly filePath: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Text of each flag given, by {@link settingName}. */
  readonly flags: Readonly<Record<string, string>>
}

export interface Setting {
  readonly value: RawValue
  readonly source: Source
  /** True also where somebody wrote the default down. */
  readonly isDefault: boolean
  /** The value may hold a password. */
  readonly isSecret?: true
}

/** Stands for a value that is not shown. */
export const HIDDEN = '(set)'

/** The value for people to see. */
export function shownValue({ value, isDefault, isSecret }: Setting): RawValue {
  return isSecret === true && !isDefault ? HIDDEN : value
}
