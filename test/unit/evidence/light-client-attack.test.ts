import { describe, expect, it } from 'vitest'
import { publicKeyOf } from '../../../src/crypto/index.ts'
import { type EvidenceContext, verifyEvidence } from '../../../src/evidence/index.ts'
import {
  BLOCK_ID_FLAG,
  type BlockIdFlag,
  type Commit,
  type Header,
  hashHeader,
  type LightClientAttackEvidence,
  makeValidatorSet,
  type Validator,
  type ValidatorSet
} from '../../../src/types/index.ts'
import { blockIdNamed, hashOf } from '../types/sample-values.ts'
import { type KeyedSet, signCommit } from '../types/signed-commits.ts'
import { CHAIN_ID, ChainBed, openPool } from './chain-bed.ts'

const { commit: FOR, absent: ABSENT, nil: NIL } = BLOCK_ID_FLAG
const bed = new ChainBed({ powers: [40n, 30n, 20n, 10n] })
// Our commits are really signed here: they are part of the proof.
while (bed.height < 12) {
  const block = bed.nextBlock()
  const { lastBlockId: blockId, lastBlockHeight: height } = bed.state
  const flags: BlockIdFlag[] = [FOR, FOR, FOR, ABSENT]
  const lastCommit =
    height === 0
      ? block.lastCommit
      : signCommit(bed.keys, { chainId: CHAIN_ID, height, round: 0, blockId, flags })
  bed.apply({ ...block, lastCommit })
}

interface Plan {
  readonly commonHeight?: number
  readonly height?: number
  readonly header?: Partial<Header>
  readonly round?: number
  readonly flags?: readonly BlockIdFlag[]
  readonly keys?: KeyedSet
  readonly chainId?: string
  readonly culprits?: readonly Validator[]
}

/** An attack as somebody with all keys could make it; by default lunatic, with three of four signing. */
function attack(plan: Plan = {}): LightClientAttackEvidence {
  const { commonHeight = 5, height = 8, round = 0, flags = [FOR, FOR, ABSENT, FOR], keys = bed.keys } = plan
  const own = bed.headers.get(height) ?? { ...bed.headers.get(12)!, height }
  const header = { ...own, appHash: hashOf('lies'), validatorsHash: keys.set.hash, ...plan.header }
  const blockId = { ...blockIdNamed('conflicting'), hash: hashHeader(header) }
  const chainId = plan.chainId ?? CHAIN_ID
  const commit = signCommit(keys, { chainId, height, round, blockId, flags })
  const signed = bed.keys.set.validators.filter((_, index) => flags[index] === FOR)
  return {
    kind: 'lightClientAttack',
    conflictingBlock: { header, commit, validatorSet: keys.set },
    commonHeight,
    byzantineValidators: plan.culprits ?? signed,
    totalVotingPower: 100n,
    timestamp: bed.timeOf(commonHeight)
  }
}

/** Same state as ours, another block: signed twice in one round. */
const equivocation = (plan: Plan = {}) =>
  attack({
    commonHeight: 8,
    header: { appHash: bed.headers.get(8)!.appHash, dataHash: hashOf('other txs') },
    flags: [FOR, FOR, FOR, FOR],
    culprits: bed.keys.set.validators.slice(0, 3),
    ...plan
  })

function judge(evidence: LightClientAttackEvidence, changed: Partial<EvidenceContext> = {}) {
  bed.verifier.checks = 0
  return verifyEvidence(evidence, { ...bed.context, ...changed })?.code ?? null
}

const changedCommit = (evidence: LightClientAttackEvidence, change: (commit: Commit) => Commit) => ({
  ...evidence,
  conflictingBlock: { ...evidence.conflictingBlock, commit: change(evidence.conflictingBlock.commit) }
})
const changedEntry = (evidence: LightClientAttackEvidence, index: number, entry: object) =>
  changedCommit(evidence, commit => ({
    ...commit,
    signatures: commit.signatures.map((each, i) => (i === index ? { ...each, ...entry } : each))
  }))

