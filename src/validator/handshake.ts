import type { Application } from '../app/index.ts'
import type { BlockStore, StateStore } from '../blockstore/index.ts'
import {
  applyInitChain,
  type ChainState,
  type Genesis,
  type Height,
  makeGenesisState
} from '../types/index.ts'
import { assert, type Logger } from '../util/index.ts'
import { AppCallError, callApp } from './app-call.ts'
import type { BlockExecutor } from './block-executor.ts'
import { withoutExtensions } from './last-commit.ts'
import { stateAfter } from './state-after.ts'

export interface HandshakeParts {
  readonly app: Application
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
  readonly genesis: Genesis
  readonly logger: Logger
}

/**
 * Where the chain starts from: the saved state, or the genesis state as the app wants it. An app that has seen nothing
 * is initialised, also when the stores are ahead, since then the blocks are replayed into it.
 */
export async function initialState(parts: HandshakeParts): Promise<{ state: ChainState; appHeight: Height }> {
  const { app, stateStore, genesis } = parts
  const info = await callApp('info', () => app.info())
  const saved = stateStore.loadState()
  if (info.lastBlockHeight !== 0) {
    if (saved !== null) return { state: saved, appHeight: info.lastBlockHeight }
    throw new AppCallError(
      'APP_AHEAD',
      `the application is at height ${info.lastBlockHeight}, but this node has no blocks: restore the node's data or reset the application`
    )
  }
  const fresh = { ...makeGenesisState(genesis), appVersion: info.appVersion }
  const answer = await callApp('initChain', () =>
    app.initChain({
      time: genesis.genesisTime,
      chainId: genesis.chainId,
      consensusParams: genesis.consensusParams,
      validators: genesis.validators.map(({ publicKey, power }) => ({ publicKey, power })),
      appState: genesis.appState,
      initialHeight: genesis.initialHeight
    })
  )
  const appHash = Buffer.from(answer.appHash).toString('hex')
  const state = applyInitChain(fresh, { ...answer, appHash })
  if (saved !== null) return { state: saved, appHeight: 0 }
  await stateStore.saveState(state, [])
  return { state, appHeight: 0 }
}

/**
 * Brings state and application to the height of the block store (CometBFT consensus/replay.go ReplayBlocks). A crash
 * leaves the state at most one block behind the block store; the application may be any number of blocks behind, or
 * one ahead of the state.
 */
export async function replayBlocks(
  parts: HandshakeParts,
  executor: BlockExecutor,
  start: { readonly state: ChainState; readonly appHeight: Height }
): Promise<ChainState> {
  const { blockStore, logger } = parts
  const { state, appHeight } = start
  const storeHeight = blockStore.height
  checkHeights(start, blockStore)
  if (storeHeight === 0) return state
  const firstHeight = appHeight === 0 ? state.initialHeight : appHeight + 1
  if (firstHeight <= storeHeight) {
    logger.info('replaying blocks into the application', { from: firstHeight, to: storeHeight })
  }
  for (let height = firstHeight; height <= state.lastBlockHeight; height++) {
    await replayIntoApp(parts, executor, height, state)
  }
  if (storeHeight === state.lastBlockHeight) return state
  const { block, blockId, seenCommit } = await loadDecided(blockStore, storeHeight)
  if (appHeight < storeHeight) return executor.apply(state, blockId, block, seenCommit)
  // The app has executed the newest block, only our state is missing: take the answer it gave.
  const response = parts.stateStore.loadResults(storeHeight)
  assert(
    response !== null,
    `results of block ${storeHeight} are missing though the application has executed it`
  )
  const next = stateAfter(state, blockId, block, response)
  await executor.saveApplied(next, block)
  return next
}

function checkHeights(
  { state, appHeight }: { state: ChainState; appHeight: Height },
  store: BlockStore
): void {
  if (appHeight > store.height) {
    throw new AppCallError(
      'APP_AHEAD',
      `the application is at height ${appHeight}, the block store at ${store.height}: restore the node's data, or roll the application back`
    )
  }
  if (store.height > 0 && appHeight + 1 < store.base) {
    throw new AppCallError(
      'APP_BEHIND_BASE',
      `the application is at height ${appHeight}, but blocks below ${store.base} are pruned here: restore the application from a snapshot`
    )
  }
  const lag = store.height - state.lastBlockHeight
  const isFirst = state.lastBlockHeight === 0 && store.height === state.initialHeight
  assert(
    lag === 0 || lag === 1 || isFirst,
    `state is at ${state.lastBlockHeight}, block store at ${store.height}`
  )
}

/** Runs a block whose state is saved already, and compares what the app makes of it now with what it made then. */
async function replayIntoApp(
  parts: HandshakeParts,
  executor: BlockExecutor,
  height: Height,
  saved: ChainState
): Promise<void> {
  const { block, blockId } = await loadDecided(parts.blockStore, height)
  const lastValidators = height === saved.initialHeight ? null : parts.stateStore.loadValidators(height - 1)
  const response = await executor.execute({ ...saved, lastValidators }, blockId, block)
  await callApp('commit', () => parts.app.commit())
  const appHash = Buffer.from(response.appHash).toString('hex')
  const expected =
    height === saved.lastBlockHeight ? saved.appHash : parts.blockStore.loadMeta(height + 1)?.header.appHash
  if (appHash === expected) return
  throw new AppCallError(
    'APP_HASH_MISMATCH',
    `replaying block ${height} gave app hash ${appHash || '(empty)'}, the chain has ${expected || '(empty)'}: the application is not deterministic or not the one that ran before`
  )
}

async function loadDecided(store: BlockStore, height: Height) {
  const block = await store.loadBlock(height)
  const meta = store.loadMeta(height)
  const seen =
    store.loadExtendedCommit(height) ?? asExtended(store.loadSeenCommit(height) ?? store.loadCommit(height))
  assert(block !== null && meta !== null && seen !== null, `block ${height} is not in the store`)
  return { block, blockId: meta.blockId, seenCommit: seen }
}

function asExtended(commit: Parameters<typeof withoutExtensions>[0] | null) {
  return commit && withoutExtensions(commit)
}
