import { describe, expect, it } from 'vitest'
import { ConsensusWitness } from '../../../../src/cli/node-view/witness.ts'
import type { VerifiedMessage } from '../../../../src/mempool/index.ts'
import { blockIdKey } from '../../../../src/types/index.ts'
import type { HostListener } from '../../../../src/validator/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

const ANN = 'aa'.repeat(20)
const BOB = 'bb'.repeat(20)
const BLOCK = { hash: 'ab'.repeat(32), partSetHeader: { total: 1, hash: 'cd'.repeat(32) } }

function bed() {
  const clock = new ManualClock()
  const witness = new ConsensusWitness(clock)
  const wait = (ms: number): void => {
    clock.setTimer(ms, () => {})
    clock.runNext()
  }
  return { witness, wait }
}

const voteOf = (validatorAddress: string) =>
  ({ kind: 'vote', vote: { validatorAddress } }) as unknown as VerifiedMessage
const proposalOf = (proposer: string) => ({ kind: 'proposal', proposer }) as unknown as VerifiedMessage
const heightOf = (...addresses: readonly string[]) =>
  ({
    state: { validators: { indexByAddress: new Map(addresses.map((address, index) => [address, index])) } }
  }) as unknown as Parameters<HostListener['onHeight']>[0]
const transition = (before: object, after: object) =>
  ({ before, after }) as unknown as Parameters<HostListener['onTransition']>[0]
const AT = { height: 5, round: 0, step: 'propose' }

describe('the witness of consensus', () => {
  it('remembers when each validator was heard last, by votes and by proposals', () => {
    const { witness, wait } = bed()
    expect(witness.sinceHeardMs(ANN)).toBeNull()
    witness.onMessage(voteOf(ANN), 'added')
    wait(300)
    witness.onMessage(proposalOf(BOB), 'conflicting')
    wait(50)
    expect([witness.sinceHeardMs(ANN), witness.sinceHeardMs(BOB)]).toEqual([350, 50])
  })

  it('hears nothing in what was known or refused: anybody may repeat it', () => {
    const { witness } = bed()
    witness.onMessage(voteOf(ANN), 'duplicate')
    witness.onMessage(voteOf(BOB), 'refused')
    expect([witness.sinceHeardMs(ANN), witness.sinceHeardMs(BOB)]).toEqual([null, null])
  })

  it('forgets with each height who is no validator any more', () => {
    const { witness } = bed()
    for (const address of [ANN, BOB]) witness.onMessage(voteOf(address), 'added')
    witness.onHeight(heightOf(BOB))
    expect([witness.sinceHeardMs(ANN), witness.sinceHeardMs(BOB)]).toEqual([null, 0])
  })

  it('knows since when the height, the round and the watch go on', () => {
    const { witness, wait } = bed()
    expect(witness.sinceRoundMs).toBeNull()
    wait(100)
    witness.onHeight(heightOf(ANN))
    wait(10)
    witness.onTransition(transition({ ...AT, step: 'newHeight' }, AT))
    wait(20)
    witness.onTransition(transition(AT, { ...AT, step: 'prevote' }))
    expect([witness.watchedMs, witness.sinceHeightMs, witness.sinceRoundMs]).toEqual([130, 30, 20])
    witness.onTransition(transition(AT, { ...AT, round: 1 }))
    expect(witness.sinceRoundMs).toBe(0)
    witness.onHeight(heightOf(ANN))
    expect([witness.sinceHeightMs, witness.sinceRoundMs]).toEqual([0, null])
  })

  it('keeps why a block was refused until the height ends, and not too many of them', () => {
    const { witness } = bed()
    witness.onBlockComplete(AT, BLOCK, 'wrong app hash')
    expect(witness.refusalOf(blockIdKey(BLOCK))).toBe('wrong app hash')
    for (let at = 0; at < 1000; at++) {
      witness.onBlockComplete(AT, { ...BLOCK, hash: at.toString(16).padStart(64, '0') }, 'spam')
    }
    const last = { ...BLOCK, hash: (999).toString(16).padStart(64, '0') }
    expect(witness.refusalOf(blockIdKey(last))).toBe('')
    witness.onHeight(heightOf(ANN))
    expect(witness.refusalOf(blockIdKey(BLOCK))).toBe('')
  })
})
