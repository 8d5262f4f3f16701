import { addressOf } from '../crypto/index.ts'
import { publicKeyFromAminoJson } from './amino-json.ts'
import { type Genesis, GenesisError, type GenesisValidator } from './genesis.ts'
import { GenesisFields } from './genesis-fields.ts'
import { JsonSyntaxError, scanJsonObject } from './json-source.ts'
import { MAX_CHAIN_ID_BYTES } from './limits.ts'
import { type ConsensusParams, DEFAULT_CONSENSUS_PARAMS } from './params.ts'
import { validateConsensusParams } from './params-rules.ts'
import type { Power } from './primitives.ts'
import { ZERO_TIME } from './primitives.ts'
import { MAX_TOTAL_POWER, MAX_VALIDATORS } from './validator-set.ts'

/** Sets up to this size are what the limits of the network and the pools were measured with. */
const USUAL_VALIDATORS = 200

const TOP_FIELDS = [
  'genesis_time',
  'chain_id',
  'initial_height',
  'consensus_params',
  'validators',
  'app_hash',
  'app_state'
]
const PARAM_FIELDS: Readonly<Record<string, readonly string[]>> = {
  block: ['max_bytes', 'max_gas'],
  evidence: ['max_age_num_blocks', 'max_age_duration', 'max_bytes'],
  validator: ['pub_key_types'],
  version: ['app'],
  abci: ['vote_extensions_enable_height']
}

/**
 * Reads the text of a genesis.json as CometBFT v0.38 writes it.
 *
 * @throws GenesisError naming the field and what it should be
 */
export function parseGenesis(text: string): Genesis {
  return readGenesis(text).genesis
}

/** {@link parseGenesis} with what an operator should know though the genesis is legal, one line each. */
export function readGenesis(text: string): {
  readonly genesis: Genesis
  readonly warnings: readonly string[]
} {
  const { fields, appState } = readTopLevel(text)
  const warnings: string[] = []
  warnUnknown(fields, TOP_FIELDS, warnings)
  const chainId = readChainId(fields)
  const initialHeight = fields.safeInt64('initial_height')
  if (initialHeight < 0) fields.fail('initial_height', `is ${initialHeight}; it must not be negative`)
  const consensusParams = readParams(fields, warnings)
  const validators = readValidators(fields, warnings)
  warnAboutKeyTypes(validators, consensusParams, warnings)
  const genesisTime = fields.time('genesis_time')
  if (genesisTime.seconds === ZERO_TIME.seconds && genesisTime.nanos === 0) {
    warnings.push('genesis_time is not set: the first block will carry the year 1')
  }
  const appHash = fields.hex('app_hash')
  const genesis = {
    genesisTime,
    chainId,
    initialHeight: initialHeight === 0 ? 1 : initialHeight,
    consensusParams,
    validators,
    appHash,
    appState
  }
  return { genesis, warnings }
}

/** All members but app_state as values, and app_state as text. */
function readTopLevel(text: string): { fields: GenesisFields; appState: string } {
  const values = new Map<string, unknown>()
  let appState = ''
  for (const { key, start, end } of scan(text)) {
    if (values.has(key)) throw new GenesisError(`${key} comes twice; keep one`)
    const source = text.slice(start, end)
    if (key === 'app_state') appState = source === 'null' ? '' : source
    values.set(key, key === 'app_state' ? null : JSON.parse(source))
  }
  if (values.has('consensus') && !values.has('consensus_params')) {
    const moves = 'consensus.params to consensus_params and consensus.validators to validators'
    throw new GenesisError(`this is the genesis of a Cosmos SDK app; move ${moves}`)
  }
  return { fields: new GenesisFields(values, ''), appState }
}

function scan(text: string): ReturnType<typeof scanJsonObject> {
  try {
    return scanJsonObject(text)
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError)
      throw new GenesisError(`not JSON: ${thrown.message}`, { cause: thrown })
    throw thrown
  }
}

function warnUnknown(fields: GenesisFields, known: readonly string[], warnings: string[]): void {
  for (const path of fields.unknown(known)) warnings.push(`${path} is not a field of genesis and is ignored`)
}

function readChainId(fields: GenesisFields): string {
  const chainId = fields.string('chain_id')
  if (chainId === '') fields.fail('chain_id', 'is missing or empty; every chain has a name of its own')
  const bytes = Buffer.byteLength(chainId)
  if (bytes > MAX_CHAIN_ID_BYTES) {
    fields.fail('chain_id', `has ${bytes} bytes; at most ${MAX_CHAIN_ID_BYTES} are allowed`)
  }
  return chainId
}

