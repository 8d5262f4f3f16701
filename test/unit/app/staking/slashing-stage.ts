import { type ExecTxResult, type Misbehavior, unjailMessage } from '../../../../src/app/index.ts'
import { SUPPLIES } from '../../../../src/app/staking/records/accounts.ts'
import { SIGNING_INFOS } from '../../../../src/app/staking/records/slashing.ts'
import { VALIDATORS } from '../../../../src/app/staking/records/validators.ts'
import { DEFAULT_SLASHING_PARAMS, type SlashingParams } from '../../../../src/evidence/index.ts'
import { recordsOf } from './audit.ts'
import { Bed, DENOM, person } from './staking-bed.ts'

export const MILLION = 1_000_000n
export const DAY = 86_400
export const alice = person('alice')

/** Judged by ten blocks, of which five may be missed. */
export const STORY_PARAMS: SlashingParams = {
  ...DEFAULT_SLASHING_PARAMS,
  signedBlocksWindow: 10,
  minSigned: 5,
  correlation: false
}
export const fourStakes = {
  val0: 100n * MILLION,
  val1: 100n * MILLION,
  val2: 100n * MILLION,
  val3: 100n * MILLION
}

/** A chain of these validators, and alice who has coins. */
export function start(stakes: Record<string, bigint> = fourStakes, rules: Partial<SlashingParams> = {}) {
  const slashing = { ...STORY_PARAMS, ...rules }
  return Bed.start({ stakes, coins: { alice: 100n * MILLION }, genesis: { slashing } })
}

/** What a block says of somebody who signed twice, in the last height unless another is named. */
export function offence(
  bed: Bed,
  name: string,
  more: Partial<Misbehavior> & { key?: string } = {}
): Misbehavior {
  const { key = name, ...rest } = more
  const address = person(key).consensusAddress
  const height = rest.height ?? bed.height
  const set = bed.sets.get(height)!
  const power = set.get(address) ?? 0n
  return {
    type: 'duplicateVote',
    validator: { address, power },
    height,
    time: bed.time,
    totalVotingPower: [...set.values()].reduce((sum, one) => sum + one, 0n),
    ...rest
  }
}

export const recordOf = async (bed: Bed, name: string) =>
  (await recordsOf(bed.store, VALIDATORS)).get(person(name).account)
export const infoOf = async (bed: Bed, name: string) =>
  (await recordsOf(bed.store, SIGNING_INFOS)).get(person(name).account)
export const supply = async (bed: Bed) => (await recordsOf(bed.store, SUPPLIES)).get(DENOM)!.amount
export const unjail = (bed: Bed, name: string): Promise<ExecTxResult> =>
  bed.run(name, [unjailMessage(person(name).operator)])
export const typesOf = (bed: Bed) => bed.last!.events.map(({ type }) => type)

/** Blocks until `name`, who signs none of them, is in jail. */
export async function jailForDowntime(bed: Bed, name: string): Promise<void> {
  for (let n = 0; n < 30; n++) {
    await bed.block({ absent: [name] })
    if (typesOf(bed).includes('jail')) return
  }
  throw new Error('not jailed')
}
