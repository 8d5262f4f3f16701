import type { FileSystem } from '../../blockstore/index.ts'
import {
  type ChainState,
  type Hex,
  isNilBlockId,
  type Proposal,
  type PublicKey,
  proposalSignBytes,
  type Timestamp,
  type Vote,
  voteExtensionSignBytes,
  voteSignBytes
} from '../../types/index.ts'
import {
  comparePosition,
  type LastSignState,
  positionOfSignBytes,
  SIGN_STEP,
  type SignPosition,
  timestampOfSignBytes
} from './last-sign-state.ts'
import { SignStateStore } from './sign-state-store.ts'

/** A private key as the signer uses it: the bytes stay inside. */
export interface SigningKey {
  readonly publicKey: PublicKey
  readonly address: Hex
  sign(message: Uint8Array): Uint8Array
}

export type Signed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refused: string }

/** Signs for one validator and never contradicts itself, across restarts. */
export interface Signer {
  readonly publicKey: PublicKey
  readonly address: Hex
  readonly last: LastSignState
  /** The vote with its signatures; a repeated request gives the first signature and its timestamp. */
  signVote(chainId: string, vote: Vote): Promise<Signed<Vote>>
  signProposal(chainId: string, proposal: Proposal): Promise<Signed<Proposal>>
}

/** Whether this key has signed anything in a height that `state` has not decided. */
export function hasSignedSince(signer: Signer | null, { lastBlockHeight }: ChainState): boolean {
  return signer !== null && signer.last.height > lastBlockHeight
}

interface SignRequest {
  readonly kind: 'vote' | 'proposal'
  readonly position: SignPosition
  readonly timestamp: Timestamp
  readonly signBytesAt: (timestamp: Timestamp) => Uint8Array
}

interface SignResult {
  readonly signature: Uint8Array
  readonly timestamp: Timestamp
}

/**
 * The guard against double signing (CometBFT privval/file.go): what was signed last is on the disk before a signature
 * is handed out, and requests run one after another, so that no await lies between the check and the record.
 */
export class FileSigner implements Signer {
  readonly publicKey: PublicKey
  readonly address: Hex
  readonly #key: SigningKey
  readonly #store: SignStateStore
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(key: SigningKey, store: SignStateStore) {
    this.#key = key
    this.publicKey = key.publicKey
    this.address = key.address
    this.#store = store
  }

  /**
   * Reads the state file; throws SignerError when it is missing, damaged or another key's, since signing blindly could
   * sign twice, and a signature that is given back must be this key's.
   */
  static async open(key: SigningKey, files: FileSystem, path: string): Promise<FileSigner> {
    return new FileSigner(key, await SignStateStore.open(files, path, state => isOwnState(state, key)))
  }

  /** Writes a state that has signed nothing; for a key that never signed. */
  static async create(key: SigningKey, files: FileSystem, path: string): Promise<FileSigner> {
    return new FileSigner(key, await SignStateStore.create(files, path))
  }

  get last(): LastSignState {
    return this.#store.last
  }

  /** After this it signs nothing. Waits for what is being signed. */
  async close(): Promise<void> {
    await this.#queue
    await this.#store.close()
  }

  async signVote(chainId: string, vote: Vote): Promise<Signed<Vote>> {
    const signed = await this.#enqueue({
      kind: 'vote',
      position: { height: vote.height, round: vote.round, step: SIGN_STEP[vote.type] },
      timestamp: vote.timestamp,
      signBytesAt: timestamp => voteSignBytes(chainId, { ...vote, timestamp })
    })
    if (!signed.ok) return signed
    const extended = vote.type === 'precommit' && !isNilBlockId(vote.blockId)
    const value: Vote = { ...vote, ...signed.value }
    if (!extended || vote.extensionSignature.length === 0) return { ok: true, value }
    // A non-empty placeholder asks for an extension signature; extensions carry no guard, as in CometBFT.
    return {
      ok: true,
      value: { ...value, extensionSignature: this.#key.sign(voteExtensionSignBytes(chainId, vote)) }
    }
  }

  async signProposal(chainId: string, proposal: Proposal): Promise<Signed<Proposal>> {
    const signed = await this.#enqueue({
      kind: 'proposal',
      position: { height: proposal.height, round: proposal.round, step: SIGN_STEP.propose },
      timestamp: proposal.timestamp,
      signBytesAt: timestamp => proposalSignBytes(chainId, { ...proposal, timestamp })
    })
    return signed.ok ? { ok: true, value: { ...proposal, ...signed.value } } : signed
  }

  #enqueue(request: SignRequest): Promise<Signed<SignResult>> {
    const result = this.#queue.then(() => this.#sign(request))
    this.#queue = result.catch(() => {})
    return result
  }

  async #sign(request: SignRequest): Promise<Signed<SignResult>> {
    const order = comparePosition(this.last, request.position)
    if (order === 'same') return this.#repeat(request)
    if (order !== 'new') return { ok: false, refused: order.refused }
    const signBytes = request.signBytesAt(request.timestamp)
    const signature = this.#key.sign(signBytes)
    const next: LastSignState = { ...request.position, signature, signBytes }
    await this.#store.save(next)
    return { ok: true, value: { signature, timestamp: request.timestamp } }
  }

  /** The same position again: the stored signature if at most the timestamp differs, else a refusal. */
  #repeat(request: SignRequest): Signed<SignResult> {
    const { signBytes, signature } = this.last
    const timestamp = signBytes && timestampOfSignBytes(signBytes, request.kind)
    if (!signBytes || !signature || !timestamp) return { ok: false, refused: 'no SignBytes found' }
    const same = Buffer.compare(request.signBytesAt(timestamp), signBytes) === 0
    return same ? { ok: true, value: { signature, timestamp } } : { ok: false, refused: 'conflicting data' }
  }
}

/** Whether the parts of a state agree: place, sign-bytes, and the signature that this key gives for them. */
function isOwnState({ height, round, step, signature, signBytes }: LastSignState, key: SigningKey): boolean {
  if (signature === null || signBytes === null) return true
  const position = positionOfSignBytes(signBytes)
  const isPlace = position?.height === height && position.round === round && position.step === step
  return isPlace && Buffer.compare(key.sign(signBytes), signature) === 0
}
