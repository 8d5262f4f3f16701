import { MemoryKeyValueStore } from '../../../src/blockstore/index.ts'
import { type SignatureVerifier, signEd25519, verifySignature } from '../../../src/crypto/index.ts'
import {
  type EvidenceContext,
  EvidencePool,
  type EvidencePoolParts,
  type EvidenceStore
} from '../../../src/evidence/index.ts'
import type { VerifiedProposal, VerifiedVote } from '../../../src/mempool/index.ts'
import { markVerifiedProposal, markVerifiedVote } from '../../../src/mempool/verified.ts'
import {
  addNanos,
  BLOCK_ID_FLAG,
  type Block,
  type BlockId,
  type BlockIdFlag,
  blockIdKey,
  type ChainState,
  type Commit,
  commitHash,
  DEFAULT_CONSENSUS_PARAMS,
  type Evidence,
  evidenceListHash,
  type Header,
  type Height,
  hashHeader,
  incrementProposerPriority,
  makeDuplicateProposalEvidence,
  makeDuplicateVoteEvidence,
  type Proposal,
  proposalSignBytes,
  proposerOfRound,
  type Timestamp,
  type ValidatorSet,
  type Vote,
  voteSignBytes,
  ZERO_TIME
} from '../../../src/types/index.ts'
import { silentLogger } from '../../../src/util/index.ts'
import { blockIdNamed, hashOf } from '../types/sample-values.ts'
import { ABSENT, type KeyedSet, makeKeyedSet } from '../types/signed-commits.ts'

export const CHAIN_ID = 'evidence-chain'
const GENESIS_TIME: Timestamp = { seconds: 1_700_000_000, nanos: 0 }
const NO_BYTES = new Uint8Array(0)
const SECOND = 1_000_000_000n

export interface BedOptions {
  readonly powers?: readonly bigint[]
  readonly maxAgeNumBlocks?: number
  readonly maxAgeDuration?: bigint
  readonly evidenceBytes?: number
  readonly blockTimeNanos?: bigint
}

/** A chain of blocks with real keys, one set throughout, whose proposer turns with every height. */
export class ChainBed {
  readonly keys: KeyedSet
  readonly verifier: SignatureVerifier & { checks: number }
  readonly headers = new Map<Height, Header>()
  readonly commits = new Map<Height, Commit>()
  readonly sets = new Map<Height, ValidatorSet>()
  readonly #blockTimeNanos: bigint
  state: ChainState

  constructor(options: BedOptions = {}) {
    this.keys = makeKeyedSet(options.powers ?? [10n, 10n, 10n, 10n])
    this.#blockTimeNanos = options.blockTimeNanos ?? SECOND
    this.verifier = {
      checks: 0,
      verify(...asked) {
        this.checks++
        return verifySignature(...asked)
      }
    }
    const evidence = {
      maxAgeNumBlocks: options.maxAgeNumBlocks ?? 100,
      maxAgeDuration: options.maxAgeDuration ?? 100n * SECOND,
      maxBytes: options.evidenceBytes ?? 1048576
    }
    const { set } = this.keys
    const next = incrementProposerPriority(set, 1)
    this.sets.set(1, set)
    this.sets.set(2, next)
    this.state = {
      chainId: CHAIN_ID,
      initialHeight: 1,
      lastBlockHeight: 0,
      lastBlockId: { hash: '', partSetHeader: { total: 0, hash: '' } },
      lastBlockTime: GENESIS_TIME,
      validators: set,
      nextValidators: next,
      lastValidators: null,
      lastHeightValidatorsChanged: 1,
      consensusParams: { ...DEFAULT_CONSENSUS_PARAMS, evidence },
      lastHeightConsensusParamsChanged: 1,
      lastResultsHash: '',
      appHash: '',
      appVersion: 0
    }
  }

  get height(): Height {
    return this.state.lastBlockHeight
  }

