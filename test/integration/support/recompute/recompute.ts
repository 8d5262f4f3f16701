import { createHash } from 'node:crypto'
import type { Comet38Client, comet38, Tendermint37Client } from '@cosmjs/tendermint-rpc'
import { expect } from 'vitest'
import {
  commitHash,
  dataHash,
  headerHash,
  hex,
  isSignedBy,
  paramsHash,
  partSet,
  resultsHash,
  timestamp,
  validatorsHash
} from './hashes.ts'
import { advance, candidates, type Turn, withPowers } from './proposers.ts'

/** The calls the check needs: those that the two generations of the client have in common. */
export type Reader = Pick<
  Comet38Client | Tendermint37Client,
  'block' | 'commit' | 'genesis' | 'blockchain'
> & {
  validatorsAll(height?: number): Promise<comet38.ValidatorsResponse>
  blockResults(height?: number): Promise<{
    readonly results: readonly comet38.TxData[]
    readonly validatorUpdates: comet38.BlockResultsResponse['validatorUpdates']
  }>
}

/** What CosmJS leaves out of the answers, read without it. */
export interface Raw {
  params(height: number): Promise<{ readonly maxBytes: bigint; readonly maxGas: bigint }>
  /** Upper-case hex. */
  appHash(height: number): Promise<string>
}

/** How often something was checked, to see that nothing was passed over. */
export interface Recomputed {
  readonly signatures: number
  readonly txs: number
  readonly changesOfPower: number
  readonly laterRounds: number
}

/** Recomputes what the node says of the heights 1 to `to`; fails at the first claim that does not hold. */
export async function recompute(client: Reader, raw: Raw, to: number): Promise<Recomputed> {
  const counts = { signatures: 0, txs: 0, changesOfPower: 0, laterRounds: 0 }
  const genesis = await client.genesis()
  let { current, next } = firstTurns(genesis.validators)
  for (let height = 1; height <= to; height++) {
    const { block, blockId } = await client.block(height)
    const { header } = block
    const { validators } = await client.validatorsAll(height)
    const { validators: nextValidators } = await client.validatorsAll(height + 1)
    const { results, validatorUpdates } = await client.blockResults(height)
    const { header: committedHeader, commit } = await client.commit(height)

    expect(hex(headerHash(header)), 'block id').toBe(hex(blockId.hash))
    expect(header.chainId).toBe(genesis.chainId)
    expect(committedHeader, 'the header beside the commit').toEqual(header)
    expect(commit.blockId, 'what was committed').toEqual(blockId)
    const parts = partSet(block as comet38.Block)
    expect([parts.hash, parts.total], 'parts').toEqual([hex(blockId.parts.hash), blockId.parts.total])
    const { blockMetas } = await client.blockchain(height, height)
    expect([blockMetas[0]!.blockSize, blockMetas[0]!.numTxs], 'block meta').toEqual([
      parts.size,
      block.txs.length
    ])
    expect(hex(dataHash(block.txs)), 'data hash').toBe(hex(header.dataHash))
    expect(hex(validatorsHash(validators)), 'validators').toBe(hex(header.validatorsHash))
    expect(hex(validatorsHash(nextValidators)), 'next validators').toBe(hex(header.nextValidatorsHash))
    expect(header.evidenceHash, 'evidence').toEqual(new Uint8Array(createHash('sha256').digest()))
    const { maxBytes, maxGas } = await raw.params(height)
    expect(hex(paramsHash(maxBytes, maxGas)), 'params').toBe(hex(header.consensusHash))
    expect(results).toHaveLength(block.txs.length)

    counts.signatures += checkCommit(commit as comet38.Commit, validators, genesis.chainId)
    counts.txs += block.txs.length
    if (commit.round > 0) counts.laterRounds += 1
    if (height === 1) checkFirst(header as comet38.Header, genesis)
    else await checkAgainstLast(client, raw, block as comet38.Block)

    expect(candidates(validators), `priorities at ${height}`).toEqual(current.set)
    const { round } = commit
    const proposer = round === 0 ? current.proposer : advance(current.set, round).proposer
    expect(proposer, `proposer of ${height}`).toBe(hex(header.proposerAddress))
    const powers = new Map(
      validatorUpdates.map(({ pubkey, votingPower }) => [addressOf(pubkey.data), votingPower] as const)
    )
    if (powers.size > 0) counts.changesOfPower += 1
    const changed = powers.size > 0 ? withPowers(next.set, powers) : next.set
    ;[current, next] = [next, advance(changed, 1)]
  }
  return counts
}

