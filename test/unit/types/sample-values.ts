import { publicKeyOf, sha256, sha256Hex } from '../../../src/crypto/index.ts'
import type { Block, BlockId, Commit, CommitSig, Header, Proposal, Vote } from '../../../src/types/index.ts'
import { BLOCK_ID_FLAG, commitHash, evidenceListHash, txsHash, ZERO_TIME } from '../../../src/types/index.ts'

/** Valid values to change one thing at a time in. */

const text = (value: string) => new TextEncoder().encode(value)

export function hashOf(name: string): string {
  return sha256Hex(text(name))
}

export function addressNamed(name: string): string {
  return hashOf(name).slice(0, 40)
}

export function blockIdNamed(name: string): BlockId {
  return { hash: hashOf(name), partSetHeader: { total: 1, hash: hashOf(`${name} parts`) } }
}

export const TIME = { seconds: 1700000000, nanos: 123456789 }
export const NO_BYTES = new Uint8Array(0)
export const SIGNATURE = new Uint8Array(64).fill(7)

export function sampleVote(changed: Partial<Vote> = {}): Vote {
  return {
    type: 'precommit',
    height: 12,
    round: 1,
    blockId: blockIdNamed('block'),
    timestamp: TIME,
    validatorAddress: addressNamed('validator'),
    validatorIndex: 3,
    signature: SIGNATURE,
    extension: NO_BYTES,
    extensionSignature: NO_BYTES,
    ...changed
  }
}

export function sampleProposal(changed: Partial<Proposal> = {}): Proposal {
  return {
    height: 12,
    round: 1,
    polRound: -1,
    blockId: blockIdNamed('block'),
    timestamp: TIME,
    signature: SIGNATURE,
    ...changed
  }
}

export const ABSENT: CommitSig = {
  blockIdFlag: BLOCK_ID_FLAG.absent,
  validatorAddress: '',
  timestamp: ZERO_TIME,
  signature: NO_BYTES
}

export function sampleCommitSig(changed: Partial<CommitSig> = {}): CommitSig {
  return {
    blockIdFlag: BLOCK_ID_FLAG.commit,
    validatorAddress: addressNamed('validator'),
    timestamp: TIME,
    signature: SIGNATURE,
    ...changed
  }
}

export function sampleCommit(changed: Partial<Commit> = {}): Commit {
  const nil = sampleCommitSig({ blockIdFlag: BLOCK_ID_FLAG.nil, validatorAddress: addressNamed('other') })
  return {
    height: 11,
    round: 0,
    blockId: blockIdNamed('last block'),
    signatures: [sampleCommitSig(), ABSENT, nil],
    ...changed
  }
}

export function sampleHeader(changed: Partial<Header> = {}): Header {
  return {
    version: { block: 11, app: 1 },
    chainId: 'test-chain',
    height: 12,
    time: TIME,
    lastBlockId: blockIdNamed('last block'),
    lastCommitHash: hashOf('last commit'),
    dataHash: hashOf('data'),
    validatorsHash: hashOf('validators'),
    nextValidatorsHash: hashOf('next validators'),
    consensusHash: hashOf('params'),
    appHash: '0600',
    lastResultsHash: hashOf('results'),
    evidenceHash: hashOf('evidence'),
    proposerAddress: addressNamed('validator'),
    ...changed
  }
}

/** A block whose header fits its contents, whatever they are changed to. */
export function sampleBlock(
  changed: Partial<Omit<Block, 'header'>> & { header?: Partial<Header> } = {}
): Block {
  const { header, ...contents } = changed
  const block = { txs: [text('a=1'), text('b=2')], evidence: [], lastCommit: sampleCommit(), ...contents }
  return {
    ...block,
    header: sampleHeader({
      lastCommitHash: block.lastCommit === null ? '' : commitHash(block.lastCommit),
      dataHash: txsHash(block.txs),
      evidenceHash: evidenceListHash(block.evidence),
      ...header
    })
  }
}

export function seedNamed(name: string): Uint8Array {
  return sha256(text(name))
}

export function publicKeyNamed(name: string) {
  return { type: 'ed25519' as const, bytes: publicKeyOf(seedNamed(name)) }
}
