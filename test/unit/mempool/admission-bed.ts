import {
  addressOf,
  makeSignatureVerifier,
  publicKeyOf,
  type SignatureVerifier,
  signEd25519
} from '../../../src/crypto/index.ts'
import type { IncomingMessage } from '../../../src/mempool/index.ts'
import { type AdmissionContext, makeIncoming } from '../../../src/mempool/index.ts'
import {
  type BlockId,
  makePartSet,
  makeValidatorSet,
  NIL_BLOCK_ID,
  type Proposal,
  proposalSignBytes,
  proposerOfRound,
  type ValidatorSet,
  type Vote,
  voteExtensionSignBytes,
  voteSignBytes
} from '../../../src/types/index.ts'

export const CHAIN_ID = 'admission-chain'
export const HEIGHT = 10

const seeds = [1, 2, 3, 4, 5].map(fill => new Uint8Array(32).fill(fill))
const seedByAddress = new Map(seeds.map(seed => [addressOf(keyOf(seed)), seed]))

function keyOf(seed: Uint8Array): { type: 'ed25519'; bytes: Uint8Array } {
  return { type: 'ed25519', bytes: publicKeyOf(seed) }
}

/** Four validators; the fifth key belongs to nobody. */
export const SET: ValidatorSet = makeValidatorSet(
  seeds.slice(0, 4).map((seed, index) => ({ publicKey: keyOf(seed), power: BigInt(10 + index) }))
)
export const STRANGER = addressOf(keyOf(seeds[4]!))

export const BLOCK: BlockId = {
  hash: 'ab'.repeat(32),
  partSetHeader: { total: 2, hash: 'cd'.repeat(32) }
}
export const OTHER_BLOCK: BlockId = { ...BLOCK, hash: 'ef'.repeat(32) }

const TIME = { seconds: 1_700_000_000, nanos: 5 }
const NOTHING = new Uint8Array(0)

/** A vote of validator 0, signed after `change` unless it brings its own signature. */
export function makeVote(change: Partial<Vote> = {}, signWith?: string): Vote {
  const index = change.validatorIndex ?? 0
  const vote: Vote = {
    type: 'prevote',
    height: HEIGHT,
    round: 0,
    blockId: BLOCK,
    timestamp: TIME,
    validatorAddress: SET.validators[index]?.address ?? STRANGER,
    validatorIndex: index,
    signature: NOTHING,
    extension: NOTHING,
    extensionSignature: NOTHING,
    ...change
  }
  const seed = seedByAddress.get(signWith ?? vote.validatorAddress) ?? seeds[4]!
  return { ...vote, signature: change.signature ?? signEd25519(seed, voteSignBytes(CHAIN_ID, vote)) }
}

/** A precommit for a block with an extension of validator 0. */
export function makeExtendedVote(extension: Uint8Array, change: Partial<Vote> = {}): Vote {
  const vote = makeVote({ type: 'precommit', extension, ...change })
  const seed = seedByAddress.get(vote.validatorAddress)!
  return { ...vote, extensionSignature: signEd25519(seed, voteExtensionSignBytes(CHAIN_ID, vote)) }
}

/** A proposal of the round's proposer, signed by it or by `signWith`. */
export function makeProposal(change: Partial<Proposal> = {}, signWith?: string): Proposal {
  const proposal = {
    height: HEIGHT,
    round: 0,
    polRound: -1,
    blockId: BLOCK,
    timestamp: TIME,
    signature: NOTHING,
    ...change
  }
  const proposer = proposerOfRound(SET, Math.max(proposal.round, 0)).address
  const seed = seedByAddress.get(signWith ?? proposer)!
  return {
    ...proposal,
    signature: change.signature ?? signEd25519(seed, proposalSignBytes(CHAIN_ID, proposal))
  }
}

export const votes = (vote: Vote): IncomingMessage => makeIncoming({ kind: 'vote', vote })
export const proposes = (proposal: Proposal): IncomingMessage => makeIncoming({ kind: 'proposal', proposal })

export function makePartMessage(
  height = HEIGHT,
  round = 0,
  change: { index?: number } = {}
): IncomingMessage {
  const [part] = makePartSet(new Uint8Array(1000).fill(7)).parts
  return makeIncoming({ kind: 'blockPart', height, round, part: { ...part!, ...change } })
}

/** Counts what it is asked. */
export class CountingVerifier implements SignatureVerifier {
  checks = 0
  readonly #verifier = makeSignatureVerifier({ cacheSize: 100 })

  verify(...args: Parameters<SignatureVerifier['verify']>): boolean {
    this.checks += 1
    return this.#verifier.verify(...args)
  }
}

export function makeContext(change: Partial<AdmissionContext> = {}): AdmissionContext {
  return {
    chainId: CHAIN_ID,
    height: HEIGHT,
    round: 0,
    validators: SET,
    nextValidators: SET,
    validatorsAt: height => (height > 0 ? SET : null),
    detectorWindow: 5,
    voteExtensionsEnableHeight: 0,
    maxBlockParts: 64,
    verifier: makeSignatureVerifier({ cacheSize: 100 }),
    isKnown: () => false,
    isUnwanted: () => false,
    ...change
  }
}

export { NIL_BLOCK_ID, NOTHING }
