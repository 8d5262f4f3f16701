import type { Clock, Metrics } from '../util/index.ts'
import type { Application } from './application.ts'

/** CometBFT's buckets, in seconds. */
const BUCKETS = [0.0001, 0.0004, 0.002, 0.009, 0.02, 0.1, 0.65, 2, 6, 25]

/** Every method but `close`, with CometBFT's name for it. Check waits for nobody there, so its type is another. */
const METHODS = {
  info: 'info',
  initChain: 'init_chain',
  checkTx: 'check_tx',
  prepareProposal: 'prepare_proposal',
  processProposal: 'process_proposal',
  extendVote: 'extend_vote',
  verifyVoteExtension: 'verify_vote_extension',
  finalizeBlock: 'finalize_block',
  commit: 'commit',
  query: 'query',
  listSnapshots: 'list_snapshots',
  offerSnapshot: 'offer_snapshot',
  loadSnapshotChunk: 'load_snapshot_chunk',
  applySnapshotChunk: 'apply_snapshot_chunk'
} as const satisfies Record<Exclude<keyof Application, 'close'>, string>

/** An application whose calls are timed, from the call to the answer (CometBFT proxy/metrics.go). */
export function meteredApp(app: Application, metrics: Metrics, clock: Clock): Application {
  const timing = metrics.histogram(
    'abci_connection',
    'method_timing_seconds',
    'Timing for each ABCI method.',
    {
      labels: ['method', 'type'],
      buckets: BUCKETS
    }
  )
  const timed = <A extends unknown[], R>(
    method: keyof typeof METHODS,
    call: (...args: A) => Promise<R>
  ): ((...args: A) => Promise<R>) => {
    const labels = { method: METHODS[method], type: method === 'checkTx' ? 'async' : 'sync' }
    return async (...args) => {
      const startedMs = clock.monotonic()
      try {
        return await call.apply(app, args)
      } finally {
        timing.observe((clock.monotonic() - startedMs) / 1000, labels)
      }
    }
  }
  return {
    info: timed('info', app.info),
    initChain: timed('initChain', app.initChain),
    checkTx: timed('checkTx', app.checkTx),
    prepareProposal: timed('prepareProposal', app.prepareProposal),
    processProposal: timed('processProposal', app.processProposal),
    extendVote: timed('extendVote', app.extendVote),
    verifyVoteExtension: timed('verifyVoteExtension', app.verifyVoteExtension),
    finalizeBlock: timed('finalizeBlock', app.finalizeBlock),
    commit: timed('commit', app.commit),
    query: timed('query', app.query),
    listSnapshots: timed('listSnapshots', app.listSnapshots),
    offerSnapshot: timed('offerSnapshot', app.offerSnapshot),
    loadSnapshotChunk: timed('loadSnapshotChunk', app.loadSnapshotChunk),
    applySnapshotChunk: timed('applySnapshotChunk', app.applySnapshotChunk),
    close: () => app.close()
  }
}
