import { tryDecode } from '../../../codec/index.ts'
import { addressOf, isSecp256k1PublicKey, type PublicKey, publicKeyLength } from '../../../crypto/index.ts'
import { fractionToText, ONE, rotateKey } from '../../../evidence/index.ts'
import { addNanos, compareTimestamps } from '../../../types/index.ts'
import { COIN, type Coin, coinToText, MAX_AMOUNT } from '../coins.ts'
import { type Context, emit } from '../context.ts'
import { delegate, sharesOf, stakingParams, tokensOfShares } from '../modules/delegations.ts'
import { SIGNING_INFOS } from '../records/slashing.ts'
import {
  COMMISSION_RATES,
  type CommissionRates,
  DESCRIPTION,
  type Description,
  KEY_OWNERS,
  VALIDATORS,
  type ValidatorRecord
} from '../records/validators.ts'
import { REFUSED, Refusal } from '../refusal.ts'
import type { AccountId } from '../state/table.ts'
import { amount, bytes, embedded, message, optionalAmount, text } from '../wire/schema.ts'
import { emitDelegate } from './delegation.ts'
import { ANY, type Any, handlerOf, invalidAddress, type MessageRules, NO_ANSWER } from './handler.ts'

export const MSG_CREATE_VALIDATOR = message('MsgCreateValidator', {
  description: embedded(1, DESCRIPTION),
  commission: embedded(2, COMMISSION_RATES),
  minSelfDelegation: amount(3),
  /** Deprecated: Cosmos SDK takes the account of the operator whatever is here. */
  delegatorAddress: text(4, 128),
  validatorAddress: text(5, 128),
  pubkey: embedded(6, ANY),
  value: embedded(7, COIN)
})
export const MSG_EDIT_VALIDATOR = message('MsgEditValidator', {
  description: embedded(1, DESCRIPTION),
  validatorAddress: text(2, 128),
  commissionRate: optionalAmount(3),
  minSelfDelegation: optionalAmount(4)
})
export const MSG_ROTATE_KEY = message('MsgRotateConsPubKey', {
  validatorAddress: text(1, 128),
  newPubkey: embedded(2, ANY)
})
const keyBytes = message('PubKey', { key: bytes(1, 64) })

const KEY_TYPE_URLS: ReadonlyMap<string, PublicKey['type']> = new Map([
  ['/cosmos.crypto.ed25519.PubKey', 'ed25519'],
  ['/cosmos.crypto.secp256k1.PubKey', 'secp256k1']
])
/** Longest texts of a description (x/staking/types/validator.go). */
const TEXT_LIMITS = [
  ['moniker', 70],
  ['identity', 3000],
  ['website', 140],
  ['securityContact', 140],
  ['details', 280]
] as const
/** In an edit: leave this text as it is. */
const DO_NOT_MODIFY = '[do-not-modify]'
const EPOCH = { seconds: 0, nanos: 0 }
const DAY_NANOS = 86_400_000_000_000n

interface Creation {
  readonly operator: AccountId
  readonly key: PublicKey
  readonly description: Description
  readonly commission: CommissionRates
  readonly minSelfBond: bigint
  readonly coin: Coin
}

const createHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgCreateValidator',
  wire: MSG_CREATE_VALIDATOR,
  gas: 150_000,
  prepare(value, rules) {
    const { description, commission, minSelfDelegation, value: coin } = value
    const operator = operatorOf(value.validatorAddress, rules)
    if (operator instanceof Refusal) return operator
    const key = consensusKeyOf(value.pubkey)
    if (key instanceof Refusal) return key
    const refusal =
      descriptionProblem(description) ??
      commissionProblem(commission) ??
      stakeProblem(coin, minSelfDelegation, rules.bondDenom)
    if (refusal !== null) return refusal
    const creation = { operator, key, description, commission, minSelfBond: minSelfDelegation, coin }
    return { signers: [operator], run: ctx => runCreate(ctx, creation) }
  }
})

function runCreate(ctx: Context, creation: Creation): Uint8Array | Refusal {
  const { operator, key, description, commission, minSelfBond, coin } = creation
  const refusal = creationRefusal(ctx, creation)
  if (refusal !== null) return refusal
  ctx.state.set(VALIDATORS, operator, {
    ...newValidator(key, description, commission, minSelfBond),
    commissionChangedAt: ctx.time
  })
  ctx.slashing.setKeyOwner(addressOf(key), { operator, fromHeight: ctx.height, toHeight: null })
  const shares = delegate(ctx, { delegator: operator, operator, amount: coin.amount, from: operator })
  if (shares instanceof Refusal) return shares
  emit(ctx, 'create_validator', {
    validator: ctx.addresses.ofOperator(operator),
    amount: coinToText(coin)
  })
  emitDelegate(ctx, { delegator: operator, operator, coin }, shares)
  return NO_ANSWER
}

