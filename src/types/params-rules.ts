import { PnyxError } from '../util/index.ts'
import { MAX_BLOCK_SIZE_BYTES } from './block.ts'
import type { ConsensusParams, ConsensusParamsUpdate } from './params.ts'
import type { Height } from './primitives.ts'

const KNOWN_KEY_TYPES: readonly string[] = ['ed25519', 'secp256k1']

/** Params from the app that a chain cannot run with. */
export class ConsensusParamsError extends PnyxError<'INVALID_CONSENSUS_PARAMS'> {
  constructor(reason: string) {
    super('INVALID_CONSENSUS_PARAMS', `consensus params: ${reason}`)
  }
}

/**
 * What is wrong with the params, beginning with the field as genesis.json names it; null when nothing is (CometBFT
 * ConsensusParams.ValidateBasic).
 */
export function validateConsensusParams(params: ConsensusParams): string | null {
  return (
    blockProblem(params.block) ??
    evidenceProblem(params) ??
    extensionHeightProblem(params.abci.voteExtensionsEnableHeight) ??
    keyTypesProblem(params.validator.pubKeyTypes) ??
    (isCount(params.version.app) ? null : `version.app must not be negative, but is ${params.version.app}`)
  )
}

/** block.max_bytes with -1 replaced by the limit it stands for. */
export function maxBlockBytes(params: ConsensusParams): number {
  return params.block.maxBytes === -1 ? MAX_BLOCK_SIZE_BYTES : params.block.maxBytes
}

/** True when blocks of `height` carry vote extensions in their precommits. */
export function areVoteExtensionsEnabled(params: ConsensusParams, height: Height): boolean {
  const from = params.abci.voteExtensionsEnableHeight
  return from > 0 && height >= from
}

function blockProblem({ maxBytes, maxGas }: ConsensusParams['block']): string | null {
  if (maxBytes === 0) return 'block.max_bytes must not be 0; -1 means the limit of 100 MiB'
  if (maxBytes !== -1 && !isCount(maxBytes)) {
    return `block.max_bytes must be -1 or greater than 0, but is ${maxBytes}`
  }
  if (maxBytes > MAX_BLOCK_SIZE_BYTES) {
    return `block.max_bytes must be at most ${MAX_BLOCK_SIZE_BYTES} (100 MiB), but is ${maxBytes}`
  }
  if (maxGas !== -1 && !isCount(maxGas)) return `block.max_gas must be -1 or more, but is ${maxGas}`
  return null
}

function evidenceProblem(params: ConsensusParams): string | null {
  const { maxAgeNumBlocks, maxAgeDuration, maxBytes } = params.evidence
  if (!isCount(maxAgeNumBlocks) || maxAgeNumBlocks === 0) {
    return `evidence.max_age_num_blocks must be greater than 0, but is ${maxAgeNumBlocks}`
  }
  if (maxAgeDuration <= 0n || maxAgeDuration >= 2n ** 63n) {
    return `evidence.max_age_duration must be greater than 0 nanoseconds, but is ${maxAgeDuration}`
  }
  if (!isCount(maxBytes)) return `evidence.max_bytes must not be negative, but is ${maxBytes}`
  const limit = maxBlockBytes(params)
  return maxBytes > limit
    ? `evidence.max_bytes must be at most block.max_bytes (${limit}), but is ${maxBytes}`
    : null
}

function keyTypesProblem(types: readonly string[]): string | null {
  if (types.length === 0) return 'validator.pub_key_types must name at least one type, such as "ed25519"'
  const unknown = types.findIndex(type => !KNOWN_KEY_TYPES.includes(type))
  if (unknown < 0) return null
  const text = JSON.stringify(types[unknown])
  return `validator.pub_key_types[${unknown}] is ${text}; known types are ${KNOWN_KEY_TYPES.join(' and ')}`
}

function extensionHeightProblem(height: Height): string | null {
  return isCount(height) ? null : `abci.vote_extensions_enable_height must not be negative, but is ${height}`
}

/** A whole number from 0 to 2^53 - 1. */
function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** `params` with the groups of `update` put in the place of its own (CometBFT ConsensusParams.Update); not yet validated. */
export function updateConsensusParams(
  params: ConsensusParams,
  update: ConsensusParamsUpdate | null
): ConsensusParams {
  if (update === null) return params
  return {
    block: update.block ?? params.block,
    evidence: update.evidence ?? params.evidence,
    validator: update.validator ?? params.validator,
    version: update.version ?? params.version,
    abci: update.abci ?? params.abci
  }
}

/**
 * Why the app may not make this update in the block at `height`; null when it may (CometBFT
 * ConsensusParams.ValidateUpdate). Vote extensions begin at a height still to come, and once begun never end or move.
 */
export function validateParamsUpdate(
  params: ConsensusParams,
  update: ConsensusParamsUpdate | null,
  height: Height
): string | null {
  if (!update?.abci) return null
  const from = params.abci.voteExtensionsEnableHeight
  const to = update.abci.voteExtensionsEnableHeight
  if (!isCount(to)) return extensionHeightProblem(to)
  const isSet = from > 0
  if (from === to || (!isSet && to === 0)) return null
  const haveBegun = isSet && from <= height
  if (haveBegun) {
    const change = to === 0 ? 'be turned off' : `move to height ${to}`
    return `vote extensions began at height ${from} and cannot ${change} at height ${height}`
  }
  if (to !== 0 && to <= height) {
    return `vote extensions can only begin after height ${height}, not at ${to}`
  }
  return null
}
