import { DecodeError } from '../../codec/index.ts'
import {
  BLOCK_ID_FLAG,
  type BlockId,
  type BlockIdFlag,
  type Commit,
  type CommitSig,
  decodeValidatorSet,
  type Evidence,
  encodeValidatorSet,
  type Header,
  type Height,
  type LightClientAttackEvidence,
  type Proposal,
  type PublicKey,
  SIGNED_MSG_TYPE,
  type Validator,
  type ValidatorSet,
  type Vote,
  type VoteType
} from '../../types/index.ts'
import { EVIDENCE_TYPE } from '../json/evidence.ts'
import { invalidParams } from '../rpc-error.ts'
import { JsonFields } from './json-fields.ts'
import { clip } from './scalars.ts'

const MAX_SIGNATURES = 10_000

/**
 * Evidence from JSON, the inverse of `evidenceToJson`: its shape alone; whether it holds is for the node to say.
 * Powers and time are also taken under the snake_case names that Rust clients send.
 * @throws RpcError 'invalidParams' naming the field
 */
export function evidenceFromJson(value: unknown): Evidence {
  const wrapper = new JsonFields(value, 'evidence')
  const type = wrapper.text('type')
  const fields = wrapper.object('value')
  wrapper.end()
  const evidence = readEvidence(type, fields)
  fields.end()
  return evidence
}

function readEvidence(type: string, fields: JsonFields): Evidence {
  switch (type) {
    case EVIDENCE_TYPE.duplicateVote:
      return {
        kind: 'duplicateVote',
        voteA: readVote(fields.object('vote_a')),
        voteB: readVote(fields.object('vote_b')),
        totalVotingPower: fields.int64(oneOf(fields, 'TotalVotingPower', 'total_voting_power')),
        validatorPower: fields.int64(oneOf(fields, 'ValidatorPower', 'validator_power')),
        timestamp: fields.time(oneOf(fields, 'Timestamp', 'timestamp'))
      }
    case EVIDENCE_TYPE.duplicateProposal:
      return {
        kind: 'duplicateProposal',
        proposalA: readProposal(fields.object('proposal_a')),
        proposalB: readProposal(fields.object('proposal_b')),
        validatorAddress: fields.hex('ValidatorAddress'),
        totalVotingPower: fields.int64('TotalVotingPower'),
        validatorPower: fields.int64('ValidatorPower'),
        timestamp: fields.time('Timestamp')
      }
    case EVIDENCE_TYPE.lightClientAttack:
      return readLightClientAttack(fields)
    default:
      throw invalidParams(`unknown type "${clip(type)}"`)
  }
}

function oneOf(fields: JsonFields, name: string, alias: string): string {
  return fields.has(name) || !fields.has(alias) ? name : alias
}

function readLightClientAttack(fields: JsonFields): LightClientAttackEvidence {
  const block = fields.object('ConflictingBlock')
  const signedHeader = block.object('signed_header')
  const conflictingBlock = {
    header: readHeader(signedHeader.object('header')),
    commit: readCommit(signedHeader.object('commit')),
    validatorSet: readValidatorSet(block.object('validator_set'))
  }
  signedHeader.end()
  block.end()
  const isNull = fields.optional('ByzantineValidators') === null
  return {
    kind: 'lightClientAttack',
    conflictingBlock,
    commonHeight: fields.safeInt64('CommonHeight'),
    byzantineValidators: isNull ? [] : fields.list('ByzantineValidators', MAX_SIGNATURES).map(readValidator),
    totalVotingPower: fields.int64('TotalVotingPower'),
    timestamp: fields.time('Timestamp')
  }
}

function readVote(fields: JsonFields): Vote {
  const vote: Vote = {
    type: readVoteType(fields),
    height: fields.safeInt64('height'),
    round: fields.int32('round'),
    blockId: readBlockId(fields.object('block_id')),
    timestamp: fields.time('timestamp'),
    validatorAddress: fields.hex('validator_address'),
    validatorIndex: fields.int32('validator_index'),
    signature: fields.bytes('signature'),
    extension: fields.bytes('extension'),
    extensionSignature: fields.bytes('extension_signature')
  }
  fields.end()
  return vote
}

function readVoteType(fields: JsonFields): VoteType {
  const type = fields.int32('type')
  if (type === SIGNED_MSG_TYPE.prevote) return 'prevote'
  if (type === SIGNED_MSG_TYPE.precommit) return 'precommit'
  throw invalidParams(`${fields.pathOf('type')} must be 1 (prevote) or 2 (precommit)`)
}

function readProposal(fields: JsonFields): Proposal {
  if (fields.int32('Type') !== SIGNED_MSG_TYPE.proposal) {
    throw invalidParams(`${fields.pathOf('Type')} must be ${SIGNED_MSG_TYPE.proposal} (proposal)`)
  }
  const proposal: Proposal = {
    height: fields.safeInt64('height'),
    round: fields.int32('round'),
    polRound: fields.int32('pol_round'),
    blockId: readBlockId(fields.object('block_id')),
    timestamp: fields.time('timestamp'),
    signature: fields.bytes('signature')
  }
  fields.end()
  return proposal
}