function creationRefusal(ctx: Context, { operator, key, commission }: Creation): Refusal | null {
  if (ctx.state.get(VALIDATORS, operator) !== null) return new Refusal(REFUSED.validatorExists)
  if (ctx.state.get(SIGNING_INFOS, operator)?.tombstoned) return new Refusal(REFUSED.tombstoned)
  const refusal = keyRefusal(ctx, key)
  if (refusal !== null) return refusal
  const { minCommissionRate } = stakingParams(ctx)
  return commission.rate < minCommissionRate ? new Refusal(REFUSED.commissionBelowMin) : null
}

/** A validator without stake, as it begins. */
export function newValidator(
  consensusKey: PublicKey,
  description: Description,
  commission: CommissionRates,
  minSelfBond: bigint
): ValidatorRecord {
  return {
    consensusKey: { type: consensusKey.type, bytes: consensusKey.bytes.slice() },
    description,
    tokens: 0n,
    shares: 0n,
    status: 'unbonded',
    jailed: false,
    commission,
    commissionChangedAt: EPOCH,
    minSelfBond,
    unbondingHeight: 0,
    unbondingTime: EPOCH
  }
}

const editHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgEditValidator',
  wire: MSG_EDIT_VALIDATOR,
  gas: 60_000,
  prepare(value, rules) {
    const operator = operatorOf(value.validatorAddress, rules)
    if (operator instanceof Refusal) return operator
    const { description, commissionRate, minSelfDelegation } = value
    return {
      signers: [operator],
      run(ctx) {
        const validator = ctx.state.get(VALIDATORS, operator)
        if (validator === null) return new Refusal(REFUSED.noValidator)
        const merged = mergeDescriptions(validator.description, description)
        const refusal =
          descriptionProblem(merged) ??
          newRateRefusal(ctx, validator, commissionRate) ??
          newMinSelfBondRefusal(ctx, operator, validator, minSelfDelegation)
        if (refusal !== null) return refusal
        const rate = commissionRate ?? validator.commission.rate
        const minSelfBond = minSelfDelegation ?? validator.minSelfBond
        ctx.state.set(VALIDATORS, operator, {
          ...validator,
          description: merged,
          commission: { ...validator.commission, rate },
          commissionChangedAt: commissionRate === null ? validator.commissionChangedAt : ctx.time,
          minSelfBond
        })
        emit(ctx, 'edit_validator', {
          commission_rate: fractionToText(rate),
          min_self_delegation: `${minSelfBond}`
        })
        return NO_ANSWER
      }
    }
  }
})

/** Gives a validator another consensus key; the old one stays its own for all it signed. */
const rotateHandler = handlerOf({
  typeUrl: '/cosmos.staking.v1beta1.MsgRotateConsPubKey',
  wire: MSG_ROTATE_KEY,
  gas: 100_000,
  prepare(value, rules) {
    const operator = operatorOf(value.validatorAddress, rules)
    if (operator instanceof Refusal) return operator
    const key = consensusKeyOf(value.newPubkey)
    if (key instanceof Refusal) return key
    return { signers: [operator], run: ctx => runRotate(ctx, operator, key) }
  }
})

function runRotate(ctx: Context, operator: AccountId, key: PublicKey): Uint8Array | Refusal {
  const validator = ctx.state.get(VALIDATORS, operator)
  if (validator === null) return new Refusal(REFUSED.noValidator)
  const keyProblem = keyRefusal(ctx, key)
  if (keyProblem !== null) return keyProblem
  const keys = { from: addressOf(validator.consensusKey), to: addressOf(key) }
  const refusal = rotateKey(ctx.slashing, operator, keys, ctx.height)
  if (refusal === 'keyUsed') return new Refusal(REFUSED.keyExists)
  if (refusal !== null)
    return new Refusal(refusal === 'tombstoned' ? REFUSED.tombstoned : REFUSED.noValidator)
  const consensusKey = { type: key.type, bytes: key.bytes.slice() }
  ctx.state.set(VALIDATORS, operator, { ...validator, consensusKey })
  emit(ctx, 'rotate_cons_pubkey', {
    validator: ctx.addresses.ofOperator(operator),
    old_address: ctx.addresses.ofConsensusKey(keys.from),
    new_address: ctx.addresses.ofConsensusKey(keys.to)
  })
  return NO_ANSWER
}

/** Of a key some validator has, or had, or of a type the chain does not take. */
function keyRefusal(ctx: Context, key: PublicKey): Refusal | null {
  if (ctx.state.get(KEY_OWNERS, addressOf(key)) !== null) return new Refusal(REFUSED.keyExists)
  if (ctx.chain.keyTypes.includes(key.type)) return null
  return new Refusal(
    REFUSED.keyTypeNotSupported,
    `got: ${key.type}, expected: ${ctx.chain.keyTypes.join(', ')}`
  )
}