  readonly history = {
    headerAt: (height: Height) => this.headers.get(height) ?? null,
    commitAt: (height: Height) => this.commits.get(height) ?? null,
    validatorsAt: (height: Height) => this.sets.get(height) ?? null
  }

  get context(): EvidenceContext {
    return {
      ...this.history,
      chainId: CHAIN_ID,
      lastHeight: this.height,
      lastTime: this.state.lastBlockTime,
      params: this.state.consensusParams.evidence,
      verifier: this.verifier
    }
  }

  timeOf(height: Height): Timestamp {
    return addNanos(GENESIS_TIME, BigInt(height) * this.#blockTimeNanos)
  }

  /** The next block, not applied. `flags` is what each validator did in the height before. */
  nextBlock(evidence: readonly Evidence[] = [], flags: readonly BlockIdFlag[] = []): Block {
    const height = this.height + 1
    const lastCommit = this.#commitOf(height - 1, flags)
    const header: Header = {
      version: { block: 11, app: 0 },
      chainId: CHAIN_ID,
      height,
      time: this.timeOf(height),
      lastBlockId: this.state.lastBlockId,
      lastCommitHash: commitHash(lastCommit),
      dataHash: '',
      validatorsHash: this.keys.set.hash,
      nextValidatorsHash: this.keys.set.hash,
      consensusHash: hashOf('params'),
      appHash: hashOf(`app ${height}`),
      lastResultsHash: hashOf('results'),
      evidenceHash: evidenceListHash(evidence),
      proposerAddress: this.state.validators.proposer.address
    }
    return { header, txs: [], evidence, lastCommit }
  }

  /** Moves the chain on by `block`. */
  apply(block: Block): ChainState {
    const { height, time } = block.header
    if (block.lastCommit !== null && height > 1) this.commits.set(height - 1, block.lastCommit)
    this.headers.set(height, block.header)
    const next = incrementProposerPriority(this.state.nextValidators, 1)
    this.sets.set(height + 2, next)
    this.state = {
      ...this.state,
      lastBlockHeight: height,
      lastBlockId: { ...blockIdNamed(`parts ${height}`), hash: hashHeader(block.header) },
      lastBlockTime: time,
      lastValidators: this.state.validators,
      validators: this.state.nextValidators,
      nextValidators: next
    }
    return this.state
  }

  /** Commits empty blocks up to `height`. */
  grow(height: Height): this {
    while (this.height < height) this.apply(this.nextBlock())
    return this
  }

  vote(change: Partial<Vote> & { readonly validator?: number } = {}, chainId = CHAIN_ID): Vote {
    const { validator = 0, ...rest } = change
    const unsigned: Vote = {
      type: 'precommit',
      height: 1,
      round: 0,
      blockId: blockIdNamed('a'),
      timestamp: this.timeOf(change.height ?? 1),
      validatorAddress: this.keys.set.validators[validator]!.address,
      validatorIndex: validator,
      signature: NO_BYTES,
      extension: NO_BYTES,
      extensionSignature: NO_BYTES,
      ...rest
    }
    return {
      ...unsigned,
      signature: signEd25519(this.keys.seeds[validator]!, voteSignBytes(chainId, unsigned))
    }
  }

  /** Signed by the proposer of its round unless `signer` says otherwise. */
  proposal(change: Partial<Proposal> & { readonly signer?: number } = {}, chainId = CHAIN_ID): Proposal {
    const { signer, ...rest } = change
    const unsigned: Proposal = {
      height: 1,
      round: 0,
      polRound: -1,
      blockId: blockIdNamed('a'),
      timestamp: this.timeOf(1),
      signature: NO_BYTES,
      ...rest
    }
    const index = signer ?? this.proposerIndex(unsigned.height, unsigned.round)
    return {
      ...unsigned,
      signature: signEd25519(this.keys.seeds[index]!, proposalSignBytes(chainId, unsigned))
    }
  }

  proposerIndex(height: Height, round: number): number {
    const set = this.sets.get(height)!
    return set.indexByAddress.get(proposerOfRound(set, round).address)!
  }

  /** Evidence that a validator voted twice. */
  duplicateVote(
    place: {
      readonly height: Height
      readonly validator?: number
      readonly round?: number
      readonly type?: Vote['type']
    },
    blocks: readonly [BlockId, BlockId] = [blockIdNamed('a'), blockIdNamed('b')]
  ) {
    const [first, second] = blocks.map(blockId => this.vote({ ...place, blockId }))
    const evidence = makeDuplicateVoteEvidence(first!, second!, this.timeOf(place.height), this.keys.set)
    if (evidence === null) throw new RangeError('no such validator')
    return evidence
  }

  duplicateProposal(place: { readonly height: Height; readonly round?: number; readonly signer?: number }) {
    const { height, round = 0 } = place
    const signer = place.signer ?? this.proposerIndex(height, round)
    const [first, second] = ['a', 'b'].map(name =>
      this.proposal({ ...place, signer, blockId: blockIdNamed(name) })
    )
    const { address } = this.keys.set.validators[signer]!
    const evidence = makeDuplicateProposalEvidence(
      first!,
      second!,
      address,
      this.timeOf(height),
      this.keys.set
    )
    if (evidence === null) throw new RangeError('no such validator')
    return evidence
  }

  #commitOf(height: Height, flags: readonly BlockIdFlag[]): Commit {
    const blockId = this.state.lastBlockId
    if (height === 0) return { height: 0, round: 0, blockId, signatures: [] }
    const signatures = this.keys.set.validators.map(({ address }, index) => {
      const blockIdFlag = flags[index] ?? BLOCK_ID_FLAG.commit
      if (blockIdFlag === BLOCK_ID_FLAG.absent) return ABSENT
      return {
        blockIdFlag,
        validatorAddress: address,
        timestamp: this.timeOf(height),
        signature: new Uint8Array(64)
      }
    })
    return { height, round: 0, blockId, signatures }
  }
}