/** The first two heights: everybody is new, and each height goes on by one. */
function firstTurns(validators: readonly comet38.Validator[]): {
  readonly current: Turn
  readonly next: Turn
} {
  const all = withPowers([], new Map(validators.map(one => [hex(one.address), one.votingPower] as const)))
  const current = advance(all, 1)
  return { current, next: advance(current.set, 1) }
}

function addressOf(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40).toUpperCase()
}

/** Every signature that is there holds, and those for the block have more than two thirds. Returns how many there are. */
function checkCommit(
  commit: comet38.Commit,
  validators: readonly comet38.Validator[],
  chainId: string
): number {
  expect(commit.signatures).toHaveLength(validators.length)
  let [signed, total, count] = [0n, 0n, 0]
  for (const [index, signature] of commit.signatures.entries()) {
    const validator = validators[index]!
    expect(addressOf(validator.pubkey!.data)).toBe(hex(validator.address))
    total += validator.votingPower
    if (signature.blockIdFlag === 1) continue
    expect(hex(signature.validatorAddress!)).toBe(hex(validator.address))
    expect(isSignedBy(validator, chainId, commit, signature), `signature ${index} of ${commit.height}`).toBe(
      true
    )
    if (signature.blockIdFlag === 2) signed += validator.votingPower
    count += 1
  }
  expect(3n * signed > 2n * total, `+2/3 at ${commit.height}`).toBe(true)
  return count
}

function checkFirst(header: comet38.Header, genesis: { readonly genesisTime: { getTime(): number } }): void {
  expect(header.time.getTime(), 'the first block has the time of the genesis').toBe(
    genesis.genesisTime.getTime()
  )
  expect(header.lastBlockId).toBeNull()
}

async function checkAgainstLast(client: Reader, raw: Raw, block: comet38.Block): Promise<void> {
  const { header, lastCommit } = block
  const last = await client.block(header.height - 1)
  expect(header.lastBlockId, 'last block id').toEqual(last.blockId)
  expect(lastCommit!.blockId).toEqual(last.blockId)
  expect(hex(commitHash(lastCommit!)), 'last commit hash').toBe(hex(header.lastCommitHash))
  const { validators } = await client.validatorsAll(header.height - 1)
  checkCommit(lastCommit!, validators, header.chainId)
  const { results } = await client.blockResults(header.height - 1)
  expect(hex(resultsHash(results)), 'last results').toBe(hex(header.lastResultsHash))
  expect(await raw.appHash(header.height - 1), 'app hash').toBe(hex(header.appHash))
  expect(timestamp(header.time), 'BFT time').toEqual(medianTime(lastCommit!, validators))
}

/** The median of the signers' clocks, weighed by power. */
function medianTime(commit: comet38.Commit, validators: readonly comet38.Validator[]) {
  const votes = commit.signatures.flatMap(({ blockIdFlag, timestamp: date }, index) =>
    blockIdFlag === 1 ? [] : [{ at: timestamp(date), power: validators[index]!.votingPower }]
  )
  votes.sort((a, b) => Number(a.at.seconds - b.at.seconds) || a.at.nanos - b.at.nanos)
  let half = votes.reduce((sum, { power }) => sum + power, 0n) / 2n
  for (const { at, power } of votes) {
    if (half <= power) return at
    half -= power
  }
  return undefined
}
