import { type EventIndex, EventIndexer } from '../../blockstore/index.ts'
import type { Config } from '../../config/index.ts'
import type { NodeView } from '../../rpc/index.ts'
import type { Logger } from '../../util/index.ts'
import type { Node } from '../../validator/index.ts'
import type { Closers } from './closers.ts'

export interface IndexerParts {
  readonly config: Config
  readonly node: Node
  readonly logger: Logger
  readonly closers: Closers
}

/** Starts what config.toml asks for beside the node, from where it ended last time. */
export async function startIndexer(parts: IndexerParts): Promise<NodeView['index']> {
  const { indexer } = parts.config.txIndex
  if (indexer === 'kv') return startKv(parts)
  if (indexer === 'null') return null
  await startPsql(parts)
  return 'elsewhere'
}

async function startKv({ node, logger, closers }: IndexerParts): Promise<EventIndex> {
  const { store, metrics } = node.ports
  const parts = {
    store,
    metrics,
    blocks: node.blockStore,
    results: node.stateStore,
    logger: logger.child('indexer')
  }
  const indexer = await EventIndexer.open(parts, node.state.lastBlockHeight)
  closers.add(() => indexer.stop())
  feed(indexer, node, closers)
  return indexer.index
}

/** The driver is loaded by those who use it alone. */
async function startPsql({ config, node, logger, closers }: IndexerParts): Promise<void> {
  const { connectPostgres, PsqlSink, storedBlocks } = await import('../../psql-sink/index.ts')
  const { clock, metrics } = node.ports
  const sink = PsqlSink.open(
    {
      connect: connectPostgres(config.txIndex.psqlConn),
      chainId: node.options.genesis.chainId,
      blocks: storedBlocks(node.blockStore, node.stateStore),
      clock,
      metrics,
      logger: logger.child('indexer')
    },
    node.state.lastBlockHeight
  )
  closers.add(() => sink.stop())
  feed(sink, node, closers)
}

function feed(indexer: Pick<EventIndexer, 'noteApplied'>, node: Node, closers: Closers): void {
  const unsubscribe = node.events.subscribe(event => {
    if (event.kind === 'blockApplied') indexer.noteApplied(event.block, event.results)
  })
  closers.add(async () => unsubscribe())
}
