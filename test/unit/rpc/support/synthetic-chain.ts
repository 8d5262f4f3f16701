import type { AppEvent, ExecTxResult, FinalizeBlockResponse } from '../../../../src/app/index.ts'
import { addressOf, publicKeyOf, sha256, signEd25519 } from '../../../../src/crypto/index.ts'
import {
  BLOCK_ID_FLAG,
  type Block,
  type BlockId,
  type BlockMeta,
  type Commit,
  commitHash,
  consensusParamsHash,
  DEFAULT_CONSENSUS_PARAMS,
  type DuplicateVoteEvidence,
  type Evidence,
  encodeBlock,
  evidenceListHash,
  type Genesis,
  type Header,
  type Height,
  hashHeader,
  incrementProposerPriority,
  lastResultsHash,
  makeDuplicateVoteEvidence,
  makePartSet,
  makeValidatorSet,
  NIL_BLOCK_ID,
  type Proposal,
  type PublicKey,
  proposalSignBytes,
  type Timestamp,
  timestampFromMs,
  txsHash,
  type ValidatorSet,
  type Vote,
  type VoteType,
  voteSignBytes,
  ZERO_TIME
} from '../../../../src/types/index.ts'

export const CHAIN_ID = 'rpc-test'
export const GENESIS_MS = 1_684_332_768_347.696

export interface SyntheticBlock {
  readonly block: Block
  readonly meta: BlockMeta
  readonly results: FinalizeBlockResponse
  /** Precommits for the block as every node saw them. */
  readonly seenCommit: Commit
  readonly validators: ValidatorSet
}

export interface TestKey {
  readonly seed: Uint8Array
  readonly publicKey: PublicKey
  readonly address: string
}

const NO_BYTES = new Uint8Array(0)

/** Key number `index`, the same in every run. */
export function testKey(index: number): TestKey {
  const seed = sha256(Buffer.from(`rpc test key ${index}`))
  const publicKey: PublicKey = { type: 'ed25519', bytes: publicKeyOf(seed) }
  return { seed, publicKey, address: addressOf(publicKey) }
}

/** A small chain that four validators agreed on, built and signed by the same functions a node uses. */
export class SyntheticChain {
  readonly keys = [0, 1, 2, 3].map(testKey)
  readonly genesis: Genesis
  readonly blocks: SyntheticBlock[] = []
  #validators: ValidatorSet