export function verifiedVote(vote: Vote): VerifiedVote {
  const { blockId } = vote
  return markVerifiedVote({ kind: 'vote', vote, id: '', blockIdKey: blockIdKey(blockId), power: 1n })
}

export function verifiedProposal(proposal: Proposal, proposer: string): VerifiedProposal {
  const key = blockIdKey(proposal.blockId)
  return markVerifiedProposal({
    kind: 'proposal',
    proposal,
    id: '',
    blockIdKey: key,
    proposer,
    proposerIndex: 0,
    power: 1n
  })
}

export interface PoolBed {
  readonly pool: EvidencePool
  readonly store: MemoryKeyValueStore
  readonly told: Evidence[]
  readonly failures: unknown[]
}

export async function openPool(
  bed: ChainBed,
  store: MemoryKeyValueStore = new MemoryKeyValueStore(),
  changed: Partial<EvidencePoolParts> = {}
): Promise<PoolBed> {
  const told: Evidence[] = []
  const failures: unknown[] = []
  const parts: EvidencePoolParts = {
    store,
    history: bed.history,
    verifier: bed.verifier,
    logger: silentLogger,
    onPending: evidence => told.push(evidence),
    onFatal: error => failures.push(error),
    ...changed
  }
  return { pool: await EvidencePool.open(parts, bed.state), store, told, failures }
}

/** Commits a block the way the node does: marks and state in one batch, then the pool is told. */
export async function commitBlock(
  bed: ChainBed,
  pool: EvidencePool,
  store: EvidenceStore,
  block: Block
): Promise<void> {
  const ops = pool.committedOps(block)
  const state = bed.apply(block)
  await store.batch(ops, { sync: false })
  pool.update(state, block)
  await pool.whenIdle()
}

/** The next block with what the pool proposes, checked by the pool as another node's would. */
export function proposedBlock(bed: ChainBed, pool: EvidencePool): Block {
  return bed.nextBlock(pool.pending(bed.state.consensusParams.evidence.maxBytes))
}

export const NEVER = ZERO_TIME
