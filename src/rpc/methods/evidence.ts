import { evidenceHash, validateEvidence } from '../../types/index.ts'
import { hexToBase64 } from '../json/json.ts'
import { callFailed } from '../rpc-error.ts'
import { defineMethod } from './method.ts'

export const broadcastEvidence = defineMethod({
  params: { evidence: 'evidence' },
  async call({ view }, { evidence }) {
    if (evidence === null) throw callFailed('no evidence was provided')
    const problem = validateEvidence(evidence)
    if (problem !== null) throw callFailed(`evidence.ValidateBasic failed: ${problem}`)
    const outcome = await view.submitEvidence(evidence)
    if (outcome.kind === 'refused') throw callFailed(`failed to add evidence: ${outcome.reason}`)
    return { hash: hexToBase64(evidenceHash(evidence)) }
  }
})
