import { type DestinationStream, destination, type Logger as Pino, pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { errorMessage, type LogContext, type Logger, PnyxError } from '../../util/index.ts'
import { type LogLevels, parseLogLevels } from './log-levels.ts'

export interface ProcessLogger {
  readonly logger: Logger
  /** Writes what is still buffered; to be called before the process ends. */
  flush(): void
}

export interface LogOptions {
  /** As in config.toml: "info", "consensus:debug,*:error". */
  readonly levels: string
  readonly format: 'plain' | 'json'
  /** Colours in plain lines. */
  readonly colours: boolean
}

/** A logger that writes to the standard output of this process. */
export function makeProcessLogger(options: LogOptions): ProcessLogger {
  const out = destination({ dest: 1, sync: false })
  // A reader that went away must not bring a validator down.
  out.on('error', () => {})
  return { logger: makeLogger(options, out), flush: () => flushQuietly(() => out.flushSync()) }
}

/** The file descriptor may not be open yet, or not any more. */
function flushQuietly(flush: () => void): void {
  try {
    flush()
  } catch {
    // Nothing is lost that could still be written.
  }
}

/** A logger that writes whole lines to `out`. */
export function makeLogger({ levels, format, colours }: LogOptions, out: DestinationStream): Logger {
  const parsed = parseLogLevels(levels)
  const stream = format === 'json' ? out : plainStream(out, colours)
  const root = pino(
    {
      level: parsed.others,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) }
    },
    stream
  )
  return new PinoLogger(root, parsed)
}

/** Makes lines for people in this thread: a worker would lose the last lines of a crash. */
function plainStream(out: DestinationStream, colours: boolean): DestinationStream {
  const prettify = prettyFactory({
    colorize: colours,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'module',
    messageFormat: (log, messageKey) => `[${String(log.module ?? 'main')}] ${String(log[messageKey])}`,
    // Without this the field of an error would get a line of its own.
    errorLikeObjectKeys: [],
    singleLine: true
  })
  return { write: line => out.write(prettify(line)) }
}

/** The Logger port on pino. */
class PinoLogger implements Logger {
  readonly #pino: Pino
  readonly #levels: LogLevels
  readonly #module: string

  constructor(logger: Pino, levels: LogLevels, module = '') {
    this.#pino = logger
    this.#levels = levels
    this.#module = module
  }

  debug(message: string, context?: LogContext): void {
    if (this.#pino.isLevelEnabled('debug')) this.#pino.debug(readable(context), message)
  }
  info(message: string, context?: LogContext): void {
    if (this.#pino.isLevelEnabled('info')) this.#pino.info(readable(context), message)
  }
  warn(message: string, context?: LogContext): void {
    if (this.#pino.isLevelEnabled('warn')) this.#pino.warn(readable(context), message)
  }
  error(message: string, context?: LogContext): void {
    if (this.#pino.isLevelEnabled('error')) this.#pino.error(readable(context), message)
  }

  /** A child of a child is named `parent/child`; levels are found by the last name, then by the whole one. */
  child(module: string): Logger {
    const name = this.#module === '' ? module : `${this.#module}/${module}`
    const { byModule } = this.#levels
    const level = byModule.get(name) ?? byModule.get(module) ?? this.#pino.level
    return new PinoLogger(this.#pino.child({ module: name }, { level }), this.#levels, name)
  }
}

/** Context as JSON can hold it: bytes as hex, bigints in full, errors as code and message. */
function readable(context: LogContext | undefined): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(context ?? {})) shown[name] = readableValue(value)
  return shown
}

function readableValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (value instanceof Map || value instanceof Set) return [...value].map(readableValue)
  if (value instanceof PnyxError) return { code: value.code, message: value.message }
  return value instanceof Error ? { message: errorMessage(value) } : value
}
