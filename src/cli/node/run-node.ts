import { errorMessage, type Logger } from '../../util/index.ts'
import { EXIT, failureOf } from '../exit-codes.ts'

/** A node that has been started. */
export interface RunningNode {
  /** Resolves with the reason when the node stopped by itself; never rejects, and never resolves after {@link stop}. */
  readonly failed: Promise<unknown>
  stop(): Promise<void>
}

/** The part of `process` that says when to stop. */
export type ProcessEvents = Pick<NodeJS.EventEmitter, 'on' | 'off'>

export interface RunOptions {
  readonly start: () => Promise<RunningNode>
  readonly events: ProcessEvents
  readonly logger: Logger
  /** How long a stop may take before the process ends anyway, in milliseconds. */
  readonly stopTimeoutMs: number
  /** Ends the process at once; `line` says why, '' when a person asked for it. */
  readonly exitNow: (code: number, line: string) => void
}

type End =
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'failed'; readonly reason: unknown }
  | { readonly kind: 'exiting' }

/**
 * Runs a node until a signal asks it to stop. Rejects when it cannot start, and, after stopping it, when it failed. A
 * second signal, a signal while it starts, a stop that takes too long, and an error nobody caught end the process at
 * once: in a state nobody knows nothing more is signed, and recovery from a crash is what the write-ahead log is for.
 */
export async function runNode(options: RunOptions): Promise<void> {
  const { logger } = options
  const watch = watchProcess(options)
  try {
    const node = await options.start()
    watch.started()
    const failed = node.failed.then((reason): End => ({ kind: 'failed', reason }))
    const end = await Promise.race([watch.ended, failed])
    if (end.kind === 'exiting') return
    if (end.kind === 'signal') logger.info('stopping', { signal: end.signal })
    else logger.error('the node cannot go on', { reason: failureOf(end.reason).line })
    await stopInTime(node, options)
    if (end.kind === 'failed') throw end.reason
  } finally {
    watch.close()
  }
}

async function stopInTime(node: RunningNode, { logger, stopTimeoutMs, exitNow }: RunOptions): Promise<void> {
  const timer = setTimeout(() => {
    exitNow(EXIT.operating, `stopping took longer than ${stopTimeoutMs} ms: the process was ended`)
  }, stopTimeoutMs)
  try {
    await node.stop()
    logger.info('stopped')
  } catch (error) {
    logger.warn('could not stop cleanly', { reason: errorMessage(error) })
  } finally {
    clearTimeout(timer)
  }
}

interface ProcessWatch {
  readonly ended: Promise<End>
  /** From now on the first signal asks for a clean stop. */
  started(): void
  close(): void
}

function watchProcess({ events, exitNow }: RunOptions): ProcessWatch {
  let tell: (end: End) => void = () => {}
  const ended = new Promise<End>(resolve => {
    tell = resolve
  })
  let canStopCleanly = false
  const onSignal = (signal: string) => () => {
    if (!canStopCleanly) return leave(EXIT.operating, '')
    canStopCleanly = false
    tell({ kind: 'signal', signal })
  }
  const onError = (reason: unknown) => {
    const { exitCode, line } = failureOf(reason)
    const stack = reason instanceof Error && exitCode === EXIT.broken ? `\n${reason.stack}` : ''
    leave(exitCode, `${line}${stack}`)
  }
  const leave = (code: number, line: string) => {
    tell({ kind: 'exiting' })
    exitNow(code, line)
  }
  const listeners: readonly (readonly [string, (reason: unknown) => void])[] = [
    ['SIGINT', onSignal('SIGINT')],
    ['SIGTERM', onSignal('SIGTERM')],
    ['uncaughtException', onError],
    ['unhandledRejection', onError]
  ]
  for (const [event, listener] of listeners) events.on(event, listener)
  return {
    ended,
    started: () => {
      canStopCleanly = true
    },
    close: () => {
      for (const [event, listener] of listeners) events.off(event, listener)
    }
  }
}
