import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BlockStore, LevelKeyValueStore, NodeFileSystem, StateStore } from '../../src/blockstore/index.ts'
import { scanWal } from '../../src/blockstore/wal-scan.ts'
import { loadGenesis } from '../../src/cli/genesis-file.ts'
import { BLOCK_ID_FLAG, type Commit, type Height, type Proposal, type Vote } from '../../src/types/index.ts'
import { PnyxError } from '../../src/util/index.ts'
import { fromWalRecord, type JournalRecord } from '../../src/validator/host/journal.ts'
import { EMPTY_SIGN_STATE, type LastSignState, parseSignState } from '../../src/validator/index.ts'
import { SIGN_STEP } from '../../src/validator/signer/last-sign-state.ts'
import type { SignedMessages } from './signed-messages.ts'

export class AuditError extends PnyxError<'DIFFERENT_BLOCK'> {}

/** Block ids by height, as the first store that was read has them. */
export type KnownBlocks = Map<Height, string>

/** Reads what the write-ahead log of a home holds; also while its node runs. Proposals are kept for later. */
export function readLog(home: string, found: SignedMessages, proposals: Proposal[]): void {
  const directory = join(home, 'data', 'cs.wal')
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory)) {
    const where = join(directory, name)
    for (const { timed } of scanWal(readFileSync(where)).records) {
      const record = fromWalRecord(timed.record)
      if (record === null) continue
      for (const vote of votesOf(record)) found.addVote(vote, where)
      if (record.kind === 'message' && record.message.kind === 'proposal')
        proposals.push(record.message.proposal)
    }
  }
}

function votesOf(record: JournalRecord): readonly Vote[] {
  if (record.kind === 'certificate') return record.votes
  return record.kind === 'message' && record.message.kind === 'vote' ? [record.message.vote] : []
}

/**
 * Reads the stores of a home whose node is stopped: the commits in them, and the proposals that were logged. Throws
 * AuditError when a block differs from that of another home. Returns the height of the store.
 */
export async function readStores(
  home: string,
  found: SignedMessages,
  proposals: readonly Proposal[],
  known: KnownBlocks
): Promise<Height> {
  const data = join(home, 'data')
  const store = await LevelKeyValueStore.open({ path: join(data, 'chain.db') })
  const fileSystem = new NodeFileSystem()
  try {
    const blocks = await BlockStore.open({ store, fileSystem, directory: join(data, 'blocks') })
    const { genesis, bytes } = loadGenesis(join(home, 'config', 'genesis.json'))
    const states = await StateStore.open(store, { genesis, genesisBytes: bytes })
    for (let height = Math.max(1, blocks.base); height <= blocks.height; height++) {
      const hash = blocks.loadMeta(height)?.blockId.hash ?? 'none'
      const other = known.get(height) ?? hash
      if (other !== hash)
        throw new AuditError('DIFFERENT_BLOCK', `${home} has ${hash} at height ${height}, not ${other}`)
      known.set(height, hash)
      addCommit(blocks.loadSeenCommit(height), found, `the seen commits of ${home}`)
      addCommit(blocks.loadCommit(height), found, `the commits of ${home}`)
    }
    for (const proposal of proposals) {
      const validators = states.loadValidators(proposal.height)
      if (validators !== null) found.addProposal(proposal, validators, `the log of ${home}`)
    }
    await blocks.close()
    return blocks.height
  } finally {
    await store.close()
  }
}

function addCommit(commit: Commit | null, found: SignedMessages, where: string): void {
  if (commit === null) return
  const { height, round } = commit
  for (const { blockIdFlag, validatorAddress, signature } of commit.signatures) {
    if (blockIdFlag === BLOCK_ID_FLAG.absent) continue
    found.addVote({ type: 'precommit', height, round, validatorAddress, signature }, where)
  }
}

/** What the signer of a home signed last. */
export function readSignState(home: string, address: string, found: SignedMessages): LastSignState {
  const where = join(home, 'data', 'priv_validator_state.json')
  const state = parseSignState(readFileSync(where), where)
  const { height, round, step, signature } = state
  if (signature === null || height === EMPTY_SIGN_STATE.height) return state
  if (step === SIGN_STEP.prevote || step === SIGN_STEP.precommit) {
    const type = step === SIGN_STEP.prevote ? 'prevote' : 'precommit'
    found.addVote({ type, height, round, validatorAddress: address, signature }, where)
  }
  return state
}
