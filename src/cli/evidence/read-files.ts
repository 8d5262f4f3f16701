import { readRequiredFile } from '../../config/index.ts'
import { evidenceFromJson, RpcError, validatorSetOf, validatorsFromJson } from '../../rpc/index.ts'
import { type Evidence, type Height, type ValidatorSet, validateEvidence } from '../../types/index.ts'
import { errorMessage } from '../../util/index.ts'
import { CliError } from '../cli-error.ts'

/**
 * Reads evidence as `pnyx query evidence HASH --output json`, `block` and `broadcast_evidence` show it. Throws one line
 * that names the file.
 */
export function readEvidenceFile(path: string): Evidence {
  const value = readJson(path, 'evidence file', 'pnyx query evidence HASH --output json writes one')
  const evidence = read(`evidence file ${path}`, () => evidenceFromJson(unwrap(value, 'evidence')))
  const problem = validateEvidence(evidence)
  if (problem !== null)
    throw new CliError('REFUSED', `the evidence proves nothing: it is malformed: ${problem}`)
  return evidence
}

/** Reads a validator set as `pnyx query validators HEIGHT --output json` shows it; it must be whole, and of `height`. */
export function readValidatorsFile(path: string, height: Height): ValidatorSet {
  const value = readJson(path, 'validators file', 'pnyx query validators HEIGHT --output json writes one')
  const what = `validators file ${path}`
  return read(what, () => {
    const answer = validatorsFromJson(unwrap(value, 'validators'))
    if (answer.height !== height) {
      throw new CliError(
        'REFUSED',
        `${what} is of height ${answer.height}, but the evidence of height ${height}: ask for the validators of that height`
      )
    }
    if (answer.total !== BigInt(answer.validators.length)) {
      throw new CliError(
        'REFUSED',
        `${what} holds ${answer.validators.length} of ${answer.total} validators: all are needed`
      )
    }
    return validatorSetOf(answer.validators)
  })
}

function readJson(path: string, what: string, advice: string): unknown {
  const text = readRequiredFile(path, what, advice)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CliError('REFUSED', `${what} ${path} is damaged: ${errorMessage(error)}`, { cause: error })
  }
}

/** What is inside an answer of a node: `result` first, then the field of that name if it is an object. */
function unwrap(value: unknown, field: string): unknown {
  let inner = value
  for (const name of ['result', field]) {
    if (typeof inner !== 'object' || inner === null) return inner
    const next: unknown = (inner as Record<string, unknown>)[name]
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) inner = next
  }
  return inner
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof RpcError)
      throw new CliError('REFUSED', `${what}: ${error.message}`, { cause: error })
    throw error
  }
}