function readBlockId(fields: JsonFields): BlockId {
  const parts = fields.object('parts')
  const partSetHeader = { total: parts.uint32('total'), hash: parts.hex('hash') }
  parts.end()
  const id = { hash: fields.hex('hash'), partSetHeader }
  fields.end()
  return id
}

function readHeader(fields: JsonFields): Header {
  const version = fields.object('version')
  const header: Header = {
    version: {
      block: version.has('block') ? version.safeInt64('block') : 0,
      app: version.has('app') ? version.safeInt64('app') : 0
    },
    chainId: fields.text('chain_id'),
    height: fields.safeInt64('height'),
    time: fields.time('time'),
    lastBlockId: readBlockId(fields.object('last_block_id')),
    lastCommitHash: fields.hex('last_commit_hash'),
    dataHash: fields.hex('data_hash'),
    validatorsHash: fields.hex('validators_hash'),
    nextValidatorsHash: fields.hex('next_validators_hash'),
    consensusHash: fields.hex('consensus_hash'),
    appHash: fields.hex('app_hash'),
    lastResultsHash: fields.hex('last_results_hash'),
    evidenceHash: fields.hex('evidence_hash'),
    proposerAddress: fields.hex('proposer_address')
  }
  version.end()
  fields.end()
  return header
}

function readCommit(fields: JsonFields): Commit {
  const commit: Commit = {
    height: fields.safeInt64('height'),
    round: fields.int32('round'),
    blockId: readBlockId(fields.object('block_id')),
    signatures: fields.list('signatures', MAX_SIGNATURES).map(readCommitSig)
  }
  fields.end()
  return commit
}

function readCommitSig(fields: JsonFields): CommitSig {
  const flag = fields.int32('block_id_flag')
  if (flag !== BLOCK_ID_FLAG.absent && flag !== BLOCK_ID_FLAG.commit && flag !== BLOCK_ID_FLAG.nil) {
    throw invalidParams(`${fields.pathOf('block_id_flag')} must be 1, 2 or 3`)
  }
  const sig: CommitSig = {
    blockIdFlag: flag as BlockIdFlag,
    validatorAddress: fields.hex('validator_address'),
    timestamp: fields.time('timestamp'),
    signature: fields.bytes('signature')
  }
  fields.end()
  return sig
}

function readValidatorSet(fields: JsonFields): ValidatorSet {
  const validators = fields.list('validators', MAX_SIGNATURES).map(readValidator)
  const proposer = readValidator(fields.object('proposer'))
  fields.end()
  // The codec owns the rules of a set (order, no address twice, total power) and works out the rest.
  const draft = { validators, proposer, totalPower: 0n, indexByAddress: new Map<string, number>(), hash: '' }
  try {
    return decodeValidatorSet(encodeValidatorSet(draft))
  } catch (error) {
    if (error instanceof DecodeError) throw invalidParams(`${fields.pathOf('validators')}: ${error.message}`)
    throw error
  }
}

function readValidator(fields: JsonFields): Validator {
  const validator: Validator = {
    address: fields.hex('address'),
    publicKey: readPublicKey(fields.object('pub_key')),
    power: fields.int64('voting_power'),
    proposerPriority: fields.int64('proposer_priority')
  }
  fields.end()
  return validator
}

function readPublicKey(fields: JsonFields): PublicKey {
  const type = fields.text('type')
  const bytes = fields.bytes('value')
  fields.end()
  if (type === 'tendermint/PubKeyEd25519' && bytes.length === 32) return { type: 'ed25519', bytes }
  if (type === 'tendermint/PubKeySecp256k1' && bytes.length === 33) return { type: 'secp256k1', bytes }
  throw invalidParams(`${fields.pathOf('type')} must name a key of 32 (ed25519) or 33 (secp256k1) bytes`)
}

/**
 * The header and the commit of an answer to `commit`.
 * @throws RpcError 'invalidParams' naming the field
 */
export function signedHeaderFromJson(value: unknown): { readonly header: Header; readonly commit: Commit } {
  const signedHeader = new JsonFields(value, 'commit').object('signed_header')
  const found = {
    header: readHeader(signedHeader.object('header')),
    commit: readCommit(signedHeader.object('commit'))
  }
  signedHeader.end()
  return found
}

/**
 * An answer to `validators`, which may be one page of the set.
 * @throws RpcError 'invalidParams' naming the field
 */
export function validatorsFromJson(value: unknown): {
  readonly height: Height
  readonly validators: readonly Validator[]
  readonly total: bigint
} {
  const fields = new JsonFields(value, 'answer')
  const validators = fields.list('validators', MAX_SIGNATURES).map(readValidator)
  const total = fields.has('total') ? fields.int64('total') : BigInt(validators.length)
  return { height: fields.safeInt64('block_height'), validators, total }
}

/** A set of these validators, in this order; whose turn it is is not known. */
export function validatorSetOf(validators: readonly Validator[]): ValidatorSet {
  const [proposer] = validators
  if (proposer === undefined) throw invalidParams('validators must not be empty')
  const draft = { validators, proposer, totalPower: 0n, indexByAddress: new Map<string, number>(), hash: '' }
  try {
    return decodeValidatorSet(encodeValidatorSet(draft))
  } catch (error) {
    if (error instanceof DecodeError) throw invalidParams(`validators: ${error.message}`)
    throw error
  }
}
