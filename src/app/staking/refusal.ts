/** Why a transaction or a query was not done: Cosmos SDK's codes, so that clients know them, and a line for people. */
export class Refusal {
  readonly codespace: string
  readonly code: number
  readonly log: string

  constructor({ codespace, code, phrase }: RefusalKind, detail = '') {
    this.codespace = codespace
    this.code = code
    this.log = detail === '' ? phrase : `${detail}: ${phrase}`
  }
}

export interface RefusalKind {
  readonly codespace: string
  readonly code: number
  readonly phrase: string
}

function sdk(code: number, phrase: string): RefusalKind {
  return { codespace: 'sdk', code, phrase }
}

function staking(code: number, phrase: string): RefusalKind {
  return { codespace: 'staking', code, phrase }
}

function slashing(code: number, phrase: string): RefusalKind {
  return { codespace: 'slashing', code, phrase }
}

/** Registered errors of Cosmos SDK v0.50 (types/errors, x/staking/types/errors.go, x/slashing/types/errors.go). */
export const REFUSED = {
  txDecode: sdk(2, 'tx parse error'),
  unauthorized: sdk(4, 'unauthorized'),
  insufficientFunds: sdk(5, 'insufficient funds'),
  unknownRequest: sdk(6, 'unknown request'),
  invalidAddress: sdk(7, 'invalid address'),
  invalidPublicKey: sdk(8, 'invalid pubkey'),
  unknownAddress: sdk(9, 'unknown address'),
  invalidCoins: sdk(10, 'invalid coins'),
  outOfGas: sdk(11, 'out of gas'),
  memoTooLarge: sdk(12, 'memo too large'),
  insufficientFee: sdk(13, 'insufficient fee'),
  tooManySignatures: sdk(14, 'maximum number of signatures exceeded'),
  noSignatures: sdk(15, 'no signatures supplied'),
  invalidRequest: sdk(18, 'invalid request'),
  invalidHeight: sdk(26, 'invalid height'),
  timeoutHeight: sdk(30, 'tx timeout height'),
  unknownExtension: sdk(31, 'unknown extension options'),
  wrongSequence: sdk(32, 'incorrect account sequence'),
  notSupported: sdk(37, 'feature not supported'),
  notFound: sdk(38, 'not found'),
  invalidGasLimit: sdk(41, 'invalid gas limit'),
  noValidator: staking(3, 'validator does not exist'),
  validatorExists: staking(
    4,
    'validator already exist for this operator address; must use new validator operator address'
  ),
  keyExists: staking(5, 'validator already exist for this pubkey; must use new validator pubkey'),
  keyTypeNotSupported: staking(6, 'validator pubkey type is not supported'),
  validatorJailed: staking(7, 'validator for this address is currently jailed'),
  commissionHuge: staking(10, 'commission cannot be more than 100%'),
  commissionAboveMax: staking(11, 'commission cannot be more than the max rate'),
  commissionTooSoon: staking(12, 'commission cannot be changed more than once in 24h'),
  commissionChangeTooLarge: staking(14, 'commission cannot be changed more than max change rate'),
  commissionChangeAboveMax: staking(15, 'commission change rate cannot be more than the max rate'),
  selfBondTooLow: staking(
    16,
    "validator's self delegation must be greater than their minimum self delegation"
  ),
  minSelfBondDecreased: staking(17, 'minimum self delegation cannot be decrease'),
  noDelegation: staking(19, 'no delegation for (address, validator) tuple'),
  tooFewShares: staking(22, 'insufficient delegation shares'),
  noUnbonding: staking(26, 'no unbonding delegation found'),
  tooManyUnbondings: staking(27, 'too many unbonding delegation entries for (delegator, validator) tuple'),
  noRedelegation: staking(28, 'no redelegation found'),
  selfRedelegation: staking(29, 'cannot redelegate to the same validator'),
  tinyRedelegation: staking(30, 'too few tokens to redelegate (truncates to zero tokens)'),
  badDestination: staking(31, 'redelegation destination validator not found'),
  transitiveRedelegation: staking(
    32,
    'redelegation to this validator already in progress; first redelegation to this validator must complete before next redelegation'
  ),
  tooManyRedelegations: staking(
    33,
    'too many redelegation entries for (delegator, src-validator, dst-validator) tuple'
  ),
  worthlessShares: staking(34, 'cannot delegate to validators with invalid (zero) ex-rate'),
  commissionBelowMin: staking(40, 'commission cannot be less than min rate'),
  noOwnValidator: slashing(2, 'address is not associated with any known validator'),
  stillJailed: slashing(4, 'validator still jailed; cannot be unjailed'),
  notJailed: slashing(5, 'validator not jailed; cannot be unjailed'),
  missingSelfBond: slashing(6, 'validator has no self-delegation; cannot be unjailed'),
  selfBondTooLowToUnjail: slashing(7, "validator's self delegation less than minimum; cannot be unjailed"),
  noSigningInfo: slashing(8, 'no validator signing info found'),
  tombstoned: slashing(9, 'validator already tombstoned')
} as const satisfies Readonly<Record<string, RefusalKind>>
