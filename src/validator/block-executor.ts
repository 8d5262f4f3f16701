import type { Application, FinalizeBlockResponse } from '../app/index.ts'
import type { BlockStore, StateStore } from '../blockstore/index.ts'
import { tryDecode } from '../codec/index.ts'
import type { SignatureVerifier } from '../crypto/index.ts'
import type { BlockRoom, TxPool, VerifiedVote } from '../mempool/index.ts'
import {
  type Block,
  type BlockId,
  type ChainState,
  decodeBlock,
  type ExtendedCommit,
  encodeBlock,
  type Height,
  type Hex,
  hashHeader,
  MAX_BLOCK_SIZE_BYTES,
  makePartSet,
  maxDataBytes,
  NIL_BLOCK_ID,
  type Part,
  type Vote,
  verifyCommit
} from '../types/index.ts'
import { assert, type Clock, type Logger } from '../util/index.ts'
import { AppCallError, callApp } from './app-call.ts'
import { buildBlock } from './block-builder.ts'
import { checkBlock } from './block-validation.ts'
import { commitInfo, extendedCommitInfo, misbehaviorOf } from './commit-info.ts'
import type { EvidenceKeeper } from './evidence-keeper.ts'
import { LastCommit, toCommit } from './last-commit.ts'
import { stateAfter } from './state-after.ts'

/** A block that was applied, with all that came of it. */
export interface AppliedBlock {
  readonly block: Block
  readonly blockId: BlockId
  readonly response: FinalizeBlockResponse
  readonly state: ChainState
  readonly seenCommit: ExtendedCommit
  /** The app needs no block below this height any more; 0 for all. */
  readonly retainHeight: Height
  /** How long finalizeBlock took. */
  readonly processingMs: number
}

export interface ExecutorParts {
  readonly app: Application
  readonly blockStore: BlockStore
  readonly stateStore: StateStore
  readonly txPool: TxPool
  readonly evidence: EvidenceKeeper
  readonly verifier: SignatureVerifier
  readonly clock: Clock
  readonly logger: Logger
  /** Called after a block is applied and its state saved, in height order; must be quick and not throw. */
  readonly onApplied: (applied: AppliedBlock) => void
}

/** A block as block sync delivers it: bytes proved by parts, and the commit that decided it. */
export interface FetchedBlock {
  readonly bytes: Uint8Array
  readonly parts: readonly Part[]
  readonly seenCommit: ExtendedCommit
}

/** stale: that height is decided already. */
export type SyncOutcome = 'applied' | 'stale' | { readonly refused: string }

/** The last commit of the first block. */
const NO_COMMIT: ExtendedCommit = { height: 0, round: 0, blockId: NIL_BLOCK_ID, signatures: [] }

/** Builds, judges and applies blocks: the one place where consensus meets the application and the stores. */
export class BlockExecutor {
  readonly #parts: ExecutorParts
  #lastCommit: LastCommit | null

  /** `seenCommit`: of the newest stored block; null on a new chain. */
  constructor(parts: ExecutorParts, seenCommit: ExtendedCommit | null) {
    this.#parts = parts
    this.#lastCommit = seenCommit && new LastCommit(seenCommit)
  }

  /** Precommits for the newest block as far as they are in. */
  get lastCommit(): LastCommit | null {
    return this.#lastCommit
  }

  /** Takes a precommit for the newest block that came after its decision. */
  addLatePrecommit(vote: VerifiedVote): boolean {
    return this.#lastCommit?.add(vote) ?? false
  }

  /** Asks the app about the extension of another validator's precommit (ABCI VerifyVoteExtension). */
  acceptsExtension(vote: Vote): Promise<boolean> {
    const { blockId, validatorAddress, height, extension: voteExtension } = vote
    return callApp('verifyVoteExtension', () =>
      this.#parts.app.verifyVoteExtension({ hash: blockId.hash, validatorAddress, height, voteExtension })
    )
  }

  /** Makes a block on top of `state`, encoded once and cut into parts. */
  async build(
    state: ChainState,
    proposerAddress: Hex
  ): Promise<{ blockId: BlockId; parts: readonly Part[] }> {
    const { app, txPool, evidence } = this.#parts
    const extended = this.#lastCommit?.toExtendedCommit() ?? NO_COMMIT
    const lastCommit = toCommit(extended)
    const pending = evidence.pending(evidenceRoom(state))
    const block = await callApp('prepareProposal', () =>
      buildBlock(app, {
        state,
        lastCommit,
        lastCommitInfo: extendedCommitInfo(lastCommit, extended, state.lastValidators),
        evidence: pending,
        misbehavior: misbehaviorOf(pending),
        proposerAddress,
        reapTxs: (maxBytes, maxGas) => txPool.reap(maxBytes, maxGas)
      })
    )
    const { header, parts } = makePartSet(encodeBlock(block))
    return { blockId: { hash: hashHeader(block.header), partSetHeader: header }, parts }
  }

