import type { SignatureVerifier } from '../../crypto/index.ts'
import { RpcError, signedHeaderFromJson, validatorSetOf, validatorsFromJson } from '../../rpc/index.ts'
import {
  type Commit,
  type Genesis,
  type Header,
  type Height,
  hashHeader,
  makeGenesisState,
  type Validator,
  type ValidatorSet,
  verifyCommit,
  verifyCommitTrusting
} from '../../types/index.ts'
import { CliError } from '../cli-error.ts'
import type { RpcClient } from '../rpc-client.ts'

const PER_PAGE = 100
/** More steps than halving any range of heights takes where sets change slowly; a node must not keep us for ever. */
const MAX_HEADERS = 500
const ONE_THIRD = { numerator: 1n, denominator: 3n }

/** The validators of a height that do not depend on anybody's word. */
export interface ProvedValidators {
  readonly header: Header
  readonly validators: ValidatorSet
  /** How many signed headers lead from the genesis to it. */
  readonly headers: number
}

interface LightBlock {
  readonly header: Header
  readonly commit: Commit
  readonly validators: ValidatorSet
}

/** What is believed so far: a set, the height it signed, and what the header there says of the next one. */
interface Trusted {
  readonly height: Height
  readonly validators: ValidatorSet
  readonly nextHash: string
}

/**
 * Finds the validators of `height` with a node that may lie: from the validators of the genesis, header by header, each
 * signed by +2/3 of its own set and by more than a third of a set proved before, halving the way where sets have changed
 * too much for that (CometBFT light client, skipping verification). Throws CliError REFUSED when the node's answers do
 * not lead there.
 */
export async function proveValidators(
  client: RpcClient,
  genesis: Genesis,
  height: Height,
  verifier: SignatureVerifier
): Promise<ProvedValidators> {
  if (height < genesis.initialHeight) throw unproved(`the chain begins at height ${genesis.initialHeight}`)
  if (genesis.validators.length === 0) throw unproved('the genesis names no validators to begin with')
  const { validators } = makeGenesisState(genesis)
  const before = genesis.initialHeight - 1
  let trusted: Trusted = { height: before, validators, nextHash: validators.hash }
  const ahead: Height[] = [height]
  const known = new Map<Height, LightBlock>()
  for (let headers = 0; ; ) {
    const target = ahead.at(-1)!
    const block = known.get(target) ?? (await fetchLightBlock(client, target))
    known.set(target, block)
    if (known.size > MAX_HEADERS) throw unproved(`${MAX_HEADERS} headers were not enough`)
    const problem = problemWith(block, target, trusted, genesis.chainId, verifier)
    if (problem === null) {
      headers++
      ahead.pop()
      if (ahead.length === 0) return { header: block.header, validators: block.validators, headers }
      trusted = { height: target, validators: block.validators, nextHash: block.header.nextValidatorsHash }
      continue
    }
    if (!problem.mayTakeSteps || target === trusted.height + 1) throw unproved(problem.reason)
    ahead.push(trusted.height + Math.ceil((target - trusted.height) / 2))
  }
}

interface Problem {
  readonly reason: string
  /** Steps between may lead to this header all the same. */
  readonly mayTakeSteps: boolean
}

function problemWith(
  { header, commit, validators }: LightBlock,
  height: Height,
  trusted: Trusted,
  chainId: string,
  verifier: SignatureVerifier
): Problem | null {
  const lie = (reason: string): Problem => ({ reason: `header ${height}: ${reason}`, mayTakeSteps: false })
  if (header.chainId !== chainId) return lie(`it is of the chain ${header.chainId}, not ${chainId}`)
  if (header.height !== height) return lie(`it is of height ${header.height}`)
  if (header.validatorsHash !== validators.hash) return lie('its validators are not those it names')
  if (hashHeader(header) !== commit.blockId.hash) return lie('its commit is for another block')
  const unsigned = verifyCommit(chainId, validators, commit.blockId, height, commit, verifier)
  if (unsigned !== null) return lie(unsigned)
  if (height === trusted.height + 1) {
    return validators.hash === trusted.nextHash
      ? null
      : lie('its validators are not those the header before it, or the genesis, names')
  }
  const unknown = verifyCommitTrusting(chainId, trusted.validators, commit, ONE_THIRD, verifier)
  return unknown === null ? null : { reason: `header ${height}: ${unknown}`, mayTakeSteps: true }
}

async function fetchLightBlock(client: RpcClient, height: Height): Promise<LightBlock> {
  const answer = await client.call('commit', { height: String(height) })
  const validators: Validator[] = []
  return readAnswer(height, async () => {
    const { header, commit } = signedHeaderFromJson(answer)
    for (let page = 1; ; page++) {
      const asked = { height: String(height), page: String(page), per_page: String(PER_PAGE) }
      const found = validatorsFromJson(await client.call('validators', asked))
      validators.push(...found.validators)
      // A node may say that there are always more.
      if (validators.length > commit.signatures.length) {
        throw unproved(`header ${height}: more validators than its commit has entries`)
      }
      if (BigInt(validators.length) >= found.total || found.validators.length === 0) break
    }
    return { header, commit, validators: validatorSetOf(validators) }
  })
}

async function readAnswer<T>(height: Height, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RpcError) throw unproved(`header ${height}: ${error.message}`)
    throw error
  }
}

function unproved(reason: string): CliError {
  return new CliError('REFUSED', `the validators cannot be proved from the genesis: ${reason}`)
}
