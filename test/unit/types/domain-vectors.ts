import type { BlockId, CommitSig, Header, Proposal, Timestamp, Vote } from '../../../src/types/index.ts'

/** How the vector files write domain values, and how they read into ours. */
export interface TimeVector {
  seconds: string
  nanos: number
}
export interface BlockIdVector {
  hash: string
  part_set_header: { total: number; hash: string }
}
export interface VoteVector {
  type: number
  height: string
  round: number
  block_id: BlockIdVector
  timestamp: TimeVector
  validator_address: string
  validator_index: number
  signature: string
  extension: string
  extension_signature: string
}
export interface ProposalVector {
  height: string
  round: number
  pol_round: number
  block_id: BlockIdVector
  timestamp: TimeVector
  signature?: string
}
export interface HeaderVector {
  version: { block: string; app: string }
  chain_id: string
  height: string
  time: TimeVector
  last_block_id: BlockIdVector
  last_commit_hash: string
  data_hash: string
  validators_hash: string
  next_validators_hash: string
  consensus_hash: string
  app_hash: string
  last_results_hash: string
  evidence_hash: string
  proposer_address: string
}
export interface CommitSigVector {
  block_id_flag: number
  validator_address: string
  timestamp: TimeVector
  signature: string
}

export const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
export const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

export function timeOf(time: TimeVector): Timestamp {
  return { seconds: Number(time.seconds), nanos: time.nanos }
}

export function blockIdOf(id: BlockIdVector): BlockId {
  return { hash: id.hash, partSetHeader: id.part_set_header }
}

export function voteOf(vote: VoteVector): Vote {
  return {
    type: vote.type === 1 ? 'prevote' : 'precommit',
    height: Number(vote.height),
    round: vote.round,
    blockId: blockIdOf(vote.block_id),
    timestamp: timeOf(vote.timestamp),
    validatorAddress: vote.validator_address,
    validatorIndex: vote.validator_index,
    signature: bytesOf(vote.signature),
    extension: bytesOf(vote.extension),
    extensionSignature: bytesOf(vote.extension_signature)
  }
}

export function proposalOf(proposal: ProposalVector): Proposal {
  return {
    height: Number(proposal.height),
    round: proposal.round,
    polRound: proposal.pol_round,
    blockId: blockIdOf(proposal.block_id),
    timestamp: timeOf(proposal.timestamp),
    signature: bytesOf(proposal.signature ?? '')
  }
}

export function headerOf(header: HeaderVector): Header {
  return {
    version: { block: Number(header.version.block), app: Number(header.version.app) },
    chainId: header.chain_id,
    height: Number(header.height),
    time: timeOf(header.time),
    lastBlockId: blockIdOf(header.last_block_id),
    lastCommitHash: header.last_commit_hash,
    dataHash: header.data_hash,
    validatorsHash: header.validators_hash,
    nextValidatorsHash: header.next_validators_hash,
    consensusHash: header.consensus_hash,
    appHash: header.app_hash,
    lastResultsHash: header.last_results_hash,
    evidenceHash: header.evidence_hash,
    proposerAddress: header.proposer_address
  }
}

export function commitSigOf(entry: CommitSigVector): CommitSig {
  return {
    blockIdFlag: entry.block_id_flag as CommitSig['blockIdFlag'],
    validatorAddress: entry.validator_address,
    timestamp: timeOf(entry.timestamp),
    signature: bytesOf(entry.signature)
  }
}
