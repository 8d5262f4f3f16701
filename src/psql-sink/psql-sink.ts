import type { FinalizeBlockResponse } from '../app/index.ts'
import type { Block, Height } from '../types/index.ts'
import { type Clock, errorMessage, type Gauge, type Logger, type Metrics, noMetrics } from '../util/index.ts'
import type { Connect, SqlConnection } from './connection.ts'
import { ensureSchema } from './schema.ts'
import type { AppliedBlock, StoredBlocks } from './stored-blocks.ts'
import { highestHeight, writeHeight } from './write-height.ts'

export interface PsqlSinkParts {
  readonly connect: Connect
  readonly chainId: string
  readonly blocks: StoredBlocks
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics?: Metrics
}

/** Blocks kept in memory until they are written; those that do not fit are read from the disk when their turn comes. */
const MAX_WAITING = 16
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 30_000
/** In a long catch-up, one line this often. */
const PROGRESS_HEIGHTS = 10_000

/**
 * Writes applied blocks to PostgreSQL one after the other, off the commit path. How far it came is what the database
 * holds: each height is one transaction, so a crash on either side leaves nothing half done and nothing twice. While
 * the database is away the node goes on, and what it missed follows from the stored blocks.
 */
export class PsqlSink {
  readonly #parts: PsqlSinkParts
  readonly #waiting = new Map<Height, AppliedBlock>()
  readonly #tipGauge: Gauge
  readonly #lagGauge: Gauge
  #connection: SqlConnection | null = null
  /** The highest height written; null until the database was asked. */
  #tip: Height | null = null
  #target: Height
  #working: Promise<void> | null = null
  #stopped = false
  #skippedFrom: Height | null = null
  #trouble: string | null = null
  #retryMs = FIRST_RETRY_MS
  #endPause: () => void = () => {}

  private constructor(parts: PsqlSinkParts, appliedHeight: Height) {
    const metrics = parts.metrics ?? noMetrics
    this.#parts = parts
    this.#target = appliedHeight
    this.#tipGauge = metrics.gauge('indexer', 'height', 'Highest height in the index of events.')
    this.#lagGauge = metrics.gauge('indexer', 'lag_blocks', 'Applied blocks that are not indexed yet.')
  }

  /** Begins to connect and to catch up with `appliedHeight`, the newest height whose results are stored. */
  static open(parts: PsqlSinkParts, appliedHeight: Height): PsqlSink {
    const sink = new PsqlSink(parts, appliedHeight)
    sink.#goOn()
    return sink
  }

  /** The highest height written so far; 0 for none, or before the database was asked. */
  get height(): Height {
    return this.#tip ?? 0
  }

  /** Takes note of a block that was applied; returns at once. Heights come in order. */
  noteApplied(block: Block, results: FinalizeBlockResponse): void {
    const { height } = block.header
    if (this.#waiting.size < MAX_WAITING && height > this.height)
      this.#waiting.set(height, { block, results })
    this.#target = Math.max(this.#target, height)
    this.#goOn()
  }

  /** Resolves when everything told of so far is written, or writing ended. */
  async whenIdle(): Promise<void> {
    while (this.#working !== null) await this.#working
  }

  /** Ends at once; what was left out is written after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#disconnect()
    this.#endPause()
    await this.whenIdle()
    this.#disconnect()
  }

  #goOn(): void {
    this.#measure()
    if (this.#isDone()) return
    this.#working ??= this.#work().finally(() => {
      this.#working = null
    })
  }

  #isDone(): boolean {
    return this.#stopped || (this.#tip !== null && this.#tip >= this.#target)
  }

  async #work(): Promise<void> {
    while (!this.#isDone()) {
      try {
        const connection = await this.#connected()
        this.#tip ??= await this.#findTip(connection)
        if (this.#tip < this.#target) await this.#next(connection, this.#tip + 1)
        this.#tellRecovered()
      } catch (error) {
        this.#disconnect()
        if (this.#stopped) return
        this.#tellTrouble(errorMessage(error))
        await this.#pause()
      }
    }
  }

  async #connected(): Promise<SqlConnection> {
    if (this.#connection === null) {
      const connection = await this.#parts.connect()
      this.#connection = connection
      if (this.#stopped) this.#disconnect()
      await ensureSchema(connection)
    }
    return this.#connection!
  }

  async #findTip(connection: SqlConnection): Promise<Height> {
    const { chainId, logger } = this.#parts
    const highest = await highestHeight(connection, chainId)
    if (highest > this.#target) {
      logger.warn(
        'the database is ahead of this node: another node writes it, or it holds an older chain of this name',
        { database: highest, height: this.#target, chain: chainId }
      )
    }
    logger.info('blocks go to PostgreSQL', { from: Math.min(highest, this.#target) + 1 })
    return Math.min(highest, this.#target)
  }

  async #next(connection: SqlConnection, height: Height): Promise<void> {
    const { blocks, chainId } = this.#parts
    const base = blocks.base()
    if (height < base) {
      // A database without any block of the chain begins where the node does.
      if (height > 1) this.#skippedFrom ??= height
      return this.#reached(Math.min(base - 1, this.#target))
    }
    const applied = this.#waiting.get(height) ?? (await blocks.load(height))
    if (applied === null) this.#skippedFrom ??= height
    else {
      this.#tellSkipped(height)
      await writeHeight(connection, chainId, applied)
    }
    this.#reached(height)
  }

  #tellSkipped(height: Height): void {
    if (this.#skippedFrom === null) return
    this.#parts.logger.warn('blocks or results that are not stored any more stay out of the database', {
      from: this.#skippedFrom,
      to: height - 1
    })
    this.#skippedFrom = null
  }

  #reached(height: Height): void {
    for (const waiting of this.#waiting.keys()) if (waiting <= height) this.#waiting.delete(waiting)
    this.#tip = height
    this.#measure()
    if (height % PROGRESS_HEIGHTS === 0 && height < this.#target) {
      this.#parts.logger.info('writing stored blocks to PostgreSQL', { height, to: this.#target })
    }
  }

  #disconnect(): void {
    this.#connection?.close()
    this.#connection = null
  }

  /** Once for each kind of trouble: a database that is away for a night must not fill the log. */
  #tellTrouble(reason: string): void {
    if (this.#trouble === reason) return
    this.#trouble = reason
    this.#parts.logger.error('PostgreSQL takes no blocks; trying again', { height: this.height, reason })
  }

  #tellRecovered(): void {
    if (this.#trouble !== null)
      this.#parts.logger.info('PostgreSQL takes blocks again', { height: this.height })
    this.#trouble = null
    this.#retryMs = FIRST_RETRY_MS
  }

  #pause(): Promise<void> {
    const delayMs = this.#retryMs
    this.#retryMs = Math.min(2 * delayMs, LAST_RETRY_MS)
    return new Promise(resolve => {
      const timer = this.#parts.clock.setTimer(delayMs, resolve)
      this.#endPause = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  #measure(): void {
    if (this.#tip !== null) this.#tipGauge.set(this.#tip)
    this.#lagGauge.set(this.#target - (this.#tip ?? 0))
  }
}
