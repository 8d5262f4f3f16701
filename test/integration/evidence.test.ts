import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../scripts/cluster/cluster.ts'
import type { FaultAnswer } from '../../scripts/cluster/fault-rpc.ts'
import { cleanUp, makeCluster, temporaryDirectory } from './support/cluster-bed.ts'
import { expectPunished, type Offence, PATIENCE_MS, runOffence } from './support/offence-bed.ts'

const MAX_HEIGHTS = 4
const directory = temporaryDirectory()

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
      await expectPunished(offence, MAX_HEIGHTS)
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
      await expectPunished(offence, MAX_HEIGHTS)
      const { home, rpc } = offence.honest[2]!
      expect(await verify(offence.fault, home, '--node', rpc.url)).toMatch(/ signed two proposals /)
    },
    PATIENCE_MS
  )
})

describe('a validator that stays away', () => {
  it(
    'is jailed within four heights, loses its power two heights later, and nobody else does',
    async () => {
      const offence = await runOffence('downtime@3-60')
      expect(offence.fault).toMatchObject({ kind: 'downtime' })
      await expectPunished(offence, MAX_HEIGHTS)
      await offence.cluster.stopAll()
    },
    2 * PATIENCE_MS
  )
})

describe('a node told to break the rules', () => {
  it(
    'does not start but on a test network',
    async () => {
      const cluster = await makeCluster({ validators: 1, app: 'staking' })
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
