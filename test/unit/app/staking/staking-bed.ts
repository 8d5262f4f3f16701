import {
  Addresses,
  type Any,
  type AppStore,
  accountOfKey,
  type Coin,
  type CommitInfoVote,
  DEFAULT_COMMISSION,
  type ExecTxResult,
  type FinalizeBlockResponse,
  type InitChainRequest,
  type Misbehavior,
  newStakingGenesis,
  StakingApp,
  type StakingGenesis,
  signTx,
  stakingGenesisToJson
} from '../../../../src/app/index.ts'
import { MODULE_NAMES } from '../../../../src/app/staking/addresses.ts'
import { ACCOUNT_ANSWER, BASE_ACCOUNT } from '../../../../src/app/staking/query/auth.ts'
import { MemoryKeyValueStore } from '../../../../src/blockstore/index.ts'
import { ProtoWriter } from '../../../../src/codec/index.ts'
import { addressOf, publicKeyOf, secp256k1PublicKeyOf, sha256 } from '../../../../src/crypto/index.ts'
import {
  BLOCK_ID_FLAG,
  DEFAULT_CONSENSUS_PARAMS,
  type Hex,
  type PublicKey,
  type Timestamp
} from '../../../../src/types/index.ts'

export const CHAIN_ID = 'staking-test'
export const DENOM = 'upnyx'
export const GENESIS_TIME: Timestamp = { seconds: 1_700_000_000, nanos: 0 }
export const addresses = new Addresses('pnyx')

/** A person with a key, the same each time for the same name. */
export interface Person {
  readonly privateKey: Uint8Array
  readonly account: string
  readonly address: string
  readonly operator: string
  /** The key a validator of this person signs with, and its address. */
  readonly consensusKey: PublicKey
  readonly consensusAddress: Hex
}

export function person(name: string): Person {
  const known = people.get(name)
  if (known !== undefined) return known
  const made = makePerson(name)
  people.set(name, made)
  return made
}

const people = new Map<string, Person>()

function makePerson(name: string): Person {
  const privateKey = sha256(Buffer.from(name))
  const account = accountOfKey(secp256k1PublicKeyOf(privateKey))
  const consensusKey: PublicKey = {
    type: 'ed25519',
    bytes: publicKeyOf(sha256(Buffer.from(`key of ${name}`)))
  }
  return {
    privateKey,
    account,
    address: addresses.ofAccount(account),
    operator: addresses.ofOperator(account),
    consensusKey,
    consensusAddress: addressOf(consensusKey)
  }
}

export const upnyx = (amount: bigint | number): Coin => ({ denom: DENOM, amount: BigInt(amount) })

/** Accounts in the order of their numbers: those with coins, the app's own, the operators. */
function genesisAccounts({ stakes = { val0: 1n }, coins = {} }: BedPlan): readonly string[] {
  const own = Object.keys(coins).map(name => person(name).account)
  const operators = Object.keys(stakes).map(name => person(name).account)
  return [...new Set([...own, ...MODULE_NAMES.keys(), ...operators])]
}

/** Stake in the genesis, by name; accounts with coins, by name. */
export interface BedPlan {
  readonly stakes?: Readonly<Record<string, bigint>>
  readonly coins?: Readonly<Record<string, bigint>>
  readonly genesis?: Partial<StakingGenesis>
  readonly initialHeight?: number
}

export function genesisOf({
  stakes = { val0: 100_000_000n },
  coins = {},
  genesis = {}
}: BedPlan): StakingGenesis {
  return newStakingGenesis({
    testNetwork: true,
    accounts: Object.entries(coins).map(([name, amount]) => ({
      address: person(name).address,
      coins: [upnyx(amount)]
    })),
    validators: Object.entries(stakes).map(([name, stake]) => ({
      operator: person(name).operator,
      publicKey: person(name).consensusKey,
      moniker: name,
      stake,
      minSelfBond: 1n,
      commission: DEFAULT_COMMISSION
    })),
    ...genesis
  })
}

export function initRequest(plan: BedPlan): InitChainRequest {
  return {
    time: GENESIS_TIME,
    chainId: CHAIN_ID,
    consensusParams: DEFAULT_CONSENSUS_PARAMS,
    validators: [],
    appState: stakingGenesisToJson(genesisOf(plan)),
    initialHeight: plan.initialHeight ?? 1
  }
}

export interface BlockPlan {
  readonly txs?: readonly Uint8Array[]
  /** Names of validators who did not sign the block before. */
  readonly absent?: readonly string[]
  readonly misbehavior?: readonly Misbehavior[]
  /** Since the block before; 1 when left out. */
  readonly seconds?: number
  /** Who signed, where it is not the set as the app left it two blocks ago. */
  readonly votes?: readonly CommitInfoVote[]
}

/** A chain of one application, its blocks made by hand, its clock the blocks'. */
export class Bed {
  readonly store: AppStore
  app: StakingApp
  height: number
  seconds = GENESIS_TIME.seconds
  /** The set that signs by height, as CometBFT would have it. */
  readonly sets = new Map<number, ReadonlyMap<Hex, bigint>>()
  readonly sequences = new Map<string, number>()
  last: FinalizeBlockResponse | null = null

  readonly #genesisAccounts: readonly string[]