describe('a light client attack', () => {
  it('is proven when our validators signed a block with another state (lunatic)', () => {
    expect(judge(attack())).toBeNull()
  })

  it('is proven when they signed two blocks in one round (equivocation), and names those in both commits', () => {
    expect(judge(equivocation())).toBeNull()
    expect(judge(equivocation({ culprits: bed.keys.set.validators }))).toBe('wrongCulprits')
    expect(judge(equivocation({ commonHeight: 6 }))).toBeNull()
  })

  it('names nobody when the rounds differ (amnesia)', () => {
    expect(judge(equivocation({ round: 1, culprits: [] }))).toBeNull()
    expect(judge(equivocation({ round: 1 }))).toBe('wrongCulprits')
  })

  it('A-09: of a height to come is proven by a date that is not later than our newest block', () => {
    const forward = (seconds: number) => {
      const time = { seconds: bed.timeOf(12).seconds + seconds, nanos: 0 }
      return attack({ height: 20, header: { time } })
    }
    expect([judge(forward(0)), judge(forward(-1)), judge(forward(1))]).toEqual([null, null, 'notConflicting'])
  })

  it('A-10: is refused when a culprit comes with the key of another', () => {
    const [first, second, , fourth] = bed.keys.set.validators
    const culprits = [{ ...first!, publicKey: second!.publicKey }, second!, fourth!]
    expect(judge(attack({ culprits }))).toBe('wrongCulprits')
  })

  it('A-10: is refused when its set gives an address to another key, though the hash of the set is ours', () => {
    const evidence = equivocation()
    const { validatorSet } = evidence.conflictingBlock
    const [first, second, ...rest] = validatorSet.validators
    const validators = [{ ...first!, address: 'ab'.repeat(20) }, second!, ...rest]
    const indexByAddress = new Map(validators.map(({ address }, index) => [address, index]))
    const set: ValidatorSet = { ...validatorSet, validators, indexByAddress }
    const framed = {
      ...changedEntry(evidence, 0, { validatorAddress: 'ab'.repeat(20) }),
      byzantineValidators: validators.slice(0, 3)
    }
    const block = { ...framed.conflictingBlock, validatorSet: set }
    expect(judge({ ...framed, conflictingBlock: block })).toBe('wrongKey')
  })

  it('A-12: is refused for one bad signature among enough good ones', () => {
    const signature = new Uint8Array(64)
    expect(judge(changedEntry(attack(), 3, { signature }))).toBe('badCommit')
    expect(judge(changedEntry(equivocation(), 3, { signature }))).toBe('badCommit')
  })

  it('is proven whatever the entries for nil hold: a light client does not look at them', () => {
    const evidence = attack({ flags: [FOR, FOR, NIL, ABSENT] })
    expect(judge(changedEntry(evidence, 2, { signature: new Uint8Array(64) }))).toBeNull()
  })

  it('is refused without 2/3 of the set it names, or 1/3 of ours', () => {
    expect(judge(attack({ flags: [FOR, ABSENT, FOR, ABSENT] }))).toBe('badCommit')
    const seeds = [1, 2, 3].map(fill => new Uint8Array(32).fill(fill))
    const set = makeValidatorSet(
      seeds.map((seed, index) => ({
        publicKey: { type: 'ed25519', bytes: publicKeyOf(seed) },
        power: BigInt(3 - index)
      }))
    )
    const strangers = { set, seeds }
    expect(judge(attack({ keys: strangers, flags: [FOR, FOR, FOR], culprits: [] }))).toBe('badCommit')
  })

  it.each([
    ['it is our own block', attack({ header: { appHash: bed.headers.get(8)!.appHash } }), 'notConflicting'],
    ['its header lies at the common height', attack({ commonHeight: 8 }), 'notConflicting'],
    ['it is signed for another chain', attack({ chainId: 'other' }), 'badCommit'],
    ['the total power is another', { ...attack(), totalVotingPower: 99n }, 'wrongPower'],
    [
      'a culprit is left out',
      { ...attack(), byzantineValidators: attack().byzantineValidators.slice(1) },
      'wrongCulprits'
    ],
    [
      'culprits are in another order',
      { ...attack(), byzantineValidators: attack().byzantineValidators.toReversed() },
      'wrongCulprits'
    ],
    ['the common block has another time', { ...attack(), timestamp: bed.timeOf(6) }, 'wrongTime'],
    [
      'the common height is to come',
      { ...attack({ height: 20 }), commonHeight: 13, timestamp: bed.timeOf(13) },
      'uncommittedHeight'
    ],
    [
      'the commit is of another block',
      changedCommit(attack(), commit => ({ ...commit, blockId: blockIdNamed('x') })),
      'malformed'
    ],
    [
      'an entry names another validator',
      changedEntry(attack(), 0, { validatorAddress: bed.keys.set.validators[1]!.address }),
      'wrongCulprits'
    ]
  ])('is refused when %s', (_, evidence, code) => {
    expect(judge(evidence)).toBe(code)
  })

  it('waits until our commit of that height is in a block, so that all nodes judge by the same one', () => {
    const { appHash } = bed.headers.get(12)!
    const newest = equivocation({ commonHeight: 12, height: 12, header: { appHash, dataHash: hashOf('x') } })
    const evidence = { ...newest, timestamp: bed.timeOf(12) }
    expect(judge(evidence)).toBe('uncommittedHeight')
    const seenCommit = signCommit(bed.keys, {
      chainId: CHAIN_ID,
      height: 12,
      round: 0,
      blockId: bed.state.lastBlockId,
      flags: [FOR, FOR, FOR, FOR]
    })
    expect(judge(evidence, { commitAt: () => seenCommit })).toBe('uncommittedHeight')
  })

  it('A-16: without history there is a reason, never an exception', () => {
    expect(judge(attack(), { validatorsAt: () => null })).toBe('noHistory')
    expect(judge(attack(), { commitAt: () => null })).toBe('noHistory')
    const only5 = { headerAt: (height: number) => (height === 5 ? bed.headers.get(5)! : null) }
    expect(judge(attack(), only5)).toBe('noHistory')
  })

  it('is not kept for a height to come', async () => {
    const { pool } = await openPool(bed)
    const early = { ...attack({ height: 20 }), commonHeight: 13, timestamp: bed.timeOf(13) }
    expect(pool.add(early)).toMatchObject({ kind: 'refused', refusal: { code: 'uncommittedHeight' } })
    expect([pool.add(attack()).kind, pool.add(attack()).kind, pool.waitingSize]).toEqual([
      'added',
      'known',
      0
    ])
  })

  it('that is forged costs one signature check', () => {
    const forged = changedEntry(attack(), 0, { signature: new Uint8Array(64) })
    expect(judge(forged)).toBe('badCommit')
    expect(bed.verifier.checks).toBe(1)
  })
})
