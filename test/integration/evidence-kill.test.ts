import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSameChain } from '../../scripts/cluster/chain-check.ts'
import type { Cluster } from '../../scripts/cluster/cluster.ts'
import { FaultRpc } from '../../scripts/cluster/fault-rpc.ts'
import { waitFor } from '../../scripts/cluster/wait.ts'
import { makeRpcClient } from '../../src/cli/rpc-client.ts'
import { loadValidatorKey } from '../../src/config/index.ts'
import { signEd25519 } from '../../src/crypto/index.ts'
import {
  evidenceToJson,
  signedHeaderFromJson,
  validatorSetOf,
  validatorsFromJson
} from '../../src/rpc/index.ts'
import {
  type DuplicateVoteEvidence,
  evidenceHash,
  type Hex,
  makeDuplicateVoteEvidence,
  type Timestamp,
  type ValidatorSet,
  type Vote,
  voteSignBytes
} from '../../src/types/index.ts'
import { cleanUp, makeCluster, START_MS } from './support/cluster-bed.ts'

const HEIGHT = 2
const STAKE = 100_000_000n
const NO_BYTES = new Uint8Array(0)
let cluster: Cluster
let chain: { readonly chainId: string; readonly time: Timestamp; readonly validators: ValidatorSet }

/** Two votes as only the holder of that node's key can make them. */
function evidenceAgainst(index: number, change: Partial<Vote> = {}, chainId = chain.chainId) {
  const home = cluster.nodes[index]!.home
  const { seed, address } = loadValidatorKey(join(home, 'config', 'priv_validator_key.json'))
  const vote = (hash: Hex): Vote => {
    const unsigned: Vote = {
      type: 'prevote',
      height: HEIGHT,
      round: 0,
      blockId: { hash, partSetHeader: { total: 1, hash } },
      timestamp: chain.time,
      validatorAddress: address,
      validatorIndex: chain.validators.indexByAddress.get(address)!,
      signature: NO_BYTES,
      extension: NO_BYTES,
      extensionSignature: NO_BYTES,
      ...change
    }
    return { ...unsigned, signature: signEd25519(seed, voteSignBytes(chainId, unsigned)) }
  }
  const [a, b] = [vote('aa'.repeat(32)), vote('bb'.repeat(32))]
  return makeDuplicateVoteEvidence(a, b, chain.time, chain.validators)!
}

beforeAll(async () => {
  cluster = await makeCluster({ validators: 4, app: 'staking', flags: ['--consensus.timeout_commit=100ms'] })
  cluster.startAll()
  await cluster.reach(HEIGHT + 2, START_MS)
  const client = makeRpcClient(cluster.nodes[0]!.rpc.url)
  const { header } = signedHeaderFromJson(await client.call('commit', { height: String(HEIGHT) }))
  const answer = validatorsFromJson(await client.call('validators', { height: String(HEIGHT) }))
  const validators = validatorSetOf(answer.validators)
  chain = { chainId: header.chainId, time: header.time, validators }
}, 2 * START_MS)
afterAll(cleanUp)

describe('evidence handed to one node alone', () => {
  it(
    'is refused with the reason where it is forged, and accuses nobody',
    async () => {
      const rpc = new FaultRpc(cluster.nodes[0]!.rpc.url)
      const [victim, liar] = [0, 1].map(index => evidenceAgainst(index).voteA.validatorAddress)
      const index = (address: Hex) => chain.validators.indexByAddress.get(address)!
      const borrowed = { validatorAddress: victim!, validatorIndex: index(victim!) }
      const good = evidenceAgainst(1)
      const later = { ...chain.time, seconds: chain.time.seconds + 1 }
      const forgeries: readonly (readonly [DuplicateVoteEvidence, RegExp])[] = [
        [evidenceAgainst(1, {}, 'another-chain'), /: verifying VoteA: invalid signature$/],
        [evidenceAgainst(1, borrowed), /: verifying VoteA: invalid signature$/],
        [evidenceAgainst(1, { validatorIndex: index(victim!) }), /: validator [0-9a-f]{40} has index \d+$/],
        [{ ...good, timestamp: later }, /: evidence has a different time to the block at height 2$/],
        [
          { ...good, validatorPower: 200n },
          /: validator power from evidence and our validator set does not match/
        ],
        [
          { ...good, totalVotingPower: 40n },
          /: total voting power from evidence and our validator set does not/
        ],
        [
          { ...good, voteB: { ...good.voteB, round: 1 } },
          /: h\/r\/s does not match: 2\/0\/prevote vs 2\/1\/prevote$/
        ]
      ]
      for (const [forged, reason] of forgeries) {
        await expect(rpc.broadcast(evidenceToJson(forged))).rejects.toThrow(reason)
      }
      expect(liar).not.toBe(victim)
      const future = evidenceAgainst(1, { height: 1_000_000 })
      await expect(rpc.broadcast(evidenceToJson(future))).rejects.toThrow(
        /: height 1000000 is not committed yet, the newest is \d+$/
      )
      expect(await rpc.faults()).toEqual([])
      for (const [address] of await rpc.powers(HEIGHT)) {
        expect(await rpc.standing(address)).toMatchObject({ tokens: STAKE, jailed: false, tombstoned: false })
      }
    },
    START_MS
  )

  it(
    'survives a kill of that node, and reaches a block',
    async () => {
      const [keeper, ...others] = cluster.nodes
      for (const node of others) await node.end('SIGTERM')
      const evidence = evidenceAgainst(3)
      const rpc = new FaultRpc(keeper!.rpc.url)
      const hash = Buffer.from(await rpc.broadcast(evidenceToJson(evidence)), 'base64').toString('hex')
      expect(hash).toBe(evidenceHash(evidence))
      expect(await rpc.faults()).toMatchObject([{ status: 'pending', committed_height: 0 }])
      await keeper!.end('SIGKILL')

      cluster.startAll()
      const committed = await waitFor('committed evidence', START_MS, async () => {
        const found = await rpc.faults({ status: 'committed' }).catch(() => [])
        return found[0]
      })
      expect(committed.hash.toLowerCase()).toBe(hash)
      const at = committed.committed_height
      await cluster.reach(at + 3, START_MS)
      for (const { rpc: node } of cluster.nodes) {
        const faults = new FaultRpc(node.url)
        expect((await faults.faults()).map(one => one.hash.toLowerCase())).toEqual([hash])
        const offender = evidence.voteA.validatorAddress.toUpperCase()
        expect((await faults.powers(at + 2)).has(offender)).toBe(false)
        for (const [address] of await faults.powers(HEIGHT)) {
          const { tombstoned, tokens } = await faults.standing(address)
          expect([tombstoned, tokens < STAKE]).toEqual([address === offender, address === offender])
        }
      }
      expect(await checkSameChain(cluster.nodes)).toBeGreaterThan(at)
      expect(readFileSync(join(keeper!.home, 'node.log'), 'utf8')).not.toContain('broken invariant')
    },
    4 * START_MS
  )
})
