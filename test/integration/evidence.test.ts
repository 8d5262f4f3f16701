import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSameChain } from '../../scripts/cluster/chain-check.ts'
import { runProgram } from '../../scripts/cluster/cluster.ts'
import { type FaultAnswer, FaultRpc } from '../../scripts/cluster/fault-rpc.ts'
import { markTestNetwork } from '../../scripts/cluster/test-network.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { cleanUp, makeCluster, temporaryDirectory } from './support/cluster-bed.ts'

const PATIENCE_MS = 120_000
const MAX_HEIGHTS = 4
const FLAGS = ['--consensus.timeout_commit=150ms', '--consensus.timeout_propose=1s']
const directory = temporaryDirectory()

/** A network whose last validator breaks the rules, until its evidence is in a block and has taken its power. */
async function runOffence(behaviour: string) {
  const cluster = await makeCluster({ validators: 4, flags: FLAGS })
  markTestNetwork(cluster.nodes.map(({ home }) => home))
  const honest = cluster.nodes.slice(0, 3)
  const culprit = cluster.nodes[3]!
  for (const node of honest) node.start()
  culprit.start([`--byzantine=${behaviour}`])
  const faults = honest.map(node => new FaultRpc(node.rpc.url))
  const address = (await waitFor('node3', PATIENCE_MS, () => culprit.rpc.status().catch(() => null))).address
  const fault = await waitFor('committed evidence', PATIENCE_MS, async () => {
    const found = await faults[0]!.faults({ status: 'committed' }).catch(() => [])
    return found[0]
  })
  await cluster.reach(fault.committed_height + 3, PATIENCE_MS)
  return { cluster, honest, culprit, faults, address, fault }
}

type Offence = Awaited<ReturnType<typeof runOffence>>

async function expectPunished({ cluster, faults, address, fault }: Offence): Promise<void> {
  expect(fault.validators).toEqual([address])
  expect(fault.committed_height - fault.height).toBeLessThanOrEqual(MAX_HEIGHTS)
  const at = fault.committed_height
  for (const rpc of faults) {
    const all = await rpc.faults()
    expect(all.map(one => [one.hash, one.status, one.committed_height])).toContainEqual([
      fault.hash,
      'committed',
      at
    ])
    // Nobody but the offender is accused, in any node.
    expect(all.every(one => one.validators.join() === address)).toBe(true)
    expect((await rpc.evidenceIn(at)).length).toBeGreaterThan(0)
  }
  const [before, untilThen, after] = await Promise.all([at, at + 1, at + 2].map(h => faults[0]!.powers(h)))
  expect(before!.size).toBe(4)
  expect([...untilThen!]).toEqual([...before!])
  expect(after!.has(address)).toBe(false)
  for (const [validator, power] of before!) {
    if (validator !== address) expect(after!.get(validator)).toBe(power)
  }
  const [slash, ...more] = await faults[0]!.slashes(address)
  expect(more).toEqual([])
  expect(slash).toMatchObject({ height: at, voting_power_after: '0' })
  expect(await checkSameChain(cluster.nodes)).toBeGreaterThanOrEqual(at + 2)
}

/** `pnyx evidence verify`, which throws with what it wrote to stderr. */
function verify(evidence: unknown, home: string, ...more: string[]): Promise<string> {
  const file = join(directory, 'evidence.json')
  writeFileSync(file, typeof evidence === 'string' ? evidence : JSON.stringify(evidence))
  return runProgram(['evidence', 'verify', file, '--genesis', join(home, 'config', 'genesis.json'), ...more])
}

/** The evidence with one of its messages changed. */
function bent(fault: FaultAnswer, change: (value: Record<string, Record<string, unknown>>) => void): unknown {
  const copy = structuredClone(fault.evidence) as unknown as {
    value: Record<string, Record<string, unknown>>
  }
  change(copy.value)
  return copy
}

afterAll(cleanUp)