function readParams(fields: GenesisFields, warnings: string[]): ConsensusParams {
  if (!fields.has('consensus_params')) return DEFAULT_CONSENSUS_PARAMS
  const params = fields.object('consensus_params')
  warnUnknown(params, Object.keys(PARAM_FIELDS), warnings)
  const group = (key: string): GenesisFields => {
    const each = params.has(key) ? params.object(key) : new GenesisFields(new Map(), params.pathOf(key))
    warnUnknown(each, PARAM_FIELDS[key]!, warnings)
    return each
  }
  const [block, evidence, validator] = [group('block'), group('evidence'), group('validator')]
  // The zero value of these is not legal: better to say that they are missing than that they are 0.
  block.require('max_bytes')
  evidence.require('max_age_num_blocks')
  evidence.require('max_age_duration')
  validator.require('pub_key_types')
  const read: ConsensusParams = {
    block: { maxBytes: block.safeInt64('max_bytes'), maxGas: block.safeInt64('max_gas') },
    evidence: {
      maxAgeNumBlocks: evidence.safeInt64('max_age_num_blocks'),
      maxAgeDuration: evidence.int64('max_age_duration'),
      maxBytes: evidence.safeInt64('max_bytes')
    },
    validator: { pubKeyTypes: validator.strings('pub_key_types') },
    version: { app: group('version').safeInt64('app') },
    abci: { voteExtensionsEnableHeight: group('abci').safeInt64('vote_extensions_enable_height') }
  }
  const problem = validateConsensusParams(read)
  if (problem !== null) throw new GenesisError(`consensus_params.${problem}`)
  return read
}

function readValidators(fields: GenesisFields, warnings: string[]): readonly GenesisValidator[] {
  const entries = fields.objects('validators')
  if (entries.length > MAX_VALIDATORS) {
    fields.fail('validators', `has ${entries.length} entries; at most ${MAX_VALIDATORS} are allowed`)
  }
  if (entries.length > USUAL_VALIDATORS) {
    warnings.push(`validators has ${entries.length} entries; up to ${USUAL_VALIDATORS} have been measured`)
  }
  const validators = entries.map(entry => readValidator(entry, warnings))
  let total: Power = 0n
  const firstWith = new Map<string, number>()
  for (const [index, { address, power }] of validators.entries()) {
    const first = firstWith.get(address)
    if (first !== undefined) entries[index]!.fail('pub_key', `is that of validators[${first}] too`)
    firstWith.set(address, index)
    total += power
  }
  if (total > MAX_TOTAL_POWER) {
    fields.fail('validators', `have a total power of ${total}; at most ${MAX_TOTAL_POWER} is allowed`)
  }
  return validators
}

function readValidator(fields: GenesisFields, warnings: string[]): GenesisValidator {
  warnUnknown(fields, ['address', 'pub_key', 'power', 'name'], warnings)
  const keyFields = fields.object('pub_key')
  const publicKey = publicKeyFromAminoJson({
    type: keyFields.string('type'),
    value: keyFields.string('value')
  })
  if (publicKey === null) {
    const forms = 'base64 of 32 bytes for tendermint/PubKeyEd25519, of 33 for tendermint/PubKeySecp256k1'
    return fields.fail('pub_key', `is not a key: its value must be ${forms}`)
  }
  const address = addressOf(publicKey)
  const stated = fields.hex('address')
  if (stated !== '' && stated !== address) {
    const right = address.toUpperCase()
    fields.fail(
      'address',
      `is ${stated.toUpperCase()}, but the key gives ${right}; correct it or leave it out`
    )
  }
  const power = fields.int64('power')
  if (power <= 0n) fields.fail('power', `is ${power}; a validator needs a power of at least "1"`)
  return { address, publicKey, power, name: fields.string('name') }
}

function warnAboutKeyTypes(
  validators: readonly GenesisValidator[],
  params: ConsensusParams,
  warnings: string[]
): void {
  for (const [index, { publicKey }] of validators.entries()) {
    if (params.validator.pubKeyTypes.includes(publicKey.type)) continue
    const allowed = 'consensus_params.validator.pub_key_types'
    warnings.push(`validators[${index}].pub_key is ${publicKey.type}, which is not among ${allowed}`)
  }
}
