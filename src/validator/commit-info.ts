import type { CommitInfo, ExtendedCommitInfo, Misbehavior } from '../app/index.ts'
import type { Commit, Evidence, ExtendedCommit, ValidatorSet } from '../types/index.ts'
import { assert, unreachable } from '../util/index.ts'

const NO_BYTES = new Uint8Array(0)

/** Who signed the last block, as the app is told, in the order of the set that signed it. Empty at the initial height. */
export function commitInfo(commit: Commit | null, signers: ValidatorSet | null): CommitInfo {
  if (commit === null || signers === null || commit.signatures.length === 0) return { round: 0, votes: [] }
  assert(commit.signatures.length === signers.validators.length, 'commit and validator set differ in size')
  return {
    round: commit.round,
    votes: signers.validators.map(({ address, power }, index) => ({
      validator: { address, power },
      blockIdFlag: commit.signatures[index]!.blockIdFlag
    }))
  }
}

/** The same for a proposer, with vote extensions where they were enabled at the last height. */
export function extendedCommitInfo(
  commit: Commit,
  extended: ExtendedCommit | null,
  signers: ValidatorSet | null
): ExtendedCommitInfo {
  const { round, votes } = commitInfo(commit, signers)
  return {
    round,
    votes: votes.map((vote, index) => ({
      ...vote,
      voteExtension: extended?.signatures[index]?.extension ?? NO_BYTES,
      extensionSignature: extended?.signatures[index]?.extensionSignature ?? NO_BYTES
    }))
  }
}

/** What the app is told of the evidence in a block: one entry for each guilty validator. */
export function misbehaviorOf(evidence: readonly Evidence[]): readonly Misbehavior[] {
  return evidence.flatMap((item): Misbehavior[] => {
    const common = { time: item.timestamp, totalVotingPower: item.totalVotingPower }
    switch (item.kind) {
      case 'duplicateVote': {
        const { validatorAddress: address, height } = item.voteA
        return [{ ...common, type: item.kind, height, validator: { address, power: item.validatorPower } }]
      }
      case 'duplicateProposal': {
        const { validatorAddress: address, validatorPower: power } = item
        return [{ ...common, type: item.kind, height: item.proposalA.height, validator: { address, power } }]
      }
      case 'lightClientAttack':
        return item.byzantineValidators.map(({ address, power }) => ({
          ...common,
          type: item.kind,
          height: item.commonHeight,
          validator: { address, power }
        }))
      default:
        return unreachable(item)
    }
  })
}
