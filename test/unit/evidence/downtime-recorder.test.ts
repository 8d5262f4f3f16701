import { describe, expect, it } from 'vitest'
import { MemoryKeyValueStore } from '../../../src/blockstore/index.ts'
import { DowntimeRecorder, type DowntimeRules, searchFaults } from '../../../src/evidence/index.ts'
import { BLOCK_ID_FLAG, type BlockIdFlag } from '../../../src/types/index.ts'
import { ChainBed } from './chain-bed.ts'

const { commit: YES, absent: NO, nil: NIL } = BLOCK_ID_FLAG
const RULES: DowntimeRules = { window: 10, threshold: 5 }

class Bed {
  readonly chain = new ChainBed()
  readonly store = new MemoryKeyValueStore()
  recorder!: DowntimeRecorder

  async open(rules = RULES): Promise<this> {
    const { history, state } = this.chain
    this.recorder = await DowntimeRecorder.open({ store: this.store, history, rules }, state)
    return this
  }

  /** One block; `flags` is what each validator did in the height before. */
  async block(...flags: BlockIdFlag[]): Promise<void> {
    const block = this.chain.nextBlock([], flags)
    const ops = this.recorder.ops(block)
    this.chain.apply(block)
    await this.store.batch(ops, { sync: false })
    this.recorder.update(block)
  }

  async blocks(count: number, ...flags: BlockIdFlag[]): Promise<this> {
    for (let block = 0; block < count; block++) await this.block(...flags)
    return this
  }

  async records() {
    const { records } = await searchFaults([this.recorder], {}, { offset: 0, limit: 100, newestFirst: false })
    return records
  }

  presence(validator: number) {
    return this.recorder.presence(this.chain.keys.set.validators[validator]!.address)
  }
}