  constructor() {
    const powers = [40n, 30n, 20n, 10n]
    this.#validators = makeValidatorSet(
      this.keys.map(({ publicKey }, index) => ({ publicKey, power: powers[index]! }))
    )
    this.genesis = {
      genesisTime: timestampFromMs(GENESIS_MS),
      chainId: CHAIN_ID,
      initialHeight: 1,
      consensusParams: DEFAULT_CONSENSUS_PARAMS,
      validators: this.keys.map(({ publicKey, address }, index) => ({
        address,
        publicKey,
        power: powers[index]!,
        name: `validator-${index}`
      })),
      appHash: '',
      appState: '{"account_owner":"Bob"}'
    }
  }

  get height(): Height {
    return this.blocks.length
  }

  /** The set of the height after the last block. */
  get nextValidators(): ValidatorSet {
    return this.#validators
  }

  at(height: Height): SyntheticBlock | null {
    return this.blocks[height - 1] ?? null
  }

  /** Adds a block; the validator with the least power is absent from every fifth commit. */
  append(txs: readonly Uint8Array[], evidence: readonly Evidence[] = []): SyntheticBlock {
    const validators = this.#validators
    const block = this.#makeBlock(txs, evidence)
    const bytes = encodeBlock(block)
    const blockId = { hash: hashHeader(block.header), partSetHeader: makePartSet(bytes).header }
    const made: SyntheticBlock = {
      block,
      meta: { blockId, blockSize: bytes.length, header: block.header, numTxs: txs.length },
      results: resultsOf(txs),
      seenCommit: this.#commit(block.header.height, blockId),
      validators
    }
    this.blocks.push(made)
    this.#validators = incrementProposerPriority(validators, 1)
    return made
  }

  vote(type: VoteType, height: Height, validator: number, blockId: BlockId, time: Timestamp): Vote {
    const { address } = this.#validators.validators[validator]!
    const { seed } = this.keys.find(key => key.address === address)!
    const vote: Vote = {
      type,
      height,
      round: 0,
      blockId,
      timestamp: time,
      validatorAddress: address,
      validatorIndex: validator,
      signature: NO_BYTES,
      extension: NO_BYTES,
      extensionSignature: NO_BYTES
    }
    return { ...vote, signature: signEd25519(seed, voteSignBytes(CHAIN_ID, vote)) }
  }

  proposal(height: Height, blockId: BlockId): Proposal {
    const { seed } = this.keys.find(key => key.address === this.#validators.proposer.address)!
    const draft = { height, round: 0, polRound: -1, blockId, timestamp: timeOf(height) }
    return { ...draft, signature: signEd25519(seed, proposalSignBytes(CHAIN_ID, draft)) }
  }

  /** Evidence that the third validator precommitted both `height`'s block and nil. */
  duplicateVote(height: Height): DuplicateVoteEvidence {
    const { meta, block } = this.at(height)!
    const forBlock = this.vote('precommit', height, 2, meta.blockId, timeOf(height))
    const forNil = this.vote('precommit', height, 2, NIL_BLOCK_ID, timeOf(height))
    return makeDuplicateVoteEvidence(forBlock, forNil, block.header.time, this.#validators)!
  }

  #makeBlock(txs: readonly Uint8Array[], evidence: readonly Evidence[]): Block {
    const last = this.blocks.at(-1)
    const height = this.height + 1
    const lastCommit = last?.seenCommit ?? { height: 0, round: 0, blockId: NIL_BLOCK_ID, signatures: [] }
    const header: Header = {
      version: { block: 11, app: 1 },
      chainId: CHAIN_ID,
      height,
      time: timeOf(height),
      lastBlockId: last?.meta.blockId ?? NIL_BLOCK_ID,
      lastCommitHash: commitHash(lastCommit),
      dataHash: txsHash(txs),
      validatorsHash: this.#validators.hash,
      nextValidatorsHash: this.#validators.hash,
      consensusHash: consensusParamsHash(DEFAULT_CONSENSUS_PARAMS),
      appHash: '00000000000000ff',
      lastResultsHash: lastResultsHash(last?.results.txResults ?? []),
      evidenceHash: evidenceListHash(evidence),
      proposerAddress: this.#validators.proposer.address
    }
    return { header, txs, evidence, lastCommit }
  }

  #commit(height: Height, blockId: BlockId): Commit {
    const time = timeOf(height + 1)
    const signatures = this.#validators.validators.map((_, index) => {
      if (index === 3 && height % 5 === 1) {
        return {
          blockIdFlag: BLOCK_ID_FLAG.absent,
          validatorAddress: '',
          timestamp: ZERO_TIME,
          signature: NO_BYTES
        }
      }
      const { validatorAddress, timestamp, signature } = this.vote('precommit', height, index, blockId, time)
      return { blockIdFlag: BLOCK_ID_FLAG.commit, validatorAddress, timestamp, signature }
    })
    return { height, round: 0, blockId, signatures }
  }
}

/** Ten blocks and more: transactions in some, evidence in one. */
export function makeTestChain(): SyntheticChain {
  const chain = new SyntheticChain()
  for (let height = 1; height <= 12; height++) {
    const evidence = height === 8 ? [chain.duplicateVote(5)] : []
    chain.append(
      height % 4 === 0 ? [kvTx(`tx${height}`), kvTx(`other${height}`), kvTx('last')] : [],
      evidence
    )
  }
  return chain
}

export function kvTx(key: string): Buffer {
  return Buffer.from(`${key}=value`)
}

export function timeOf(height: Height): Timestamp {
  return timestampFromMs(GENESIS_MS + (height - 1) * 517.25)
}

function resultsOf(txs: readonly Uint8Array[]): FinalizeBlockResponse {
  return {
    events: txs.length === 0 ? [] : [{ type: 'rewards', attributes: [attribute('total', '8stake')] }],
    txResults: txs.map(txResult),
    validatorUpdates: [],
    consensusParamUpdates: null,
    appHash: Buffer.from('00000000000000ff', 'hex')
  }
}

/** What a key-value app answers to `key=value`: two events, as the recorded node did. */
export function txResult(tx: Uint8Array): ExecTxResult {
  const [key = '', value = ''] = Buffer.from(tx).toString('utf8').split('=')
  return {
    code: 0,
    data: NO_BYTES,
    log: '',
    info: '',
    gasWanted: 1n,
    gasUsed: 0n,
    events: [appEvent('Cosmoshi Netowoko', key), appEvent('Cosmoshi', value)],
    codespace: ''
  }
}

function appEvent(creator: string, key: string): AppEvent {
  return {
    type: 'app',
    attributes: [
      attribute('creator', creator),
      attribute('key', key),
      { key: 'noindex_key', value: 'index is working', index: false }
    ]
  }
}

function attribute(key: string, value: string): AppEvent['attributes'][number] {
  return { key, value, index: true }
}
