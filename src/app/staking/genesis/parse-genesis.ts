import { largestSafeMinSigned, validateChainTimes, validateSlashingParams } from '../../../evidence/index.ts'
import type { ConsensusParams } from '../../../types/index.ts'
import { MAX_TOTAL_POWER } from '../../../types/index.ts'
import { AppError } from '../../app-error.ts'
import { Addresses, isBech32Prefix, MODULE_NAMES } from '../addresses.ts'
import { coinsProblem, MAX_AMOUNT } from '../coins.ts'
import { DEFAULT_COMMISSION, GENESIS_SHAPE, type GenesisJson, type StakingGenesis } from './genesis-shape.ts'

/**
 * Reads the app_state of a staking chain. Throws AppError (GENESIS_INVALID) with one line that names the field.
 */
export function parseStakingGenesis(text: string): StakingGenesis {
  const parsed = GENESIS_SHAPE.safeParse(parseJson(text))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw invalid(`${pathText(issue.path)}${issue.message}`)
  }
  const genesis = fromJson(parsed.data)
  const problem = genesisProblem(genesis)
  if (problem !== null) throw invalid(problem)
  return genesis
}

/** True when the text is an app_state whose chain may be played with: anything else is a real network. */
export function isTestNetwork(appState: string): boolean {
  try {
    const json: unknown = JSON.parse(appState)
    return typeof json === 'object' && json !== null && 'test_network' in json && json.test_network === true
  } catch {
    return false
  }
}

/** The unbonding time in nanoseconds: where the genesis leaves it open, as long as evidence lives. */
export function unbondingTimeOf(genesis: StakingGenesis, params: ConsensusParams): bigint {
  return genesis.staking.unbondingTime ?? params.evidence.maxAgeDuration
}