function operatorOf(text: string, { addresses }: MessageRules): AccountId | Refusal {
  return addresses.operator(text) ?? invalidAddress('validator', text)
}

function consensusKeyOf({ typeUrl, value }: Any): PublicKey | Refusal {
  const type = KEY_TYPE_URLS.get(typeUrl)
  const decoded = tryDecode(keyBytes.decode, value)
  if (type === undefined) return new Refusal(REFUSED.keyTypeNotSupported, `got: ${typeUrl.slice(0, 128)}`)
  if (!decoded.ok || decoded.value.key.length !== publicKeyLength(type)) {
    return new Refusal(REFUSED.invalidPublicKey, `a ${type} key has ${publicKeyLength(type)} bytes`)
  }
  if (type === 'secp256k1' && !isSecp256k1PublicKey(decoded.value.key)) {
    return new Refusal(REFUSED.invalidPublicKey, 'not a point of the curve')
  }
  return { type, bytes: decoded.value.key }
}

/** A consensus key as Cosmos SDK has it in messages. */
export function keyToAny({ type, bytes: key }: PublicKey): Any {
  return { typeUrl: `/cosmos.crypto.${type}.PubKey`, value: keyBytes.encode({ key }) }
}

function descriptionProblem(description: Description): Refusal | null {
  if (description.moniker === '') return new Refusal(REFUSED.invalidRequest, 'moniker is empty')
  for (const [field, limit] of TEXT_LIMITS) {
    const length = Buffer.byteLength(description[field])
    if (length > limit)
      return new Refusal(REFUSED.invalidRequest, `invalid ${field} length; got: ${length}, max: ${limit}`)
  }
  return null
}

function commissionProblem({ rate, maxRate, maxChangeRate }: CommissionRates): Refusal | null {
  if (maxRate > ONE) return new Refusal(REFUSED.commissionHuge)
  if (rate > maxRate) return new Refusal(REFUSED.commissionAboveMax)
  return maxChangeRate > maxRate ? new Refusal(REFUSED.commissionChangeAboveMax) : null
}

function stakeProblem(coin: Coin, minSelfBond: bigint, bondDenom: string): Refusal | null {
  if (coin.denom !== bondDenom) {
    const got = `invalid coin denomination: got ${coin.denom.slice(0, 128)}, expected ${bondDenom}`
    return new Refusal(REFUSED.invalidRequest, got)
  }
  if (coin.amount <= 0n || coin.amount > MAX_AMOUNT)
    return new Refusal(REFUSED.invalidRequest, 'invalid delegation amount')
  if (minSelfBond <= 0n) {
    return new Refusal(REFUSED.invalidRequest, 'minimum self delegation must be a positive integer')
  }
  return coin.amount < minSelfBond ? new Refusal(REFUSED.selfBondTooLow) : null
}

function mergeDescriptions(before: Description, wish: Description): Description {
  const pick = (field: keyof Description) => (wish[field] === DO_NOT_MODIFY ? before[field] : wish[field])
  return {
    moniker: pick('moniker'),
    identity: pick('identity'),
    website: pick('website'),
    securityContact: pick('securityContact'),
    details: pick('details')
  }
}

function newRateRefusal(ctx: Context, validator: ValidatorRecord, rate: bigint | null): Refusal | null {
  if (rate === null) return null
  const { commission, commissionChangedAt } = validator
  if (compareTimestamps(ctx.time, addNanos(commissionChangedAt, DAY_NANOS)) < 0) {
    return new Refusal(REFUSED.commissionTooSoon)
  }
  if (rate > commission.maxRate) return new Refusal(REFUSED.commissionAboveMax)
  if (rate - commission.rate > commission.maxChangeRate) return new Refusal(REFUSED.commissionChangeTooLarge)
  return rate < stakingParams(ctx).minCommissionRate ? new Refusal(REFUSED.commissionBelowMin) : null
}

function newMinSelfBondRefusal(
  ctx: Context,
  operator: AccountId,
  validator: ValidatorRecord,
  minSelfBond: bigint | null
): Refusal | null {
  if (minSelfBond === null) return null
  if (minSelfBond <= validator.minSelfBond) return new Refusal(REFUSED.minSelfBondDecreased)
  const selfBond = tokensOfShares(validator, sharesOf(ctx.state, operator, operator))
  return minSelfBond > selfBond ? new Refusal(REFUSED.selfBondTooLow) : null
}

export const VALIDATOR_HANDLERS = [createHandler, editHandler, rotateHandler]
