import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { changeSlashing } from '../../../scripts/cluster/app-state.ts'
import { checkSameChain } from '../../../scripts/cluster/chain-check.ts'
import { type FaultAnswer, FaultRpc } from '../../../scripts/cluster/fault-rpc.ts'
import { waitFor } from '../../../scripts/cluster/wait.ts'
import { makeCluster } from './cluster-bed.ts'

export const PATIENCE_MS = 120_000
const VALIDATORS = 4
const STAKE = 100_000_000n
/** Of the whole stake and then of a quarter: (3 * 100 / 400)^2. */
const SHARE_OF_STAKE = { equivocation: 5_625n, downtime: 100n }
const WHOLE = 10_000n
const FLAGS = ['--consensus.timeout_commit=150ms', '--consensus.timeout_propose=1s']
/** Judged by ten blocks, of which five may be missed. */
const WINDOW = { signed_blocks_window: 10, min_signed: 5, downtime_jail_duration: '600s' }
/** With a window of ten, and one block of grace, nobody is judged before the twelfth block. */
const FIRST_JUDGED = 12
const LOSE_FRAMES = pathToFileURL(`${import.meta.dirname}/lose-frames.mjs`).href

/**
 * Four processes with the staking application, the last of which breaks the rules, until a block has punished it and
 * everybody is three heights on. `loss` is the share of frames that none of them ever sees.
 */
export async function runOffence(behaviour: string, loss = 0) {
  const cluster = await makeCluster({
    validators: VALIDATORS,
    app: 'staking',
    testNetwork: true,
    flags: FLAGS,
    nodeOptions: loss === 0 ? [] : [`--import=${LOSE_FRAMES}?share=${loss}`]
  })
  changeSlashing(
    cluster.nodes.map(({ home }) => home),
    WINDOW
  )
  const honest = cluster.nodes.slice(0, -1)
  const culprit = cluster.nodes.at(-1)!
  for (const node of honest) node.start()
  culprit.start([`--byzantine=${behaviour}`])
  const faults = honest.map(node => new FaultRpc(node.rpc.url))
  const address = (await waitFor('the culprit', PATIENCE_MS, () => culprit.rpc.status().catch(() => null)))
    .address
  const fault = await waitFor('the punishment', PATIENCE_MS, async () => {
    const found = await faults[0]!.faults({ status: 'committed' }).catch(() => [])
    return found[0]
  })
  await cluster.reach(fault.committed_height + 3, PATIENCE_MS)
  const lossy = cluster.nodes.filter(({ home }) => existsSync(join(home, 'frames-lost')))
  expect(lossy).toHaveLength(loss === 0 ? 0 : VALIDATORS)
  return { cluster, honest, culprit, faults, address, fault }
}

export type Offence = Awaited<ReturnType<typeof runOffence>>

/** The offender alone was punished, in time and as the rules say, and every node says so. */
export async function expectPunished(offence: Offence, maxHeights: number): Promise<void> {
  const { cluster, faults, address, fault } = offence
  expect(fault.validators).toEqual([address])
  const at = fault.committed_height
  expect(at - offenceHeight(fault)).toBeLessThanOrEqual(maxHeights)
  for (const rpc of faults) {
    const all = await rpc.faults()
    expect(all.map(one => [one.hash, one.status, one.committed_height])).toContainEqual([
      fault.hash,
      'committed',
      at
    ])
    // Nobody but the offender is accused, in any node.
    expect(all.every(one => one.validators.join() === address)).toBe(true)
    expect((await rpc.evidenceIn(at)).length).toBe(fault.kind === 'downtime' ? 0 : 1)
  }
  await expectPowerGone(offence)
  await expectStakes(offence)
  expect(await checkSameChain(cluster.nodes)).toBeGreaterThanOrEqual(at + 2)
}

/** Who stays away offends with the first block in which it has missed too many and may be judged. */
function offenceHeight({ kind, height, downtime }: FaultAnswer): number {
  if (kind !== 'downtime') return height
  const { signed_blocks_window: window, min_signed: minSigned } = WINDOW
  expect(downtime).toMatchObject({ window })
  const tooMany = height + 1 - (downtime!.missed_blocks - (window - minSigned + 1))
  return Math.max(tooMany, FIRST_JUDGED)
}

async function expectPowerGone({ faults, address, fault }: Offence): Promise<void> {
  const at = fault.committed_height
  const [before, untilThen, after] = await Promise.all([at, at + 1, at + 2].map(h => faults[0]!.powers(h)))
  expect(before!.size).toBe(VALIDATORS)
  expect([...untilThen!]).toEqual([...before!])
  expect(after!.has(address)).toBe(false)
  for (const [validator, power] of before!) {
    if (validator !== address) expect(after!.get(validator)).toBe(power)
  }
  const [slash, ...more] = await faults[0]!.slashes(address)
  expect(more).toEqual([])
  expect(slash).toMatchObject({ height: at, jailed: true, voting_power_after: '0' })
}

async function expectStakes({ faults, address, fault }: Offence): Promise<void> {
  const isDowntime = fault.kind === 'downtime'
  const burned = (STAKE * SHARE_OF_STAKE[isDowntime ? 'downtime' : 'equivocation']) / WHOLE
  const validators = await faults[0]!.powers(fault.committed_height)
  for (const rpc of faults) {
    for (const [one] of validators) {
      const { tokens, jailed, tombstoned } = await rpc.standing(one)
      const isGuilty = one === address
      expect({ tokens, jailed, tombstoned }).toEqual({
        tokens: isGuilty ? STAKE - burned : STAKE,
        jailed: isGuilty,
        tombstoned: isGuilty && !isDowntime
      })
    }
  }
}
