import {
  type BlockId,
  type Hex,
  type Proposal,
  proposalSignBytes,
  type Timestamp,
  type Vote,
  type VoteType,
  voteSignBytes
} from '../../types/index.ts'
import type { Signed, Signer, SigningKey } from '../../validator/index.ts'
import { EMPTY_SIGN_STATE } from '../../validator/index.ts'

export interface VoteDraft {
  readonly type: VoteType
  readonly height: number
  readonly round: number
  readonly blockId: BlockId
  readonly timestamp: Timestamp
  readonly validatorIndex: number
}

const NONE = new Uint8Array(0)

/** A key that signs whatever it is asked to; everything it signed is told to `onSigned`. */
export class ByzantineKey {
  readonly address: Hex
  readonly #key: SigningKey
  readonly #chainId: string
  readonly #onSigned: (signed: Vote | Proposal) => void

  constructor(key: SigningKey, chainId: string, onSigned: (signed: Vote | Proposal) => void) {
    this.#key = key
    this.address = key.address
    this.#chainId = chainId
    this.#onSigned = onSigned
  }

  vote(draft: VoteDraft, chainId = this.#chainId): Vote {
    const unsigned = { ...draft, validatorAddress: this.address, extension: NONE, extensionSignature: NONE }
    const signature = this.#key.sign(voteSignBytes(chainId, unsigned))
    const vote = { ...unsigned, signature }
    if (chainId === this.#chainId) this.#onSigned(vote)
    return vote
  }

  proposal(draft: Omit<Proposal, 'signature'>): Proposal {
    const proposal = { ...draft, signature: this.#key.sign(proposalSignBytes(this.#chainId, draft)) }
    this.#onSigned(proposal)
    return proposal
  }

  /** A signer without a guard. `alter` may change a wish before it is signed. */
  signer(
    publicKey: Signer['publicKey'],
    alter: { vote(vote: Vote): Vote; proposal(proposal: Proposal): Proposal }
  ): Signer {
    return {
      publicKey,
      address: this.address,
      last: EMPTY_SIGN_STATE,
      signVote: async (_chainId, vote): Promise<Signed<Vote>> => ({
        ok: true,
        value: this.vote(alter.vote(vote))
      }),
      signProposal: async (_chainId, proposal): Promise<Signed<Proposal>> => ({
        ok: true,
        value: this.proposal(alter.proposal(proposal))
      })
    }
  }
}
