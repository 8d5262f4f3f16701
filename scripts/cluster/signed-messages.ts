import { type Proposal, proposerOfRound, type ValidatorSet, type Vote } from '../../src/types/index.ts'

/** One thing a validator signed, as it was found somewhere. */
interface Found {
  readonly signature: string
  readonly where: string
}

type VotePosition = Pick<Vote, 'type' | 'height' | 'round' | 'validatorAddress' | 'signature'>

/**
 * Everything that validators signed, from wherever it was found. Ed25519 signatures follow from key and message, so
 * two signatures of one validator for one (height, round, step) are two different messages.
 */
export class SignedMessages {
  readonly #found = new Map<string, Found>()
  readonly #conflicts: string[] = []

  get size(): number {
    return this.#found.size
  }

  /** One line for each pair of different messages for the same (height, round, step). */
  get conflicts(): readonly string[] {
    return this.#conflicts
  }

  addVote({ type, height, round, validatorAddress, signature }: VotePosition, where: string): void {
    this.#add(`${type} of ${validatorAddress} at ${height}/${round}`, signature, where)
  }

  addProposal({ height, round, signature }: Proposal, validators: ValidatorSet, where: string): void {
    const { address } = proposerOfRound(validators, round)
    this.#add(`proposal of ${address} at ${height}/${round}`, signature, where)
  }

  #add(what: string, bytes: Uint8Array, where: string): void {
    const signature = Buffer.from(bytes).toString('hex')
    const known = this.#found.get(what)
    if (known === undefined) this.#found.set(what, { signature, where })
    else if (known.signature !== signature) {
      this.#conflicts.push(`two for the ${what}: one in ${known.where}, another in ${where}`)
    }
  }
}
