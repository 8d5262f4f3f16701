import type { LevelWithSilent } from 'pino'

/** What to log: a level for everything, and others for the modules named. */
export interface LogLevels {
  readonly others: LevelWithSilent
  readonly byModule: ReadonlyMap<string, LevelWithSilent>
}

const LEVELS: Readonly<Record<string, LevelWithSilent>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  none: 'silent'
}

/**
 * Reads "info" or "consensus:debug,*:error" (CometBFT's log_level); modules not named have the level of `*`, or info.
 * The text has been checked with the other settings; a level that is unknown here counts as info.
 */
export function parseLogLevels(text: string): LogLevels {
  const byModule = new Map<string, LevelWithSilent>()
  for (const entry of text.split(',')) {
    const colon = entry.lastIndexOf(':')
    const module = colon < 0 ? '*' : entry.slice(0, colon)
    byModule.set(module, LEVELS[entry.slice(colon + 1)] ?? 'info')
  }
  const others = byModule.get('*') ?? 'info'
  byModule.delete('*')
  return { others, byModule }
}
