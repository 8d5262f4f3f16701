import {
  Addresses,
  type Any,
  accountOfKey,
  askAccount,
  type Coin,
  createValidatorMessage,
  DEFAULT_BECH32_PREFIX,
  DEFAULT_BOND_DENOM,
  DEFAULT_COMMISSION,
  DEFAULT_TOKENS_PER_POWER,
  delegateMessage,
  type FinalizeBlockRequest,
  type FinalizeBlockResponse,
  newStakingGenesis,
  sendMessage,
  signTx,
  stakingAuditProblem,
  stakingGenesisToJson,
  undelegateMessage
} from '../../app/index.ts'
import { secp256k1PublicKeyOf, sha256 } from '../../crypto/index.ts'
import { DEFAULT_SLASHING_PARAMS } from '../../evidence/index.ts'
import type { Hex } from '../../types/index.ts'
import type { SimApp, TxContext, TxMaker } from './sim-app.ts'

const addresses = new Addresses(DEFAULT_BECH32_PREFIX)
const PURSE = 1_000_000n * DEFAULT_TOKENS_PER_POWER
const GAS = 1_000_000
/** Accounts of the genesis: enough for every validator and spare. */
const ACCOUNTS = 110
/** Nobody is jailed for downtime in a run: who is left then could be fewer than the run is made for. */
const LONG_WINDOW = 10_000
/** Of the stake at the time of the offence. */
const LEAST_FRACTION = 0.05
/** Reasons of a slash that say that somebody misbehaved. */
const MISBEHAVIOUR = ['double_sign', 'double_proposal', 'light_client_attack']
const DESCRIPTION = { moniker: 'spare', identity: '', website: '', securityContact: '', details: '' }

interface Account {
  readonly address: string
  readonly operator: string
  readonly privateKey: Uint8Array
}

/** The staking application: validators have stake, operators send and delegate, offences cost tokens. */
export const stakingSim: SimApp = {
  genesisState(seed, validators) {
    const accounts = Array.from({ length: ACCOUNTS }, (_, index) => accountOf(seed, index))
    return stakingGenesisToJson(
      newStakingGenesis({
        testNetwork: false,
        slashing: { ...DEFAULT_SLASHING_PARAMS, signedBlocksWindow: LONG_WINDOW, minSigned: 1 },
        accounts: accounts.map(({ address }) => ({ address, coins: [coin(PURSE)] })),
        validators: validators.map(({ publicKey, power, name }, index) => ({
          operator: accounts[index]!.operator,
          publicKey,
          moniker: name,
          stake: power * DEFAULT_TOKENS_PER_POWER,
          minSelfBond: 1n,
          commission: DEFAULT_COMMISSION
        }))
      })
    )
  },
  makeTxs: context => new StakingTxs(context),
  whyStateIsWrong: stakingAuditProblem,
  whySlashingIsWrong
}

class StakingTxs implements TxMaker {
  readonly #context: TxContext
  readonly #sequences = new Map<number, number>()
  readonly #joined = new Set<number>()

  constructor(context: TxContext) {
    this.#context = context
  }

  /** Coins go from one operator to another, or to a validator as a stake too small for a unit of power. */
  next(): Promise<Uint8Array | null> {
    const { prng, keys } = this.#context
    const [from, to] = [prng.int(keys.length), prng.int(keys.length)]
    return this.#sign(from, sendMessage(this.#account(from).address, this.#account(to).address, [coin(1n)]))
  }

  setPower(key: number, before: number, after: number): Promise<Uint8Array | null> {
    const { address, operator } = this.#account(key)
    const change = coin(BigInt(Math.abs(after - before)) * DEFAULT_TOKENS_PER_POWER)
    if (before === 0 && !this.#joined.has(key)) {
      this.#joined.add(key)
      const { publicKey } = this.#context.keys[key]!
      const message = createValidatorMessage({
        delegatorAddress: address,
        validatorAddress: operator,
        publicKey,
        description: DESCRIPTION,
        commission: DEFAULT_COMMISSION,
        minSelfDelegation: 1n,
        stake: change
      })
      return this.#sign(key, message)
    }
    if (after === before) return Promise.resolve(null)
    const move = after > before ? delegateMessage : undelegateMessage
    return this.#sign(key, move(address, operator, change))
  }

  #account(index: number): Account {
    return accountOf(this.#context.seed, index)
  }

  /** Signed with the next sequence, or the chain's where one of those before has got lost. */
  async #sign(index: number, message: Any): Promise<Uint8Array | null> {
    const { app, chainId, prng } = this.#context
    const { address, privateKey } = this.#account(index)
    const question = askAccount(address)
    const answer = await app.query({ ...question, height: 0, prove: false })
    if (answer.code !== 0) return null
    const { number: accountNumber, sequence: settled } = question.read(answer.value)
    const next = this.#sequences.get(index) ?? 0
    const sequence = next > settled && prng.chance(0.7) ? next : settled
    this.#sequences.set(index, sequence + 1)
    const fee = { coins: [], gasLimit: GAS }
    const plan = { messages: [message], memo: '', timeoutHeight: 0, fee, sequence }
    return signTx({ ...plan, chainId, accountNumber }, privateKey)
  }
}

/** By `<seed>/<index>`: two derivations of keys are dear. */
const accountCache = new Map<string, Account>()

function accountOf(seed: string, index: number): Account {
  const label = `${seed}/account/${index}`
  let account = accountCache.get(label)
  if (account === undefined) {
    const privateKey = sha256(Buffer.from(label))
    const id = accountOfKey(secp256k1PublicKeyOf(privateKey))
    account = { address: addresses.ofAccount(id), operator: addresses.ofOperator(id), privateKey }
    if (accountCache.size >= 2 * ACCOUNTS) accountCache.clear()
    accountCache.set(label, account)
  }
  return account
}

/** Every slash for misbehaviour is of somebody guilty, and whoever the block proves guilty is punished in it. */
function whySlashingIsWrong(
  { misbehavior }: FinalizeBlockRequest,
  { events }: FinalizeBlockResponse,
  isHonest: (address: Hex) => boolean
): string | null {
  const named = new Map(
    misbehavior.map(({ validator }) => [addresses.ofConsensusKey(validator.address), validator.address])
  )
  const answered = new Set<string>()
  for (const { type, attributes } of events) {
    const value = (key: string): string => attributes.find(attribute => attribute.key === key)?.value ?? ''
    if (type === 'slash_ignored') answered.add(value('address'))
    if (type !== 'slash' || !MISBEHAVIOUR.includes(value('reason'))) continue
    const culprit = named.get(value('address'))
    if (culprit === undefined) return `${value('address')} is slashed, and no evidence in the block names it`
    if (isHonest(culprit)) return `an honest validator is slashed: ${culprit}`
    const { power } = misbehavior.find(({ validator }) => validator.address === culprit)!.validator
    if (value('power') !== String(power)) {
      return `${culprit} is slashed for a power of ${value('power')}, its power was ${power}`
    }
    const fraction = Number(value('fraction'))
    const most = Number(power * DEFAULT_TOKENS_PER_POWER) * fraction
    const burned = Number.parseInt(value('burned_coins'), 10)
    if (fraction < LEAST_FRACTION || burned > most) {
      return `${culprit} loses ${burned}, ${fraction} of what it had is ${most}`
    }
    answered.add(value('address'))
  }
  for (const [address, culprit] of named) {
    if (!answered.has(address)) return `evidence against ${culprit} goes unpunished`
  }
  return null
}

function coin(amount: bigint): Coin {
  return { denom: DEFAULT_BOND_DENOM, amount }
}
