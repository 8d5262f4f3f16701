import { expect, it } from 'vitest'
import { unjailMessage } from '../../../../src/app/index.ts'
import { MemoryKeyValueStore } from '../../../../src/blockstore/index.ts'
import { DowntimeRecorder } from '../../../../src/evidence/index.ts'
import type { Block, ChainState, Commit, ValidatorSet } from '../../../../src/types/index.ts'
import { makeRandom } from '../../../support/random.ts'
import { MILLION, STORY_PARAMS } from './slashing-stage.ts'
import { Bed, person } from './staking-bed.ts'

const NAMES = ['val0', 'val1', 'val2', 'val3']
const BLOCKS = 150
const SEEDS = Array.from({ length: 4 }, (_, index) => index + 1)

/** A chain whose validators are jailed, let out and come back, and the records a node makes beside it. */
async function play(seed: number) {
  const random = makeRandom(seed)
  const bed = await Bed.start({
    stakes: Object.fromEntries(NAMES.map((name, index) => [name, BigInt(100 + index) * MILLION])),
    genesis: {
      slashing: { ...STORY_PARAMS, downtimeJailDuration: 3_000_000_000n }
    }
  })
  const store = new MemoryKeyValueStore()
  const history = { commitAt: () => null, validatorsAt: (height: number) => setOf(bed, height) }
  const rules = { window: 10, threshold: 5 }
  const state = { lastBlockHeight: 0, initialHeight: 1 } as ChainState
  const recorder = await DowntimeRecorder.open({ store, history, rules }, state)
  const jails: string[] = []
  for (let n = 0; n < BLOCKS; n++) {
    const isBad = Math.floor(n / 20) % 2 === 1
    const absent = NAMES.slice(1).filter(() => random() < (isBad ? 0.8 : 0.2))
    const votes = bed.votes(bed.height, absent)
    await bed.block({ absent, txs: await unjails(bed, random) })
    const block = blockOf(
      bed.height,
      votes.map(({ blockIdFlag }) => blockIdFlag)
    )
    await store.batch(recorder.ops(block), { sync: false })
    recorder.update(block)
    for (const { type, attributes } of bed.last!.events) {
      const value = (name: string) => attributes.find(({ key }) => key === name)?.value
      if (type === 'jail' && value('reason') === 'missing_signature')
        jails.push(`${bed.height} ${NAMES.find(name => person(name).operator === value('validator'))}`)
    }
  }
  const records: string[] = []
  for await (const { committedHeight, validators } of recorder.records(0, BLOCKS)) {
    const name = NAMES.find(each => person(each).consensusAddress === validators[0])
    records.push(`${committedHeight} ${name}`)
  }
  return { jails: jails.sort(), records: records.sort() }
}

/** Whoever is in jail asks to be let out now and then. */
async function unjails(bed: Bed, random: () => number): Promise<Uint8Array[]> {
  const asking = NAMES.filter(() => random() < 0.2)
  return Promise.all(asking.map(name => bed.tx(name, [unjailMessage(person(name).operator)])))
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

it.each(SEEDS)(
  'a node records downtime in the block that jails for it, and after a jail anew: seed %i',
  async seed => {
    const { jails, records } = await play(seed)
    expect(records).toEqual(jails)
    expect(jails.length).toBeGreaterThan(3)
  }
)
