import { expect, it } from 'vitest'
import { type Any, delegateMessage, undelegateMessage, unjailMessage } from '../../../../src/app/index.ts'
import { MemoryKeyValueStore } from '../../../../src/blockstore/index.ts'
import { DowntimeRecorder } from '../../../../src/evidence/index.ts'
import type { Block, ChainState, Commit, Hex, ValidatorSet } from '../../../../src/types/index.ts'
import { makeRandom } from '../../../support/random.ts'
import { MILLION, STORY_PARAMS } from './slashing-stage.ts'
import { Bed, person, upnyx } from './staking-bed.ts'

/*
 * Goal: a record of downtime, which a node makes of last commits alone, is of the block in which the application slashes
 * for it, however validators come and go.
 * Method: random histories in which validators are jailed for downtime, let out, and put out of the set and back by the
 * stake of others; what the application did is its events, compared with the records made beside it.
 */

const NAMES = ['val0', 'val1', 'val2', 'val3', 'val4']
const BLOCKS = 150
const RULES = { window: 10, threshold: 5 }

interface Plan {
  readonly seed: number
  readonly maxValidators: number
  /** How likely a block is to hold a change of stake. */
  readonly restlessness: number
}

interface Noted {
  readonly height: number
  readonly name: string
}

/** A chain, and the records of a node beside it. */
class Watched {
  readonly bed: Bed
  readonly jails: Noted[] = []
  /** Returns one block after leaving: a node learns of them too late to judge the block between by them. */
  readonly hasty: Noted[] = []
  readonly #recorder: DowntimeRecorder
  readonly #store: MemoryKeyValueStore

  private constructor(bed: Bed, recorder: DowntimeRecorder, store: MemoryKeyValueStore) {
    this.bed = bed
    this.#recorder = recorder
    this.#store = store
  }

  static async start({ maxValidators }: Plan): Promise<Watched> {
    const bed = await Bed.start({
      stakes: Object.fromEntries(NAMES.map((name, index) => [name, BigInt(100 + index) * MILLION])),
      coins: { alice: 1000n * MILLION },
      genesis: {
        staking: {
          unbondingTime: null,
          maxValidators,
          maxEntries: 100,
          minCommissionRate: 0n,
          minActiveValidators: 1
        },
        slashing: { ...STORY_PARAMS, downtimeJailDuration: 3_000_000_000n }
      }
    })
    const store = new MemoryKeyValueStore()
    const history = { commitAt: () => null, validatorsAt: (height: number) => setOf(bed, height) }
    const state = { lastBlockHeight: 0, initialHeight: 1 } as ChainState
    return new Watched(bed, await DowntimeRecorder.open({ store, history, rules: RULES }, state), store)
  }

  async block(absent: readonly string[], txs: readonly Uint8Array[]): Promise<void> {
    const { bed } = this
    const votes = bed.votes(bed.height, absent)
    const [wasIn, isIn] = [this.#members(bed.height + 1), this.#members(bed.height + 2)]
    await bed.block({ absent, txs })
    const { height } = bed
    const willBeIn = this.#members(height + 2)
    for (const address of wasIn) {
      const isBack = willBeIn.has(address) && !isIn.has(address)
      if (isBack) this.hasty.push({ height, name: nameOf(address) })
    }
    const flags = votes.map(({ blockIdFlag }) => blockIdFlag)
    const block = blockOf(height, flags)
    await this.#store.batch(this.#recorder.ops(block), { sync: false })
    this.#recorder.update(block)
    for (const { type, attributes } of bed.last!.events) {
      const value = (name: string) => attributes.find(({ key }) => key === name)?.value
      if (type !== 'slash' || value('reason') !== 'missing_signature') continue
      this.jails.push({ height, name: NAMES.find(name => person(name).operator === value('validator'))! })
    }
  }

  async records(): Promise<readonly Noted[]> {
    const records: Noted[] = []
    for await (const { committedHeight, validators } of this.#recorder.records(0, BLOCKS)) {
      records.push({ height: committedHeight, name: nameOf(validators[0]!) })
    }
    return records
  }

  #members(height: number): ReadonlySet<Hex> {
    return new Set(this.bed.sets.get(height)?.keys())
  }
}

async function play(plan: Plan) {
  const random = makeRandom(plan.seed)
  const watched = await Watched.start(plan)
  for (let n = 0; n < BLOCKS; n++) {
    const isBad = Math.floor(n / 20) % 2 === 1
    const absent = NAMES.slice(1).filter(() => random() < (isBad ? 0.8 : 0.2))
    await watched.block(absent, await wishes(watched.bed, random, plan))
  }
  const { jails, hasty } = watched
  return { jails, records: await watched.records(), hasty }
}

/** Whoever is in jail asks to be let out now and then, and alice changes her mind about whom to trust. */
async function wishes(bed: Bed, random: () => number, { restlessness }: Plan): Promise<Uint8Array[]> {
  const asking = NAMES.filter(() => random() < 0.2)
  const txs = await Promise.all(asking.map(name => bed.tx(name, [unjailMessage(person(name).operator)])))
  if (random() < restlessness) txs.push(await bed.tx('alice', [moveOf(random)]))
  return txs
}

function moveOf(random: () => number): Any {
  const { operator } = person(NAMES[Math.floor(random() * NAMES.length)]!)
  const amount = upnyx(BigInt(Math.floor(1 + random() * 5)) * MILLION)
  const make = random() < 0.5 ? delegateMessage : undelegateMessage
  return make(person('alice').address, operator, amount)
}

function nameOf(address: Hex): string {
  return NAMES.find(name => person(name).consensusAddress === address)!
}

function setOf(bed: Bed, height: number): ValidatorSet | null {
  const set = bed.sets.get(height)
  return set
    ? ({ validators: [...set].map(([address, power]) => ({ address, power })) } as unknown as ValidatorSet)
    : null
}

function blockOf(height: number, flags: readonly number[]): Block {
  const signatures = flags.map(blockIdFlag => ({ blockIdFlag }))
  const lastCommit = height === 1 ? null : ({ height: height - 1, signatures } as unknown as Commit)
  return { header: { height }, lastCommit, evidence: [], txs: [] } as unknown as Block
}

const textsOf = (noted: readonly Noted[]) => noted.map(({ height, name }) => `${height} ${name}`).sort()

it.each([1, 2, 3, 4])(
  'a node records downtime in the block that slashes for it, and after a jail anew: seed %i',
  async seed => {
    const { jails, records } = await play({ seed, maxValidators: 5, restlessness: 0 })
    expect(textsOf(records)).toEqual(textsOf(jails))
    expect(jails.length).toBeGreaterThan(3)
  }
)

it.each([5, 6, 7, 8, 9, 10, 11, 12])(
  'the same of those whom the stake of others put out of the set, however long: seed %i',
  async seed => {
    const { jails, records, hasty } = await play({ seed, maxValidators: 3, restlessness: 0.1 + 0.03 * seed })
    const isComparable = ({ name, height }: Noted) =>
      !hasty.some(each => each.name === name && each.height <= height)
    expect(textsOf(records.filter(isComparable))).toEqual(textsOf(jails.filter(isComparable)))
    expect(jails.filter(isComparable).length).toBeGreaterThan(3)
  }
)
