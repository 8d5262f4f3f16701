import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Any,
  type AppStore,
  type AppStoreOp,
  createValidatorMessage,
  DEFAULT_COMMISSION,
  delegateMessage,
  type ExecTxResult,
  type FinalizeBlockRequest,
  type Misbehavior,
  redelegateMessage,
  StakingApp,
  sendMessage,
  undelegateMessage,
  unjailMessage
} from '../../src/app/index.ts'
import { MemoryKeyValueStore } from '../../src/blockstore/index.ts'
import { DEFAULT_SLASHING_PARAMS } from '../../src/evidence/index.ts'
import { audit } from '../unit/app/staking/audit.ts'
import { Bed, type BedPlan, initRequest, person, upnyx } from '../unit/app/staking/staking-bed.ts'

const VALIDATORS = ['val0', 'val1', 'val2', 'val3']
const PEOPLE = ['alice', 'bob', ...VALIDATORS]
const UNIT = 1_000_000

/** Short windows and times, so that a history of some dozen blocks sees everything happen. */
const plan: BedPlan = {
  stakes: Object.fromEntries(VALIDATORS.map((name, index) => [name, BigInt((5 + index) * UNIT)])),
  coins: Object.fromEntries(PEOPLE.map(name => [name, BigInt(30 * UNIT)])),
  genesis: {
    staking: {
      unbondingTime: null,
      maxValidators: 4,
      maxEntries: 3,
      minCommissionRate: 0n,
      minActiveValidators: 1
    },
    slashing: {
      ...DEFAULT_SLASHING_PARAMS,
      signedBlocksWindow: 6,
      minSigned: 3,
      downtimeJailDuration: 20_000_000_000n
    }
  }
}

type Wish =
  | {
      readonly kind: 'send' | 'delegate' | 'undelegate' | 'create'
      readonly who: string
      readonly to: string
      readonly amount: number
    }
  | {
      readonly kind: 'redelegate'
      readonly who: string
      readonly from: string
      readonly to: string
      readonly amount: number
    }
  | { readonly kind: 'unjail'; readonly who: string }

const somebody = fc.constantFrom(...PEOPLE)
const validator = fc.constantFrom(...VALIDATORS, ...VALIDATORS, ...PEOPLE)
const amount = fc.oneof(fc.integer({ min: 1, max: 6 * UNIT }), fc.integer({ min: 1, max: 1000 }))
const wish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('send' as const, 'create' as const),
    who: somebody,
    to: somebody,
    amount
  }),
  fc.record({
    kind: fc.constantFrom('delegate' as const, 'delegate' as const, 'undelegate' as const),
    who: somebody,
    to: validator,
    amount
  }),
  fc.record({
    kind: fc.constant('redelegate' as const),
    who: somebody,
    from: validator,
    to: validator,
    amount
  }),
  fc.record({ kind: fc.constant('unjail' as const), who: validator })
)

const blockPlan = fc.record({
  wishes: fc.array(fc.tuple(wish, fc.integer({ min: 0, max: 500 })), { maxLength: 5, size: 'max' }),
  absent: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.subarray(VALIDATORS, { minLength: 1, maxLength: 2 }) }
  ),
  /** Blocks after it with nothing in them and the same validators away. */
  more: fc.nat(5),
  offender: fc.oneof(
    { weight: 15, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...VALIDATORS), fc.nat(4)) }
  ),
  seconds: fc.constantFrom(1, 1, 1, 5, 30, 86_400)
})
type BlockPlan = typeof blockPlan extends fc.Arbitrary<infer T> ? T : never

const history = fc.array(blockPlan, { minLength: 4, maxLength: 16, size: 'max' })

/** Half of the time a validator takes its own stake, which is there to be taken. */
function sourceOf(who: string, named: string, wanted: number): string {
  return VALIDATORS.includes(who) && wanted % 2 === 1 ? who : named
}

function messageOf(wanted: Wish): Any {
  const { address, operator, consensusKey } = person(wanted.who)
  switch (wanted.kind) {
    case 'send':
      return sendMessage(address, person(wanted.to).address, [upnyx(wanted.amount)])
    case 'delegate':
      return delegateMessage(address, person(wanted.to).operator, upnyx(wanted.amount))
    case 'undelegate':
      return undelegateMessage(
        address,
        person(sourceOf(wanted.who, wanted.to, wanted.amount)).operator,
        upnyx(wanted.amount)
      )
    case 'redelegate':
      return redelegateMessage(
        address,
        person(sourceOf(wanted.who, wanted.from, wanted.amount)).operator,
        person(wanted.to).operator,
        upnyx(wanted.amount)
      )
    case 'unjail':
      return unjailMessage(operator)
    case 'create':
      return createValidatorMessage({
        delegatorAddress: address,
        validatorAddress: operator,
        publicKey: consensusKey,
        description: { moniker: wanted.who, identity: '', website: '', securityContact: '', details: '' },
        commission: DEFAULT_COMMISSION,
        minSelfDelegation: 1n,
        stake: upnyx(wanted.amount)
      })
  }
}