describe('downtime', () => {
  it('is recorded with window, bitmap and power once more than the threshold of a full window is missed', async () => {
    const bed = await new Bed().open()
    await bed.blocks(6, YES, YES, YES, YES)
    await bed.blocks(5, YES, NO, YES, YES)
    expect(await bed.records()).toEqual([])
    await bed.block(YES, NO, YES, YES)
    const [record, ...others] = await bed.records()
    expect(others).toEqual([])
    expect(record).toMatchObject({
      kind: 'downtime',
      status: 'committed',
      validators: [bed.chain.keys.set.validators[1]!.address],
      height: 11,
      committedHeight: 12,
      window: 10,
      missedCount: 6,
      power: 10n
    })
    expect(record!.kind === 'downtime' && bitsOf(record!.missed)).toBe('0000111111')
    expect(bed.presence(1)).toEqual({ startHeight: 12, missedCount: 0, counted: 0 })
  })

  it('is not missing for nil, and not judged before a whole window was seen', async () => {
    const bed = await new Bed().open()
    await bed.blocks(11, YES, NO, NIL, YES)
    expect(await bed.records()).toEqual([])
    await bed.block(YES, NO, NIL, YES)
    expect((await bed.records()).map(({ height }) => height)).toEqual([11])
    expect(bed.presence(2)).toMatchObject({ missedCount: 0, counted: 10 })
  })

  it('of one who stays away is recorded once a window', async () => {
    const bed = await new Bed().open()
    await bed.blocks(40, YES, NO, YES, YES)
    expect((await bed.records()).map(({ height }) => height)).toEqual([11, 22, 33])
  })

  it('of one who was put out of the set for it and comes back begins anew, with the grace of one who joins', async () => {
    const bed = await new Bed().open()
    const { chain } = bed
    const { history } = chain
    const others = chain.keys.set.validators.filter((_, index) => index !== 1)
    const isOut = (height: number) => height > 13 && height < 20
    Object.assign(history, {
      validatorsAt: (height: number) => {
        const set = chain.sets.get(height) ?? null
        return set && isOut(height) ? { ...set, validators: others } : set
      }
    })
    const heights = async () => (await bed.records()).map(({ committedHeight }) => committedHeight)
    await bed.blocks(14, YES, NO, YES, YES)
    expect(await heights()).toEqual([12])
    await bed.blocks(6, YES, YES, YES)
    expect(bed.presence(1)).toEqual({ startHeight: 12, missedCount: 2, counted: 2 })
    for (const rules of [{ window: 20, threshold: 15 }, RULES, RULES]) await bed.open(rules)
    expect(bed.presence(1)).toEqual({ startHeight: 12, missedCount: 2, counted: 2 })
    await bed.blocks(1, YES, NO, YES, YES)
    expect(bed.presence(1)).toEqual({ startHeight: 18, missedCount: 1, counted: 1 })
    await bed.blocks(7, YES, NO, YES, YES)
    expect(await heights()).toEqual([12])
    await bed.block(YES, NO, YES, YES)
    expect(await heights()).toEqual([12, 29])
  })

  it('goes on after a restart where it was, and after a rollback from the commits of the window', async () => {
    const calm = await new Bed().open()
    const restarted = await new Bed().open()
    for (const [count, flag] of [
      [7, YES],
      [5, NO],
      [3, YES],
      [9, NO]
    ] as const) {
      await calm.blocks(count, YES, flag, YES, YES)
      await restarted.blocks(count, YES, flag, YES, YES)
      await restarted.open()
    }
    expect(await restarted.records()).toEqual(await calm.records())
    expect(restarted.presence(1)).toEqual(calm.presence(1))
    const rolledBack = await new Bed().open()
    await rolledBack.blocks(30, YES, YES, YES, YES)
    const before = rolledBack.chain.state
    await rolledBack.blocks(1, YES, NO, YES, YES)
    rolledBack.chain.state = before
    await rolledBack.open()
    expect(rolledBack.presence(1)).toMatchObject({ missedCount: 0, counted: 10 })
    await rolledBack.open()
    expect(rolledBack.presence(1)).toMatchObject({ missedCount: 0, counted: 10 })
  })

  it('is counted anew when the window has become another', async () => {
    const bed = await new Bed().open()
    await bed.blocks(9, YES, YES, YES, YES)
    await bed.blocks(5, YES, NO, YES, YES)
    expect(bed.presence(1)).toMatchObject({ missedCount: 5, counted: 10 })
    await bed.open({ window: 4, threshold: 3 })
    expect(bed.presence(1)).toMatchObject({ missedCount: 4, counted: 4 })
    expect(bed.presence(0)).toMatchObject({ missedCount: 0, counted: 4 })
    await bed.open()
    expect(bed.presence(1)).toMatchObject({ missedCount: 5, counted: 10 })
  })

  it('is not recorded twice when the window is counted again', async () => {
    const bed = await new Bed().open()
    await bed.blocks(15, YES, NO, YES, YES)
    const before = bed.presence(1)
    expect(before).toMatchObject({ missedCount: 3, counted: 3 })
    for (const rules of [{ window: 20, threshold: 15 }, RULES]) await bed.open(rules)
    expect(bed.presence(1)).toEqual(before)
    await bed.blocks(5, YES, NO, YES, YES)
    expect((await bed.records()).map(({ height }) => height)).toEqual([11])
  })

  it('changes nothing while the state is not saved', async () => {
    const bed = await new Bed().open()
    await bed.blocks(8, YES, NO, YES, YES)
    const block = bed.chain.nextBlock([], [YES, NO, YES, YES])
    const before = bed.presence(1)
    const twice = [bed.recorder.ops(block), bed.recorder.ops(block)]
    expect(twice[0]).toEqual(twice[1])
    expect(bed.presence(1)).toEqual(before)
  })

  it('remembers those out of the set, but no more than it may: those away the longest are forgotten', async () => {
    const bed = await new Bed().open()
    await bed.blocks(5, YES, NO, YES, YES)
    const { chain } = bed
    const { history } = chain
    const all = chain.keys.set.validators
    const stayingAt = (height: number) =>
      all.filter((_, index) => (index !== 1 || height <= 5) && (index !== 2 || height <= 9))
    const validatorsAt = (height: number) => {
      const set = history.validatorsAt(height)
      return set && { ...set, validators: stayingAt(height) }
    }
    const parts = { store: bed.store, history: { ...history, validatorsAt }, rules: RULES, maxAway: 1 }
    bed.recorder = await DowntimeRecorder.open(parts, chain.state)
    const drop = async () => {
      const block = chain.nextBlock()
      const signed = stayingAt(block.header.height - 1)
      const signatures = block.lastCommit!.signatures.filter((_, index) => signed.includes(all[index]!))
      const ops = bed.recorder.ops({ ...block, lastCommit: { ...block.lastCommit!, signatures } })
      chain.apply(block)
      await bed.store.batch(ops, { sync: false })
      bed.recorder.update(block)
    }
    while (chain.state.lastBlockHeight < 10) await drop()
    expect([bed.recorder.size, bed.presence(1)?.missedCount]).toEqual([4, 4])
    await drop()
    expect([bed.recorder.size, bed.presence(1), bed.presence(2)?.counted]).toEqual([3, null, 9])
    while (chain.state.lastBlockHeight < 40) await drop()
    expect([bed.recorder.size, bed.presence(2)?.counted]).toEqual([3, 9])
    bed.recorder = await DowntimeRecorder.open(parts, chain.state)
    expect([bed.recorder.size, bed.presence(1), bed.presence(2)?.counted]).toEqual([3, null, 9])
  })
})

function bitsOf(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < 10; index++) text += (bytes[index >>> 3]! >> (index & 7)) & 1
  return text
}
