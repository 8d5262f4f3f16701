import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { txHash, txSizeInBlock } from '../../src/types/index.ts'
import { answer, commit, makePool, text, untext } from '../unit/mempool/tx-bed.ts'

const SIZE = 6
const MAX_BYTES = 40

const txName = fc.constantFrom('a', 'bb', 'ccc', 'dddd', 'bad', 'eeeee', 'ffffff', 'gggggggggg', 'h', 'i')
const operation = fc.oneof(
  fc.record({ kind: fc.constant('check' as const), tx: txName, fromPeer: fc.boolean() }),
  fc.record({ kind: fc.constant('checkMany' as const), txs: fc.array(txName, { maxLength: 5 }) }),
  fc.record({
    kind: fc.constant('commit' as const),
    txs: fc.uniqueArray(txName, { maxLength: 4 }),
    code: fc.constantFrom(0, 0, 1),
    spoiled: fc.option(txName)
  }),
  fc.record({ kind: fc.constant('take' as const), maxBytes: fc.nat({ max: 20 }) }),
  fc.record({ kind: fc.constant('requeue' as const), height: fc.nat({ max: 10 }) }),
  fc.record({ kind: fc.constant('flush' as const) })
)

/** The pool as one list, asked and answered one after the other; the cache is large enough to forget nothing. */
class ListPool {
  txs: string[] = []
  seen = new Set<string>()

  check(tx: string): boolean {
    const bytes = this.txs.join('').length
    if (this.txs.length >= SIZE || bytes + tx.length > MAX_BYTES || this.seen.has(tx)) return false
    if (tx === 'bad') return false
    this.seen.add(tx)
    this.txs.push(tx)
    return true
  }

  commit(txs: readonly string[], code: number, spoiled: string | null): void {
    for (const tx of txs) {
      if (code === 0) this.seen.add(tx)
      else this.seen.delete(tx)
    }
    this.txs = this.txs.filter(tx => !txs.includes(tx))
    if (spoiled === null || !this.txs.includes(spoiled)) return
    this.txs = this.txs.filter(tx => tx !== spoiled)
    this.seen.delete(spoiled)
  }
}

describe('tx pool', () => {
  it('A-44: agrees with a list after any operations, and its indexes with each other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async operations => {
        const { pool, app } = makePool({ config: { size: SIZE, maxTxsBytes: MAX_BYTES } })
        const list = new ListPool()
        let height = 1
        let spoiled: string | null = null
        app.judge = (tx, type) => answer(tx === 'bad' || (type === 'recheck' && tx === spoiled) ? 1 : 0)
        for (const step of operations) {
          if (step.kind === 'check') {
            const outcome = await pool.checkTx(text(step.tx), step.fromPeer ? { from: 'peer' } : {})
            expect(outcome.kind === 'checked' && outcome.added).toBe(list.check(step.tx))
          } else if (step.kind === 'checkMany') {
            const before = list.txs.length
            for (const tx of step.txs) {
              await pool.checkTxs([text(tx)], 'peer')
              list.check(tx)
            }
            expect(pool.size - before).toBe(list.txs.length - before)
          } else if (step.kind === 'commit') {
            height += 1
            spoiled = step.spoiled
            await commit(
              pool,
              height,
              step.txs,
              step.txs.map(() => step.code)
            )
            list.commit(step.txs, step.code, spoiled)
          } else if (step.kind === 'take') pool.takeBatch(step.maxBytes)
          else if (step.kind === 'requeue') pool.requeue(step.height)
          else {
            pool.flush()
            list.txs = []
            list.seen.clear()
          }
          const contents = pool.contents(100)
          expect(contents.map(({ tx }) => untext(tx))).toEqual(list.txs)
          expect(pool.size).toBe(list.txs.length)
          expect(pool.bytes).toBe(list.txs.join('').length)
          for (const { hash, tx } of contents) {
            expect(hash).toBe(txHash(tx))
            expect(pool.get(hash)?.tx).toBe(tx)
          }
          expect(pool.outboxSize).toBeLessThanOrEqual(pool.size)
        }
        const left = pool.takeBatch(1000).map(untext)
        expect(left.every(tx => list.txs.includes(tx))).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it('reaps the longest beginning that fits, never more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 200 }), { maxLength: 20 }),
        fc.integer({ min: -1, max: 600 }),
        fc.integer({ min: -1, max: 25 }),
        async (names, maxBytes, maxGas) => {
          const { pool, app } = makePool()
          app.judge = tx => answer(0, BigInt(tx.length % 4))
          for (const name of names) await pool.checkTx(text(name))
          const all = pool.contents(100).map(({ tx }) => tx)
          const fits = (count: number) => {
            const chosen = all.slice(0, count)
            const bytes = chosen.reduce((sum, tx) => sum + txSizeInBlock(tx), 0)
            const gas = chosen.reduce((sum, tx) => sum + (untext(tx).length % 4), 0)
            return (maxBytes === -1 || bytes <= maxBytes) && (maxGas === -1 || gas <= maxGas)
          }
          const reaped = pool.reap(maxBytes, maxGas)
          expect(reaped).toEqual(all.slice(0, reaped.length))
          expect(fits(reaped.length)).toBe(true)
          if (reaped.length < all.length) expect(fits(reaped.length + 1)).toBe(false)
        }
      ),
      { numRuns: 200 }
    )
  })
})