  private constructor(store: AppStore, app: StakingApp, height: number, genesisAccounts: readonly string[]) {
    this.#genesisAccounts = genesisAccounts
    this.store = store
    this.app = app
    this.height = height
  }

  static async start(plan: BedPlan = {}, store: AppStore = new MemoryKeyValueStore()): Promise<Bed> {
    const app = await StakingApp.open({ store })
    const bed = new Bed(store, app, (plan.initialHeight ?? 1) - 1, genesisAccounts(plan))
    const { validators } = await app.initChain(initRequest(plan))
    const first = new Map(validators.map(({ publicKey, power }) => [addressOf(publicKey), power]))
    bed.sets.set(bed.height + 1, first)
    bed.sets.set(bed.height + 2, first)
    return bed
  }

  /** The app after a restart of its process. */
  async restart(): Promise<void> {
    this.app = await StakingApp.open({ store: this.store })
  }

  get time(): Timestamp {
    return { seconds: this.seconds, nanos: 0 }
  }

  request({ txs = [], absent = [], misbehavior = [], seconds = 1, votes }: BlockPlan = {}) {
    const height = this.height + 1
    return {
      txs,
      decidedLastCommit: { round: 0, votes: votes ?? this.votes(height - 1, absent) },
      misbehavior,
      hash: 'aa'.repeat(32),
      height,
      time: { seconds: this.seconds + seconds, nanos: 0 },
      nextValidatorsHash: 'bb'.repeat(32),
      proposerAddress: 'ff'.repeat(20)
    }
  }

  async block(plan: BlockPlan = {}): Promise<FinalizeBlockResponse> {
    const request = this.request(plan)
    const response = await this.app.finalizeBlock(request)
    await this.app.commit()
    this.height = request.height
    this.seconds = request.time.seconds
    const next = new Map(this.sets.get(request.height + 1))
    for (const { publicKey, power } of response.validatorUpdates) {
      if (power === 0n) next.delete(addressOf(publicKey))
      else next.set(addressOf(publicKey), power)
    }
    this.sets.set(request.height + 2, next)
    this.last = response
    return response
  }

  async blocks(count: number, plan: BlockPlan = {}): Promise<void> {
    for (let n = 0; n < count; n++) await this.block(plan)
  }

  /** Who signed a height, everybody but those named. */
  votes(height: number, absent: readonly string[] = []): CommitInfoVote[] {
    const away = new Set(absent.map(name => person(name).consensusAddress))
    return [...(height >= this.firstHeight ? (this.sets.get(height) ?? []) : [])].map(([address, power]) => ({
      validator: { address, power },
      blockIdFlag: away.has(address) ? BLOCK_ID_FLAG.absent : BLOCK_ID_FLAG.commit
    }))
  }

  get firstHeight(): number {
    return Math.min(...this.sets.keys())
  }

  /** A transaction of the next sequence of `name`; account numbers are those of the genesis order. */
  async tx(name: string, messages: readonly Any[], more: Partial<TxWish> = {}): Promise<Uint8Array> {
    const { privateKey, account } = person(name)
    const sequence = more.sequence ?? this.sequences.get(name) ?? 0
    this.sequences.set(name, sequence + 1)
    return signTx(
      {
        messages,
        memo: more.memo ?? '',
        timeoutHeight: more.timeoutHeight ?? 0,
        fee: { coins: more.fee ?? [], gasLimit: more.gasLimit ?? 1_000_000 },
        sequence,
        chainId: more.chainId ?? CHAIN_ID,
        accountNumber: more.accountNumber ?? (await this.accountNumber(account))
      },
      more.privateKey ?? privateKey
    )
  }

  /** Runs one transaction in a block of its own. */
  async run(name: string, messages: readonly Any[], more: Partial<TxWish> = {}): Promise<ExecTxResult> {
    const { txResults } = await this.block({ txs: [await this.tx(name, messages, more)] })
    return txResults[0]!
  }

  /** Of an account of the genesis, or one the chain has made since. */
  async accountNumber(account: string): Promise<number> {
    const known = this.#genesisAccounts.indexOf(account)
    if (known >= 0) return known
    return (await this.baseAccount(account)).accountNumber
  }

  async baseAccount(account: string) {
    const data = new ProtoWriter()
    data.string(1, addresses.ofAccount(account))
    const value = await this.query('/cosmos.auth.v1beta1.Query/Account', data.finish())
    return BASE_ACCOUNT.decode(ACCOUNT_ANSWER.decode(value).account.value)
  }

  async query(path: string, data: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    const { code, log, value } = await this.app.query({ path, data, height: 0, prove: false })
    if (code !== 0) throw new Error(`${code}: ${log}`)
    return value
  }

  /** The answer of one of the app's own paths. */
  async ask(path: string, question: object = {}): Promise<Record<string, never>> {
    return JSON.parse(Buffer.from(await this.query(path, Buffer.from(JSON.stringify(question)))).toString())
  }
}

export interface TxWish {
  readonly sequence: number
  readonly memo: string
  readonly timeoutHeight: number
  readonly fee: readonly Coin[]
  readonly gasLimit: number
  readonly chainId: string
  readonly accountNumber: number
  readonly privateKey: Uint8Array
}
