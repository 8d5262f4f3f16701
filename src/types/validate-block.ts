import type { Block } from './block.ts'
import { commitHash, evidenceListHash } from './hashes.ts'
import { MAX_TXS_PER_BLOCK } from './limits.ts'
import { txsHash } from './tx.ts'
import { validateCommit } from './validate-commit.ts'
import { validateEvidence } from './validate-evidence.ts'
import { validateHeader } from './validate-header.ts'

/**
 * CometBFT Block.ValidateBasic: header, last commit and evidence are well formed and the header's hashes are those of
 * the contents. What depends on the chain's state is checked elsewhere.
 */
export function validateBlock(block: Block): string | null {
  const header = validateHeader(block.header)
  if (header !== null) return `invalid header: ${header}`
  if (block.lastCommit === null) return 'nil LastCommit'
  const commit = validateCommit(block.lastCommit)
  if (commit !== null) return `wrong LastCommit: ${commit}`
  if (block.header.lastCommitHash !== commitHash(block.lastCommit)) return 'wrong Header.LastCommitHash'
  if (block.txs.length > MAX_TXS_PER_BLOCK) return `more than ${MAX_TXS_PER_BLOCK} transactions`
  if (block.header.dataHash !== txsHash(block.txs)) return 'wrong Header.DataHash'
  for (const [index, evidence] of block.evidence.entries()) {
    const problem = validateEvidence(evidence)
    if (problem !== null) return `invalid evidence (#${index}): ${problem}`
  }
  return block.header.evidenceHash === evidenceListHash(block.evidence) ? null : 'wrong Header.EvidenceHash'
}