/** What of the chain's consensus params does not fit to its staking, as one line; null when all does. */
export function chainTimesProblem(genesis: StakingGenesis, params: ConsensusParams): string | null {
  return validateChainTimes({
    unbondingTime: unbondingTimeOf(genesis, params),
    minBlockTime: genesis.minBlockTime,
    evidence: params.evidence
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid('it is not JSON', cause)
  }
}

/** `validators[0].stake: `. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text === '' ? '' : `${text.replace(/^\./, '')}: `
}

function fromJson(json: GenesisJson): StakingGenesis {
  const { tx, staking, slashing } = json.params
  return {
    testNetwork: json.test_network,
    bech32Prefix: json.bech32_prefix,
    bondDenom: json.bond_denom,
    tokensPerPower: staking.tokens_per_power,
    minBlockTime: staking.min_block_time,
    tx: {
      maxMemoCharacters: tx.max_memo_characters,
      maxSignatures: tx.max_signatures,
      maxMessages: tx.max_messages,
      minGasPrice: tx.min_gas_price
    },
    staking: {
      unbondingTime: staking.unbonding_time,
      maxValidators: staking.max_validators,
      maxEntries: staking.max_entries,
      minCommissionRate: staking.min_commission_rate,
      minActiveValidators: staking.min_active_validators
    },
    slashing: {
      signedBlocksWindow: slashing.signed_blocks_window,
      minSigned: slashing.min_signed,
      downtimeJailDuration: slashing.downtime_jail_duration,
      slashFractionDowntime: slashing.slash_fraction_downtime,
      slashFractionDoubleSign: slashing.slash_fraction_double_sign,
      correlation: slashing.correlation,
      correlationWindowBlocks: slashing.correlation_window_blocks
    },
    accounts: json.accounts,
    validators: json.validators.map(validator => ({
      operator: validator.operator,
      publicKey: validator.pub_key,
      moniker: validator.moniker,
      stake: validator.stake,
      minSelfBond: validator.min_self_delegation,
      commission: commissionOf(validator)
    }))
  }
}

function commissionOf({ commission }: GenesisJson['validators'][number]) {
  if (commission === undefined) return DEFAULT_COMMISSION
  const { rate, max_rate: maxRate, max_change_rate: maxChangeRate } = commission
  return { rate, maxRate, maxChangeRate }
}

function genesisProblem(genesis: StakingGenesis): string | null {
  if (!isBech32Prefix(genesis.bech32Prefix)) {
    return 'bech32_prefix: expected up to 20 lower-case letters and digits, not ending in valoper or valcons'
  }
  const slashing = validateSlashingParams(genesis.slashing)
  if (slashing !== null) return `params.slashing.${slashing}`
  const censored = censorshipProblem(genesis)
  if (censored !== null) return `params.slashing.${censored}`
  const addresses = new Addresses(genesis.bech32Prefix)
  return (
    firstProblem(genesis.accounts, 'accounts', accountProblems(addresses)) ??
    firstProblem(genesis.validators, 'validators', validatorProblems(addresses)) ??
    supplyProblem(genesis)
  )
}

function censorshipProblem({ slashing, staking }: StakingGenesis): string | null {
  const { signedBlocksWindow: window, minSigned } = slashing
  const most = largestSafeMinSigned(window, staking.maxValidators)
  if (minSigned <= most) return null
  return (
    `min_signed is ${minSigned} of ${window} blocks, but proposers with less than a third of the seats could leave out ` +
    `an honest validator's signatures until it is jailed; at most ${most} is safe with ${staking.maxValidators} seats`
  )
}

function firstProblem<T>(
  items: readonly T[],
  name: string,
  problemOf: (item: T) => string | null
): string | null {
  for (const [index, item] of items.entries()) {
    const problem = problemOf(item)
    if (problem !== null) return `${name}[${index}].${problem}`
  }
  return null
}

function accountProblems(
  addresses: Addresses
): (account: StakingGenesis['accounts'][number]) => string | null {
  const seen = new Set<string>()
  return ({ address, coins }) => {
    const account = addresses.account(address)
    if (account === null) return `address: expected an address that begins with ${addresses.prefix}1`
    if (seen.has(account)) return 'address: it comes twice'
    if (MODULE_NAMES.has(account)) return 'address: it belongs to the app'
    seen.add(account)
    const sorted = [...coins].sort((a, b) => (a.denom < b.denom ? -1 : 1))
    const problem = coinsProblem(sorted)
    return problem === null ? null : `coins: ${problem}`
  }
}

function validatorProblems(
  addresses: Addresses
): (validator: StakingGenesis['validators'][number]) => string | null {
  const seen = new Set<string>()
  const keys = new Set<string>()
  return ({ operator, publicKey, stake, minSelfBond, commission }) => {
    const id = addresses.operator(operator)
    if (id === null) return `operator: expected an address that begins with ${addresses.prefix}valoper1`
    if (seen.has(id)) return 'operator: it comes twice'
    seen.add(id)
    const key = Buffer.from(publicKey.bytes).toString('hex')
    if (keys.has(key)) return 'pub_key: it comes twice'
    keys.add(key)
    if (minSelfBond > stake) return 'min_self_delegation: it is more than the stake'
    const { rate, maxRate, maxChangeRate } = commission
    return rate > maxRate || maxChangeRate > maxRate
      ? 'commission: rate and max_change_rate must not exceed max_rate'
      : null
  }
}

/** All the power there can ever be must be one that consensus can count. */
function supplyProblem(genesis: StakingGenesis): string | null {
  const sums = new Map<string, bigint>()
  const add = (denom: string, amount: bigint) => sums.set(denom, (sums.get(denom) ?? 0n) + amount)
  for (const { coins } of genesis.accounts) for (const { denom, amount } of coins) add(denom, amount)
  for (const { stake } of genesis.validators) add(genesis.bondDenom, stake)
  for (const [denom, sum] of sums)
    if (sum > MAX_AMOUNT) return `accounts: there is more than ${MAX_AMOUNT} of ${denom}`
  const power = (sums.get(genesis.bondDenom) ?? 0n) / genesis.tokensPerPower
  if (power <= MAX_TOTAL_POWER) return null
  return `accounts: all ${genesis.bondDenom} together would be a power of ${power}; at most ${MAX_TOTAL_POWER} is allowed`
}

export function invalid(problem: string, cause?: unknown): AppError {
  return new AppError('GENESIS_INVALID', `app_state of the genesis: ${problem}`, { cause })
}
