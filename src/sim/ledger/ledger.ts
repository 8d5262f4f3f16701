import type {
  Application,
  AppStore,
  CommitInfo,
  FinalizeBlockRequest,
  FinalizeBlockResponse
} from '../../app/index.ts'
import type { SignatureVerifier } from '../../crypto/index.ts'
import {
  type Block,
  type BlockId,
  type BlockIdKey,
  blockIdKey,
  type Commit,
  type Genesis,
  type Height,
  type Hex,
  NIL_BLOCK_ID,
  type Proposal,
  type Vote
} from '../../types/index.ts'
import type { SimApp } from '../apps/index.ts'
import type { Fail } from '../checkers/fail.ts'
import { misbehaviorOf, type OffenceName, offenceOf, whyEvidenceIsWrong } from './evidence.ts'
import type { Fork, ForkSide } from './fork.ts'
import { paramsHash, proposalBytes, resultsHash, voteBytes } from './hashes.ts'
import { changed, genesisSet, type MemberSet, nextTurn, proposerAt } from './validators.ts'
import { type ChainTip, whyBlockIsWrong, whyCommitIsWrong } from './verify-block.ts'

/** A block that some node committed, as the ledger keeps it. */
export interface LedgerEntry {
  readonly height: Height
  readonly key: BlockIdKey
  readonly block: Block
  /** Round in which the first node to commit it saw it decided. */
  readonly round: number
  /** After the block, by the ledger's own copy of the app. */
  readonly appHash: Hex
}

export interface LedgerParts {
  readonly genesis: Genesis
  /** A fresh app that only the ledger feeds. */
  readonly app: Application
  /** Where that app keeps its state, and what is known of its kind. */
  readonly appStore: AppStore
  readonly simApp: SimApp
  readonly verifier: SignatureVerifier
  /** A committed block is not what it should be. */
  readonly fail: Fail
  /** Two nodes committed different blocks of one height. */
  readonly onFork: (fork: Fork) => void
  /** Whether evidence against this address can be true. */
  readonly isHonest: (address: Hex) => boolean
}

/** What a node says it committed. */
export interface CommittedBlock {
  readonly by: string
  readonly block: Block
  readonly blockId: BlockId
  readonly seenCommit: Commit
  /** The node's app hash after it, when it is known. */
  readonly appHash: Hex | null
}

/**
 * The chain as an outsider sees it. The first node to commit a height defines it; the block is then verified and
 * executed here, apart from the node's own code, and every other node is compared with it.
 */
export class Ledger {
  readonly #parts: LedgerParts
  readonly #entries = new Map<Height, LedgerEntry>()
  readonly #sets = new Map<Height, MemberSet>()
  readonly #claims = new Map<Height, CommittedBlock>()
  /** Offences that a block has carried. */
  readonly #punished = new Set<OffenceName>()
  #tip: ChainTip
  #work: Promise<void> = Promise.resolve()

  private constructor(parts: LedgerParts, tip: ChainTip) {
    this.#parts = parts
    this.#tip = tip
    this.#sets.set(tip.height, tip.set)
    this.#sets.set(tip.height + 1, tip.nextSet)
  }

  static async open(parts: LedgerParts): Promise<Ledger> {
    const { genesis, app } = parts
    const { appVersion } = await app.info()
    const validators = genesis.validators.map(({ publicKey, power }) => ({ publicKey, power }))
    const { appHash } = await app.initChain({
      time: genesis.genesisTime,
      chainId: genesis.chainId,
      consensusParams: genesis.consensusParams,
      validators,
      appState: genesis.appState,
      initialHeight: genesis.initialHeight
    })
    const set = genesisSet(validators)
    return new Ledger(parts, {
      chainId: genesis.chainId,
      initialHeight: genesis.initialHeight,
      height: genesis.initialHeight,
      lastBlockId: NIL_BLOCK_ID,
      lastBlockTime: genesis.genesisTime,
      lastSet: null,
      set,
      nextSet: nextTurn(set),
      appVersion,
      appHash: Buffer.from(appHash).toString('hex'),
      resultsHash: resultsHash([]),
      paramsHash: paramsHash(genesis.consensusParams.block)
    })
  }

  /** The app that has executed every block there is. */
  get app(): Application {
    return this.#parts.app
  }

  /** The newest height that some node committed. */
  get height(): Height {
    return this.#claims.size === 0
      ? this.#tip.initialHeight - 1
      : this.#tip.initialHeight - 1 + this.#claims.size
  }

  get punishments(): number {
    return this.#punished.size
  }

  isPunished(offence: OffenceName): boolean {
    return this.#punished.has(offence)
  }

  entry(height: Height): LedgerEntry | undefined {
    return this.#entries.get(height)
  }

  /** Who may sign a height; undefined while that is not settled. */
  setAt(height: Height): MemberSet | undefined {
    return this.#sets.get(height)
  }

  proposerOf(height: Height, round: number): Hex | undefined {
    const set = this.#sets.get(height)
    return set && proposerAt(set, round)
  }

  /** Whether a validator of that height signed this vote; null while its set is not settled. */
  isSignedVote(vote: Vote): boolean | null {
    const member = this.#sets
      .get(vote.height)
      ?.members.find(({ address }) => address === vote.validatorAddress)
    if (member === undefined) return null
    const { verifier, genesis } = this.#parts
    return verifier.verify(member.key, voteBytes(genesis.chainId, vote.type, vote), vote.signature)
  }

  /** Whether the proposer of its height and round signed this proposal; null while that is not settled. */
  isSignedProposal(proposal: Proposal): boolean | null {
    const set = this.#sets.get(proposal.height)
    const address = set && proposerAt(set, proposal.round)
    const member = set?.members.find(other => other.address === address)
    if (member === undefined) return null
    const { verifier, genesis } = this.#parts
    return verifier.verify(member.key, proposalBytes(genesis.chainId, proposal), proposal.signature)
  }

