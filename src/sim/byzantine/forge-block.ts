import {
  BLOCK_ID_FLAG,
  type Block,
  type BlockId,
  type ChainState,
  type Commit,
  type CommitSig,
  commitHash,
  encodeBlock,
  evidenceListHash,
  hashHeader,
  makePartSet,
  medianTime,
  type Part,
  txsHash,
  ZERO_TIME
} from '../../types/index.ts'
import type { Prng } from '../prng.ts'

/** A block as it is proposed. */
export interface PackedBlock {
  readonly block: Block
  readonly blockId: BlockId
  readonly parts: readonly Part[]
}

export function packBlock(block: Block): PackedBlock {
  const { header, parts } = makePartSet(encodeBlock(block))
  return { block, blockId: { hash: hashHeader(block.header), partSetHeader: header }, parts }
}

/** Another block that is as valid as the first. */
export function otherValidBlock(block: Block, salt: string): Block {
  return withTxs(block, [...block.txs, Buffer.from(`byzantine=${salt}`)])
}

export function withTxs(block: Block, txs: readonly Uint8Array[]): Block {
  return { ...block, txs, header: { ...block.header, dataHash: txsHash(txs) } }
}

/** Without transactions and evidence; still valid. */
export function censoredBlock(block: Block): Block {
  const empty = withTxs(block, [])
  return { ...empty, evidence: [], header: { ...empty.header, evidenceHash: evidenceListHash([]) } }
}

/** Leaves out as many precommits of the last commit as it can do without; still valid. */
export function withFewerPrecommits(block: Block, state: ChainState, prng: Prng): Block | null {
  const { lastCommit } = block
  const set = state.lastValidators
  if (lastCommit === null || set === null || lastCommit.signatures.length === 0) return null
  const signatures = [...lastCommit.signatures]
  let power = 0n
  for (const [index, entry] of signatures.entries()) {
    if (entry.blockIdFlag === BLOCK_ID_FLAG.commit) power += set.validators[index]!.power
  }
  let omitted = 0
  for (const index of prng.shuffle(signatures.map((_, i) => i))) {
    const weight = set.validators[index]!.power
    if (signatures[index]!.blockIdFlag !== BLOCK_ID_FLAG.commit) continue
    if (3n * (power - weight) <= 2n * set.totalPower) continue
    power -= weight
    signatures[index] = ABSENT
    omitted++
  }
  if (omitted === 0) return null
  return withLastCommit(block, { ...lastCommit, signatures }, state)
}

const ABSENT: CommitSig = {
  blockIdFlag: BLOCK_ID_FLAG.absent,
  validatorAddress: '',
  timestamp: ZERO_TIME,
  signature: new Uint8Array(0)
}

function withLastCommit(block: Block, lastCommit: Commit, state: ChainState): Block {
  const time =
    state.lastValidators === null ? block.header.time : medianTime(lastCommit, state.lastValidators)
  return { ...block, lastCommit, header: { ...block.header, time, lastCommitHash: commitHash(lastCommit) } }
}

const WRONG_HASH = 'ab'.repeat(32)

/** Ways to break a block; each is refused by a rule of its own. */
const SPOILERS: Readonly<Record<string, (block: Block, prng: Prng) => Block | null>> = {
  appHash: block => withHeader(block, { appHash: WRONG_HASH }),
  parent: block => withHeader(block, { lastBlockId: { ...block.header.lastBlockId, hash: WRONG_HASH } }),
  validators: block => withHeader(block, { validatorsHash: WRONG_HASH }),
  nextValidators: block => withHeader(block, { nextValidatorsHash: WRONG_HASH }),
  results: block => withHeader(block, { lastResultsHash: WRONG_HASH }),
  consensus: block => withHeader(block, { consensusHash: WRONG_HASH }),
  data: block => withHeader(block, { dataHash: WRONG_HASH }),
  evidence: block => withHeader(block, { evidenceHash: WRONG_HASH }),
  chain: block => withHeader(block, { chainId: `${block.header.chainId}x`.slice(-50) }),
  height: block => withHeader(block, { height: block.header.height + 1 }),
  proposer: block => withHeader(block, { proposerAddress: 'cd'.repeat(20) }),
  version: block => withHeader(block, { version: { ...block.header.version, block: 12 } }),
  time: block =>
    withHeader(block, { time: { ...block.header.time, seconds: block.header.time.seconds + 3600 } }),
  tx: block => withTxs(block, [...block.txs, Buffer.from('=no key')]),
  noCommit: block => (hasCommit(block) ? withCommit(block, []) : null),
  foreignSignatures: (block, prng) =>
    hasCommit(block)
      ? changeEntry(block, prng, entry => ({ ...entry, signature: new Uint8Array(64).fill(7) }))
      : null,
  swappedAddress: (block, prng) =>
    hasCommit(block)
      ? changeEntry(block, prng, entry => ({ ...entry, validatorAddress: 'ef'.repeat(20) }))
      : null,
  fewPrecommits: (block, prng) => (hasCommit(block) ? withOnePrecommit(block, prng) : null),
  duplicateSigner: block => {
    const entries = block.lastCommit?.signatures ?? []
    return entries.length > 1 ? withCommit(block, [entries[0]!, entries[0]!, ...entries.slice(2)]) : null
  },
  movedTime: (block, prng) =>
    hasCommit(block)
      ? changeEntry(block, prng, entry => ({
          ...entry,
          timestamp: { ...entry.timestamp, seconds: entry.timestamp.seconds + 100 }
        }))
      : null
}
export const INVALID_BLOCKS: readonly string[] = Object.keys(SPOILERS)

/** A block that nobody may vote for, broken in the way named; null where that way needs a last commit. */
export function invalidBlock(kind: string, block: Block, prng: Prng): Block | null {
  return SPOILERS[kind]?.(block, prng) ?? null
}

function hasCommit({ lastCommit }: Block): boolean {
  return lastCommit?.signatures.some(({ blockIdFlag }) => blockIdFlag === BLOCK_ID_FLAG.commit) ?? false
}

function withHeader(block: Block, header: Partial<Block['header']>): Block {
  return { ...block, header: { ...block.header, ...header } }
}

function withCommit(block: Block, signatures: readonly CommitSig[]): Block {
  const lastCommit = { ...block.lastCommit!, signatures }
  return { ...block, lastCommit, header: { ...block.header, lastCommitHash: commitHash(lastCommit) } }
}

/** A last commit of one validator, and the time that follows from it. */
function withOnePrecommit(block: Block, prng: Prng): Block {
  const { signatures } = block.lastCommit!
  const signed = signatures.flatMap(({ blockIdFlag }, i) => (blockIdFlag === BLOCK_ID_FLAG.commit ? [i] : []))
  const kept = prng.pick(signed)
  const few = withCommit(
    block,
    signatures.map((entry, index) => (index === kept ? entry : ABSENT))
  )
  return withHeader(few, { time: signatures[kept]!.timestamp })
}

function changeEntry(block: Block, prng: Prng, alter: (entry: CommitSig) => CommitSig): Block {
  const signatures = [...block.lastCommit!.signatures]
  const signed = signatures.flatMap(({ blockIdFlag }, i) => (blockIdFlag === BLOCK_ID_FLAG.commit ? [i] : []))
  const index = prng.pick(signed)
  signatures[index] = alter(signatures[index]!)
  return withCommit(block, signatures)
}
