import { BlockStore, StateStore, Wal } from '../blockstore/index.ts'
import { TxPool } from '../mempool/index.ts'
import type { ExtendedCommit } from '../types/index.ts'
import { BlockExecutor, blockRoom } from './block-executor.ts'
import { DEFAULT_FAULT_OPTIONS, openFaultBooks } from './faults/index.ts'
import { initialState, replayBlocks } from './handshake.ts'
import { withoutExtensions } from './last-commit.ts'
import { Node, type NodeOptions, type NodePorts, type OpenParts } from './node.ts'
import { NodeEvents } from './node-events.ts'
import { hasSignedSince } from './signer/index.ts'
import { readJournal } from './wal-replay.ts'

/**
 * Opens stores, application and log, and brings all of them to the height of the block store. Throws a typed error
 * with one clear line when that cannot be; nothing is signed or sent before {@link Node.start}.
 */
export async function openNode(ports: NodePorts, options: NodeOptions): Promise<Node> {
  const { store, files, app, clock, logger, metrics, verifier } = ports
  const stateStore = await StateStore.open(store, options)
  const blockStore = await BlockStore.open({ store, fileSystem: files, directory: options.blockDirectory })
  const handshake = {
    app,
    blockStore,
    stateStore,
    genesis: options.genesis,
    logger: logger.child('handshake')
  }
  const start = await initialState(handshake)
  const txPool = new TxPool({
    app,
    config: options.txPool,
    room: blockRoom(start.state),
    height: start.state.lastBlockHeight,
    metrics
  })
  const events = new NodeEvents(logger.child('events'))
  const appliedListeners: OpenParts['appliedListeners'] = new Set()
  const pendingListeners: OpenParts['pendingListeners'] = new Set()
  const faultBooks = await openFaultBooks(
    {
      store,
      blockStore,
      stateStore,
      verifier,
      logger: logger.child('evidence'),
      options: { ...DEFAULT_FAULT_OPTIONS, ...options.faults },
      onPending: evidence => {
        for (const listener of pendingListeners) listener(evidence)
      },
      onFatal: options.onFatal
    },
    start.state
  )
  const executor = new BlockExecutor(
    {
      app,
      blockStore,
      stateStore,
      txPool,
      evidence: faultBooks.keeper,
      verifier,
      clock,
      logger: logger.child('executor'),
      onApplied: applied => {
        for (const listener of appliedListeners) listener(applied)
      }
    },
    loadSeenCommit(blockStore)
  )
  const state = await replayBlocks(handshake, executor, start)
  const wal = await Wal.open({
    fileSystem: files,
    directory: options.walDirectory,
    clock,
    logger: logger.child('wal'),
    ...(options.walFileBytes !== undefined && { maxFileBytes: options.walFileBytes })
  })
  const logged = await readJournal(wal, state.lastBlockHeight, logger.child('wal'))
  // Where nothing was signed there is nothing to forget: the height begins here, so that it is whole for the next start.
  if (!logged.hasStart && !hasSignedSince(options.signer, state)) {
    wal.append({ kind: 'endHeight', height: state.lastBlockHeight })
  }
  return new Node(ports, options, {
    blockStore,
    stateStore,
    txPool,
    executor,
    events,
    wal,
    logged,
    state,
    faultBooks,
    appliedListeners,
    pendingListeners
  })
}

function loadSeenCommit(store: BlockStore): ExtendedCommit | null {
  if (store.height === 0) return null
  const extended = store.loadExtendedCommit(store.height)
  if (extended !== null) return extended
  const seen = store.loadSeenCommit(store.height)
  return seen && withoutExtensions(seen)
}