  /** Judges a complete block before it is voted for: null when it is valid and the app accepts it, else the reason. */
  async validate(state: ChainState, blockId: BlockId, block: Block): Promise<string | null> {
    const refusal = this.#check(state, block, false)
    if (refusal !== null) return refusal
    const { header, txs, evidence, lastCommit } = block
    const accepted = await callApp('processProposal', () =>
      this.#parts.app.processProposal({
        txs,
        proposedLastCommit: commitInfo(lastCommit, state.lastValidators),
        misbehavior: misbehaviorOf(evidence),
        hash: blockId.hash,
        height: header.height,
        time: header.time,
        nextValidatorsHash: header.nextValidatorsHash,
        proposerAddress: header.proposerAddress
      })
    )
    return accepted ? null : 'the application rejects it'
  }

  /**
   * Makes a decided block durable together with the commit that decided it, then executes it. The save is the point
   * of no return; everything after it is repeated from the store if the node dies.
   */
  async commit(
    state: ChainState,
    decided: { readonly blockId: BlockId; readonly block: Block; readonly parts: readonly Part[] },
    seenCommit: ExtendedCommit
  ): Promise<ChainState> {
    const refusal = this.#check(state, decided.block, true)
    assert(refusal === null, `a decided block is invalid: ${refusal}`)
    const { voteExtensionsEnableHeight: enabledAt } = state.consensusParams.abci
    const keepExtensions = enabledAt !== 0 && decided.block.header.height >= enabledAt
    await this.#parts.blockStore.saveBlock({
      ...decided,
      seenCommit: toCommit(seenCommit),
      extendedCommit: keepExtensions ? seenCommit : null
    })
    return this.apply(state, decided.blockId, decided.block, seenCommit)
  }

  /** Executes a stored block on the application and saves what came of it. Also for replay after a restart. */
  async apply(
    state: ChainState,
    blockId: BlockId,
    block: Block,
    seenCommit: ExtendedCommit
  ): Promise<ChainState> {
    const { stateStore, clock, onApplied } = this.#parts
    const startedMs = clock.monotonic()
    const response = await this.execute(state, blockId, block)
    const processingMs = clock.monotonic() - startedMs
    await stateStore.saveResults(block.header.height, response)
    const next = stateAfter(state, blockId, block, response)
    const retainHeight = await this.#commitApp(next, block, response)
    await this.saveApplied(next, block)
    this.#lastCommit = new LastCommit(seenCommit)
    onApplied({ block, blockId, response, state: next, seenCommit, retainHeight, processingMs })
    return next
  }

  /** Saves the state after a block the app has executed, and with it what of misbehaviour the block settles. */
  async saveApplied(next: ChainState, block: Block): Promise<void> {
    const { stateStore, evidence } = this.#parts
    await stateStore.saveState(next, evidence.committedOps(block))
    evidence.update(next, block)
  }

  /** Applies a block that a peer sent: proves it by its commit and by full validation. Text says why it is refused. */
  async applySynced(state: ChainState, fetched: FetchedBlock): Promise<ChainState | string> {
    const { seenCommit, bytes, parts } = fetched
    const commit = toCommit(seenCommit)
    const { chainId, validators } = state
    const { blockId, height } = seenCommit
    const unproved = verifyCommit(chainId, validators, blockId, height, commit, this.#parts.verifier)
    if (unproved !== null) return `its commit does not hold: ${unproved}`
    const decoded = tryDecode(decodeBlock, bytes)
    if (!decoded.ok || hashHeader(decoded.value.header) !== blockId.hash)
      return 'its parts are not the block it names'
    const refusal = this.#check(state, decoded.value, true)
    if (refusal !== null) return refusal
    return this.commit(state, { blockId, block: decoded.value, parts }, seenCommit)
  }

  /** Runs finalizeBlock and checks that the app answered within the contract. */
  async execute(state: ChainState, blockId: BlockId, block: Block): Promise<FinalizeBlockResponse> {
    const { header, txs, evidence, lastCommit } = block
    const response = await callApp('finalizeBlock', () =>
      this.#parts.app.finalizeBlock({
        txs,
        decidedLastCommit: commitInfo(lastCommit, state.lastValidators),
        misbehavior: misbehaviorOf(evidence),
        hash: blockId.hash,
        height: header.height,
        time: header.time,
        nextValidatorsHash: header.nextValidatorsHash,
        proposerAddress: header.proposerAddress
      })
    )
    if (response.txResults.length === txs.length) return response
    throw new AppCallError(
      'APP_BAD_RESPONSE',
      `the application answered finalizeBlock with ${response.txResults.length} results for ${txs.length} transactions`
    )
  }

  #check(state: ChainState, block: Block, isDecided: boolean): string | null {
    const { verifier, evidence } = this.#parts
    return checkBlock(state, block, verifier, candidate => evidence.check(state, candidate, isDecided))
  }

  /** The app's commit, with new transactions held back until the pool has taken out what the block committed. */
  #commitApp(next: ChainState, block: Block, response: FinalizeBlockResponse): Promise<Height> {
    const { app, txPool } = this.#parts
    return txPool.runLocked(async () => {
      const { retainHeight } = await callApp('commit', () => app.commit())
      await txPool.update({
        height: block.header.height,
        txs: block.txs,
        results: response.txResults,
        room: blockRoom(next)
      })
      return retainHeight
    })
  }
}

/** How much room for transactions a block on top of `state` has. */
export function blockRoom(state: ChainState): BlockRoom {
  const { maxBytes, maxGas } = state.consensusParams.block
  const blockBytes = maxBytes === -1 ? MAX_BLOCK_SIZE_BYTES : maxBytes
  return { maxDataBytes: maxDataBytes(blockBytes, 0, state.validators.validators.length), maxGas }
}

/** How much evidence a block on top of `state` may carry: never more than leaves room for the block's own frame. */
function evidenceRoom(state: ChainState): number {
  return Math.min(state.consensusParams.evidence.maxBytes, blockRoom(state).maxDataBytes)
}