function offences(bed: Bed, { offender }: BlockPlan): Misbehavior[] {
  if (offender === null) return []
  const [name, ago] = offender
  const height = Math.max(1, bed.height - ago)
  const set = bed.sets.get(height)
  const address = person(name).consensusAddress
  const power = set?.get(address)
  if (set === undefined || power === undefined) return []
  const totalVotingPower = [...set.values()].reduce((sum, one) => sum + one, 0n)
  const type = ago % 2 === 0 ? 'duplicateVote' : 'duplicateProposal'
  return [{ type, validator: { address, power }, height, time: bed.time, totalVotingPower }]
}

/** Runs a history, and returns its blocks. */
async function play(
  bed: Bed,
  blocks: readonly BlockPlan[],
  each: () => Promise<void>
): Promise<FinalizeBlockRequest[]> {
  const requests: FinalizeBlockRequest[] = []
  const run = async (request: Parameters<Bed['block']>[0]): Promise<void> => {
    requests.push(bed.request(request))
    await bed.block(request)
    await each()
  }
  for (const block of blocks) {
    const { absent, seconds } = block
    const txs: Uint8Array[] = []
    for (const [wanted, fee] of block.wishes) {
      txs.push(await bed.tx(wanted.who, [messageOf(wanted)], { fee: fee === 0 ? [] : [upnyx(fee)] }))
    }
    await run({ txs, absent, misbehavior: offences(bed, block), seconds })
    await resequence(bed, block, bed.last!.txResults)
    for (let n = 0; n < block.more; n++) await run({ absent })
  }
  return requests
}

/** A transaction without events did not get as far as to count: its sender's next one has the same sequence. */
async function resequence(bed: Bed, { wishes }: BlockPlan, results: readonly ExecTxResult[]): Promise<void> {
  for (const [index, { events }] of results.entries()) {
    if (events.length > 0) continue
    const { who } = wishes[index]![0]
    bed.sequences.set(who, (await bed.baseAccount(person(who).account)).sequence)
  }
}

/** A store that writes nothing any more from one batch on, as a process that was killed. */
class DyingStore implements AppStore {
  readonly #inner = new MemoryKeyValueStore()
  batchesLeft = Number.POSITIVE_INFINITY

  get(key: Uint8Array) {
    return this.#inner.get(key)
  }

  async batch(ops: readonly AppStoreOp[], options: { readonly sync: boolean }): Promise<void> {
    if (this.batchesLeft <= 0) return
    this.batchesLeft -= 1
    await this.#inner.batch(ops, options)
  }

  entries(range: Parameters<AppStore['entries']>[0]) {
    return this.#inner.entries(range)
  }
}

describe('a staking chain', () => {
  it('keeps every sum right whatever is asked of it, and ends no block with an exception', async () => {
    await fc.assert(
      fc.asyncProperty(history, async blocks => {
        const bed = await Bed.start(plan)
        await play(bed, blocks, () => audit(bed.store))
        expect(bed.sets.get(bed.height + 2)!.size).toBeGreaterThan(0)
      }),
      { numRuns: 30 }
    )
  })

  it('S-25: has the same app hashes when it is replayed, restarted anywhere, or killed before a commit was written', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(29), async (blocks, kill) => {
        const bed = await Bed.start(plan)
        const hashes: string[] = []
        const requests = await play(bed, blocks, async () => {
          hashes.push(Buffer.from(bed.last!.appHash).toString('hex'))
        })
        const store = new DyingStore()
        store.batchesLeft = kill
        let app = await StakingApp.open({ store })
        await app.initChain(initRequest(plan))
        for (const [index, request] of requests.entries()) {
          const { appHash } = await app.finalizeBlock(request)
          await app.commit()
          expect(Buffer.from(appHash).toString('hex')).toBe(hashes[index])
          if (index < kill) continue
          // The process is gone, and what it did not write.
          store.batchesLeft = Number.POSITIVE_INFINITY
          app = await StakingApp.open({ store })
          const { lastBlockHeight, lastBlockAppHash } = await app.info()
          expect(lastBlockHeight).toBe(index === kill ? kill : index + 1)
          if (lastBlockHeight === 0) await app.initChain(initRequest(plan))
          else expect(Buffer.from(lastBlockAppHash).toString('hex')).toBe(hashes[lastBlockHeight - 1])
          for (let again = lastBlockHeight; again <= index; again++) {
            await app.finalizeBlock(requests[again]!)
            await app.commit()
          }
        }
      }),
      { numRuns: 30 }
    )
  })
})