describe('a validator that votes twice', () => {
  let offence: Offence

  beforeAll(async () => {
    offence = await runOffence('double-vote@4')
  }, 2 * PATIENCE_MS)
  afterAll(() => offence?.cluster.stopAll())

  it(
    'is proven within four heights, loses its power two heights later, and nobody else does',
    async () => {
      expect(offence.fault).toMatchObject({ kind: 'duplicate_vote' })
      await expectPunished(offence)
    },
    PATIENCE_MS
  )

  it(
    'is proven to whoever has the genesis, by a node or a file',
    async () => {
      const { fault, honest } = offence
      const { home, rpc } = honest[1]!
      const height = String(fault.height)
      const byNode = await verify(fault, home, '--node', rpc.url)
      expect(byNode).toMatch(
        /^proved: [0-9A-F]{40} signed two prevotes for different blocks at height 4, round /
      )
      expect(byNode).toContain('follow from the genesis by 1 signed header')
      const file = join(directory, 'validators.json')
      const query = ['query', 'validators', height, '--output', 'json', '--node', rpc.url]
      writeFileSync(file, await runProgram(query))
      expect(await verify(fault, home, '--validators', file)).toMatch(/^proved: /)
      await expect(verify(fault, home)).rejects.toThrow(/give either --validators FILE or --node ADDRESS/)
    },
    PATIENCE_MS
  )

  it(
    'is not proven by anything bent',
    async () => {
      const { fault, honest } = offence
      const { home, rpc } = honest[1]!
      const other = bent(fault, ({ vote_b }) => {
        vote_b!.signature = Buffer.alloc(64, 7).toString('base64')
      })
      await expect(verify(other, home, '--node', rpc.url)).rejects.toThrow(
        /\npnyx: the evidence proves nothing: verifying VoteB: invalid signature\n$/
      )
      const stranger = bent(fault, ({ vote_a, vote_b }) => {
        for (const vote of [vote_a, vote_b]) vote!.validator_address = 'AB'.repeat(20)
      })
      await expect(verify(stranger, home, '--node', rpc.url)).rejects.toThrow(
        /proves nothing: address (ab){20} was not a validator at height 4\n$/
      )
      const future = bent(fault, ({ vote_a, vote_b }) => {
        for (const vote of [vote_a, vote_b]) vote!.height = '999999'
      })
      await expect(verify(future, home, '--node', rpc.url)).rejects.toThrow(
        /\npnyx: the node answered: height 999999 must be less than or equal to [^\n]+\n$/
      )
      const text = JSON.stringify(fault.evidence)
      await expect(verify(text.slice(0, -20), home, '--node', rpc.url)).rejects.toThrow(
        /\npnyx: evidence file \S+ is damaged: [^\n]+\n$/
      )
      await expect(verify('{"type":"x"}', home, '--node', rpc.url)).rejects.toThrow(
        /\npnyx: evidence file \S+: evidence\.value is missing\n$|\npnyx: evidence file [^\n]+\n$/
      )
    },
    PATIENCE_MS
  )

  it(
    'cannot be accused by forged evidence, and the committed one is taken as known',
    async () => {
      const { fault, faults, honest } = offence
      const rpc = faults[0]!
      const hash = Buffer.from(await rpc.broadcast(fault.evidence), 'base64').toString('hex')
      expect(hash.toUpperCase()).toBe(fault.hash)
      const victim = (await honest[0]!.rpc.status()).address
      const forgeries: readonly (readonly [unknown, RegExp])[] = [
        [
          bent(fault, ({ vote_a, vote_b }) => {
            for (const vote of [vote_a, vote_b]) vote!.validator_address = victim
          }),
          /failed to add evidence: /
        ],
        [
          bent(fault, ({ vote_a, vote_b }) => {
            for (const vote of [vote_a, vote_b]) vote!.height = '3'
          }),
          /failed to add evidence: (evidence has a different time|verifying VoteA: invalid signature)/
        ]
      ]
      for (const [forged, reason] of forgeries) await expect(rpc.broadcast(forged)).rejects.toThrow(reason)
      expect((await rpc.faults()).every(one => !one.validators.includes(victim))).toBe(true)
    },
    PATIENCE_MS
  )
})

describe('a validator that proposes two blocks', () => {
  let offence: Offence

  beforeAll(async () => {
    offence = await runOffence('double-proposal@3')
  }, 2 * PATIENCE_MS)
  afterAll(() => offence?.cluster.stopAll())

  it(
    'is proven within four heights, loses its power two heights later, and nobody else does',
    async () => {
      expect(offence.fault).toMatchObject({ kind: 'duplicate_proposal' })
      await expectPunished(offence)
      const { home, rpc } = offence.honest[2]!
      expect(await verify(offence.fault, home, '--node', rpc.url)).toMatch(/ signed two proposals /)
    },
    PATIENCE_MS
  )
})

describe('a node told to break the rules', () => {
  it(
    'does not start but on a test network',
    async () => {
      const cluster = await makeCluster({ validators: 1, flags: FLAGS })
      const node = cluster.nodes[0]!
      const exit = await node.start(['--byzantine=double-vote@4']).exited
      expect(exit.code).toBe(1)
      expect(exit.reason).toMatch(/does not say "test_network": true under app_state$/)
      expect(
        JSON.parse(readFileSync(join(node.home, 'config', 'genesis.json'), 'utf8')).app_state
      ).not.toEqual(expect.objectContaining({ test_network: true }))
      const misspelt = await node.start(['--byzantine=double-vote']).exited
      expect(misspelt.code).toBe(64)
      expect(misspelt.reason).toMatch(/expected double-vote@N, double-proposal@N, amnesia@N or downtime@A-B/)
    },
    PATIENCE_MS
  )
})
