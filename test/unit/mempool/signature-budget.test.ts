import { describe, expect, it } from 'vitest'
import { type Admission, admit, SignatureBudgets } from '../../../src/mempool/index.ts'
import { CountingVerifier, HEIGHT, makeContext, makeVote, votes } from './admission-bed.ts'

const bad: Admission = { verdict: 'reject', reason: 'badSignature', destination: 'none' }
const good: Admission = { verdict: 'accept', reason: 'early', destination: 'early', signer: 'v' }
const free: Admission = { verdict: 'ignore', reason: 'duplicate', destination: 'none' }

/** How many more bad signatures a peer gets checked before its budget ends. */
function badChecks(budgets: SignatureBudgets, peer = 'peer'): number {
  let checks = 0
  for (; budgets.allows(peer) && checks < 10_000; checks++) budgets.record(peer, bad)
  return checks
}

describe('SignatureBudgets', () => {
  it('lets a peer cause so many checks between refills', () => {
    const budgets = new SignatureBudgets({ checks: 3, checksOnceBad: 2, maxPeers: 10 })
    for (const admission of [good, free, good, free, good]) {
      expect(budgets.allows('peer')).toBe(true)
      budgets.record('peer', admission)
    }
    expect(budgets.allows('peer')).toBe(false)
    expect(budgets.allows('other')).toBe(true)
    budgets.refill()
    expect(budgets.allows('peer')).toBe(true)
  })

  it('drops to a few at the first bad signature and halves with each more', () => {
    expect(badChecks(new SignatureBudgets())).toBe(6)
    const mixed = new SignatureBudgets()
    mixed.record('peer', bad)
    let checks = 0
    for (; mixed.allows('peer'); checks++) mixed.record('peer', good)
    expect(checks).toBe(16)
  })

  it('gives a liar next to nothing for ever, and trust back to who stops', () => {
    const budgets = new SignatureBudgets()
    const spent = Array.from({ length: 10 }, () => {
      const checks = badChecks(budgets)
      budgets.refill()
      return checks
    })
    expect(spent).toEqual([6, 0, 1, 0, 1, 0, 1, 0, 1, 0])
    for (let i = 0; i < 12; i++) budgets.refill()
    expect(budgets.size).toBe(0)
    expect(budgets.allows('peer')).toBe(true)
  })

  it('remembers a bounded number of peers, and forgets those in good standing', () => {
    const budgets = new SignatureBudgets({ checks: 10, checksOnceBad: 1, maxPeers: 3 })
    for (const peer of ['a', 'b', 'c', 'd']) budgets.record(peer, good)
    expect(budgets.size).toBe(3)
    budgets.refill()
    expect(budgets.size).toBe(0)
  })

  it('B7: a flood of bad signatures by one peer costs a handful of checks', () => {
    const verifier = new CountingVerifier()
    const context = makeContext({ verifier })
    const budgets = new SignatureBudgets()
    for (let round = 0; round < 500; round++) {
      const flood = votes(makeVote({ height: HEIGHT, round, signature: new Uint8Array(64).fill(round) }))
      budgets.record('liar', admit(flood, context, budgets.allows('liar')))
    }
    expect(verifier.checks).toBe(6)
  })
})
