import { makeSignatureVerifier } from '../../crypto/index.ts'
import { culpritsOf, heightOfEvidence, verifyEvidenceAlone } from '../../evidence/index.ts'
import { compareTimestamps, type Evidence, evidenceHash, type Genesis } from '../../types/index.ts'
import { CliError } from '../cli-error.ts'
import type { RpcClient } from '../rpc-client.ts'
import { type ProvedValidators, proveValidators } from './prove-validators.ts'
import { readEvidenceFile, readValidatorsFile } from './read-files.ts'

/** Where the validators of the offence's height come from. */
export type ValidatorsSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'node'; readonly client: RpcClient }

export interface EvidenceVerdict {
  readonly hash: string
  readonly validators: readonly string[]
  readonly offence: string
  readonly trust: string
  readonly not_checked: readonly string[]
}

const VERIFIED_SIGNATURES = 1_000
/** Among what the proof alone leaves open; a proved header settles it. */
const BLOCK_TIME = /time of the block/

/** Judges a piece of evidence; throws CliError REFUSED with the reason when it proves nothing. */
export async function verifyEvidenceFile(
  path: string,
  genesis: Genesis,
  source: ValidatorsSource
): Promise<EvidenceVerdict> {
  const evidence = readEvidenceFile(path)
  const height = heightOfEvidence(evidence)
  const verifier = makeSignatureVerifier({ cacheSize: VERIFIED_SIGNATURES })
  const proved =
    source.kind === 'node' ? await proveValidators(source.client, genesis, height, verifier) : null
  const validators = source.kind === 'file' ? readValidatorsFile(source.path, height) : proved!.validators
  const context = { chainId: genesis.chainId, validators, knowsPriorities: false, verifier }
  const proof = verifyEvidenceAlone(evidence, context)
  if (!proof.proves) throw nothing(proof.refusal.reason)
  if (proved !== null && compareTimestamps(proved.header.time, evidence.timestamp) !== 0) {
    throw nothing(`it has a different time to the block at height ${height}`)
  }
  return {
    hash: evidenceHash(evidence).toUpperCase(),
    validators: culpritsOf(evidence).map(address => address.toUpperCase()),
    offence: describe(evidence),
    trust: trustIn(source, proved, height),
    not_checked: proof.unchecked.filter(open => proved === null || !BLOCK_TIME.test(open))
  }
}

function nothing(reason: string): CliError {
  return new CliError('REFUSED', `the evidence proves nothing: ${reason}`)
}

function describe(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'duplicateVote': {
      const { type, height, round } = evidence.voteA
      return `signed two ${type}s for different blocks at height ${height}, round ${round}`
    }
    case 'duplicateProposal': {
      const { height, round } = evidence.proposalA
      return `signed two proposals for different blocks at height ${height}, round ${round}`
    }
    case 'lightClientAttack':
      return `signed another block than the chain's after height ${evidence.commonHeight}`
  }
}

function trustIn(source: ValidatorsSource, proved: ProvedValidators | null, height: number): string {
  if (source.kind === 'file' || proved === null) return 'the validators are taken from the file as they are'
  const headers = proved.headers === 1 ? '1 signed header' : `${proved.headers} signed headers`
  return `the validators of height ${height} follow from the genesis by ${headers}`
}

export function verdictToText({ hash, validators, offence, trust, not_checked }: EvidenceVerdict): string {
  return [
    `proved: ${validators.join(', ')} ${offence}`,
    `hash         ${hash}`,
    `trust        ${trust}`,
    ...(not_checked.length === 0 ? [] : [`not checked  ${not_checked.join('; ')}`])
  ].join('\n')
}