  /** A node committed a block: it must be the one that others committed, and the first claim is verified. */
  claim(committed: CommittedBlock): void {
    const { block, blockId, by } = committed
    const { height } = block.header
    const first = this.#claims.get(height)
    if (first !== undefined) {
      if (blockIdKey(first.blockId) !== blockIdKey(blockId)) {
        const [one, other] = [sideOf(first), sideOf(committed)]
        this.#parts.onFork({ height, sides: [one, other] })
        return
      }
      this.#work = this.#work.then(() => this.#compareAppHash(committed))
      return
    }
    if (height !== this.height + 1) {
      this.#parts.fail(
        'validity',
        `${by} committed height ${height} when nobody had height ${this.height + 1}`
      )
      return
    }
    this.#claims.set(height, committed)
    this.#work = this.#work.then(() => this.#extend(committed))
  }

  /** Resolves when every claim is verified. */
  settled(): Promise<void> {
    return this.#work
  }

  async #extend(committed: CommittedBlock): Promise<void> {
    const { block, blockId, seenCommit, by } = committed
    const { verifier, fail, app } = this.#parts
    const tip = this.#tip
    const { height } = tip
    const wrong = whyBlockIsWrong(tip, blockId, block, verifier)
    if (wrong !== null) fail('validity', `block ${height}, committed by ${by}, is invalid: ${wrong}`)
    this.#judgeEvidence(committed)
    const undecided = whyCommitIsWrong(tip.chainId, tip.set, height, blockId, seenCommit, verifier)
    if (undecided !== null) {
      fail('validity', `the commit with which ${by} decided height ${height} proves nothing: ${undecided}`)
    }
    const request = {
      txs: block.txs,
      decidedLastCommit: commitInfo(block.lastCommit, tip.lastSet),
      misbehavior: misbehaviorOf(block.evidence),
      hash: blockId.hash,
      height,
      time: block.header.time,
      nextValidatorsHash: block.header.nextValidatorsHash,
      proposerAddress: block.header.proposerAddress
    }
    const response = await app.finalizeBlock(request)
    await app.commit()
    await this.#judgeApp(request, response)
    const appHash = Buffer.from(response.appHash).toString('hex')
    const afterNext = nextTurn(changed(tip.nextSet, response.validatorUpdates))
    this.#tip = {
      ...tip,
      height: height + 1,
      lastBlockId: blockId,
      lastBlockTime: block.header.time,
      lastSet: tip.set,
      set: tip.nextSet,
      nextSet: afterNext,
      appHash,
      resultsHash: resultsHash(response.txResults)
    }
    this.#sets.set(height + 2, afterNext)
    this.#entries.set(height, { height, key: blockIdKey(blockId), block, round: seenCommit.round, appHash })
    this.#compareAppHash(committed)
  }

  /** Evidence must prove something, once, and never against who is honest. */
  #judgeEvidence({ by, block }: CommittedBlock): void {
    const { fail, verifier, isHonest, genesis } = this.#parts
    const { height } = block.header
    const { maxAgeNumBlocks, maxAgeDuration } = genesis.consensusParams.evidence
    const witness = {
      maxAge: { blocks: maxAgeNumBlocks, nanos: maxAgeDuration },
      chainId: genesis.chainId,
      height,
      setAt: (at: Height) => this.#sets.get(at),
      timeAt: (at: Height) => this.#entries.get(at)?.block.header.time,
      verifier
    }
    for (const evidence of block.evidence) {
      const offence = offenceOf(evidence)
      if (offence !== null && isHonest(offence.culprit))
        fail('soundness', `block ${height} punishes an honest validator: ${offence.name}`)
      const wrong = whyEvidenceIsWrong(evidence, witness)
      if (wrong !== null)
        fail('validity', `evidence in block ${height}, committed by ${by}, is wrong: ${wrong}`)
      if (offence === null) continue
      if (this.#punished.has(offence.name)) fail('validity', `block ${height} punishes ${offence.name} again`)
      this.#punished.add(offence.name)
    }
  }

  /** Who is slashed must be guilty, who is guilty slashed, and no token may appear or vanish. */
  async #judgeApp(request: FinalizeBlockRequest, response: FinalizeBlockResponse): Promise<void> {
    const { simApp, appStore, isHonest, fail } = this.#parts
    const unjust = simApp.whySlashingIsWrong(request, response, isHonest)
    if (unjust !== null) fail('soundness', `in block ${request.height} ${unjust}`)
    const wrong = await simApp.whyStateIsWrong(appStore)
    if (wrong !== null) fail('conservation', `after block ${request.height} ${wrong}`)
  }

  #compareAppHash({ by, block, appHash }: CommittedBlock): void {
    const { height } = block.header
    const expected = this.#entries.get(height)?.appHash
    if (appHash === null || expected === undefined || appHash === expected) return
    this.#parts.fail(
      'determinism',
      `after block ${height} ${by} has app hash ${appHash}, a replay gives ${expected}`
    )
  }
}

function sideOf({ by, blockId, seenCommit }: CommittedBlock): ForkSide {
  return { by, value: blockIdKey(blockId), commit: seenCommit }
}

function commitInfo(commit: Commit | null, signers: MemberSet | null): CommitInfo {
  if (commit === null || signers === null || commit.signatures.length === 0) return { round: 0, votes: [] }
  return {
    round: commit.round,
    votes: signers.members.map(({ address, power }, index) => ({
      validator: { address, power },
      blockIdFlag: commit.signatures[index]?.blockIdFlag ?? 1
    }))
  }
}
