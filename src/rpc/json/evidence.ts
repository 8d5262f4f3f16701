import { type Evidence, type LightClientAttackEvidence, timestampToRfc3339 } from '../../types/index.ts'
import { signedHeaderToJson } from './header.ts'
import { hexJson, int64Json, type JsonObject, listOrNull } from './json.ts'
import { validatorSetToJson, validatorToJson } from './validators.ts'
import { proposalToJson, voteToJson } from './vote.ts'

/** Names in the `type` of evidence. The third is of this project: CometBFT has no such evidence. */
export const EVIDENCE_TYPE = {
  duplicateVote: 'tendermint/DuplicateVoteEvidence',
  lightClientAttack: 'tendermint/LightClientAttackEvidence',
  duplicateProposal: 'pnyx/DuplicateProposalEvidence'
} as const

/** Evidence as CometBFT shows it; fields that its structs give no JSON name keep their Go name. */
export function evidenceToJson(evidence: Evidence): JsonObject {
  return { type: EVIDENCE_TYPE[evidence.kind], value: evidenceValueToJson(evidence) }
}

function evidenceValueToJson(evidence: Evidence): JsonObject {
  switch (evidence.kind) {
    case 'duplicateVote':
      return {
        vote_a: voteToJson(evidence.voteA),
        vote_b: voteToJson(evidence.voteB),
        TotalVotingPower: int64Json(evidence.totalVotingPower),
        ValidatorPower: int64Json(evidence.validatorPower),
        Timestamp: timestampToRfc3339(evidence.timestamp)
      }
    case 'duplicateProposal':
      return {
        proposal_a: proposalToJson(evidence.proposalA),
        proposal_b: proposalToJson(evidence.proposalB),
        ValidatorAddress: hexJson(evidence.validatorAddress),
        TotalVotingPower: int64Json(evidence.totalVotingPower),
        ValidatorPower: int64Json(evidence.validatorPower),
        Timestamp: timestampToRfc3339(evidence.timestamp)
      }
    case 'lightClientAttack':
      return lightClientAttackToJson(evidence)
  }
}

function lightClientAttackToJson(evidence: LightClientAttackEvidence): JsonObject {
  const { header, commit, validatorSet } = evidence.conflictingBlock
  return {
    ConflictingBlock: {
      signed_header: signedHeaderToJson(header, commit),
      validator_set: validatorSetToJson(validatorSet)
    },
    CommonHeight: int64Json(evidence.commonHeight),
    ByzantineValidators: listOrNull(evidence.byzantineValidators, validatorToJson),
    TotalVotingPower: int64Json(evidence.totalVotingPower),
    Timestamp: timestampToRfc3339(evidence.timestamp)
  }
}
