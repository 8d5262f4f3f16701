import type { VerifiedMessage } from '../../mempool/index.ts'
import { BLOCK_ID_FLAG, type Commit, type Height, type Hex, type Round } from '../../types/index.ts'
import type { Fork, ForkSide } from '../ledger/fork.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { totalPower } from '../ledger/validators.ts'
import type { Fail } from './fail.ts'

/** Who can be proved guilty of a fork, from what honest nodes have. */
export interface Guilt {
  /** Signed two votes for one height, round and type. */
  readonly equivocators: ReadonlySet<Hex>
  /** Precommitted one block and prevoted the other in a later round, where no polka allowed it. */
  readonly amnesiacs: ReadonlySet<Hex>
}

type VotesOfHeight = Map<string, Map<Hex, Set<string>>>

export interface ForkBookParts {
  readonly ledger: Ledger
  readonly isHonest: (address: Hex) => boolean
  readonly nameOf: (address: Hex) => string
  /** False where those who misbehave can decide by themselves, with nothing said that an honest node would keep. */
  readonly mustProve: boolean
  readonly fail: Fail
}

const HEIGHTS_KEPT = 50

/**
 * Remembers every vote that some honest node verified, for runs with too many Byzantine validators. When they split the
 * chain, at least a third of the power must be provably guilty, and nobody honest among it.
 */
export class ForkBook {
  readonly #parts: ForkBookParts
  readonly #votes = new Map<Height, VotesOfHeight>()
  #fork: Fork | null = null
  #guilt: Guilt | null = null

  constructor(parts: ForkBookParts) {
    this.#parts = parts
  }

  get fork(): Fork | null {
    return this.#fork
  }

  /** Names of those proved guilty, in order. */
  get guilty(): readonly string[] {
    if (this.#guilt === null) return []
    const { equivocators, amnesiacs } = this.#guilt
    return [...new Set([...equivocators, ...amnesiacs])].map(this.#parts.nameOf).sort()
  }

  /** An honest node verified a message. */
  onMessage(message: VerifiedMessage): void {
    if (message.kind !== 'vote') return
    const { height, round, type, validatorAddress } = message.vote
    this.#note(height, `${type} ${round}`, validatorAddress, message.blockIdKey)
  }

  /** The first fork counts: what is built upon it is another chain. */
  onFork(fork: Fork): void {
    if (this.#fork !== null) return
    this.#fork = fork
    const { height, sides } = fork
    for (const { value, commit } of sides) {
      for (const address of this.#signers(commit)) {
        this.#note(height, `precommit ${commit.round}`, address, value)
      }
    }
    this.#guilt = { equivocators: this.#equivocators(height), amnesiacs: this.#amnesiacs(fork) }
    this.#judge(fork, this.#guilt)
  }

  #judge({ height, sides }: Fork, { equivocators, amnesiacs }: Guilt): void {
    const { ledger, isHonest, nameOf, mustProve, fail } = this.#parts
    const { members } = ledger.setAt(height)!
    const guilty = members.filter(({ address }) => equivocators.has(address) || amnesiacs.has(address))
    const innocent = guilty.find(({ address }) => isHonest(address))
    const where = `the fork at height ${height} between ${sides[0].by} and ${sides[1].by}`
    if (innocent !== undefined) fail('soundness', `${where} makes ${nameOf(innocent.address)} look guilty`)
    const [proved, total] = [totalPower(guilty), totalPower(members)]
    if (mustProve && 3n * proved < total)
      fail('accountability', `${where} leaves only ${proved} of ${total} provably guilty`)
  }

  #equivocators(height: Height): ReadonlySet<Hex> {
    const found = new Set<Hex>()
    for (const votes of this.#votes.get(height)?.values() ?? []) {
      for (const [address, values] of votes) if (values.size > 1) found.add(address)
    }
    return found
  }

  /** Everybody who helped the first polka for the later block although he had precommitted the earlier one. */
  #amnesiacs({ height, sides }: Fork): ReadonlySet<Hex> {
    const [earlier, later] = [...sides].sort((a, b) => a.commit.round - b.commit.round) as [
      ForkSide,
      ForkSide
    ]
    const locked = this.#voters(height, `precommit ${earlier.commit.round}`, earlier.value)
    for (let round: Round = earlier.commit.round; round <= later.commit.round; round++) {
      const voters = this.#voters(height, `prevote ${round}`, later.value)
      if (!this.#isQuorum(height, voters)) continue
      // A polka in the round of the lock opens it: what is wrong there is that round's two polkas.
      if (round === earlier.commit.round) break
      return new Set([...voters].filter(address => locked.has(address)))
    }
    return new Set()
  }

  #voters(height: Height, place: string, value: string): ReadonlySet<Hex> {
    const votes = this.#votes.get(height)?.get(place) ?? new Map<Hex, Set<string>>()
    return new Set([...votes].filter(([, values]) => values.has(value)).map(([address]) => address))
  }

  #isQuorum(height: Height, addresses: ReadonlySet<Hex>): boolean {
    const { members } = this.#parts.ledger.setAt(height)!
    const power = totalPower(members.filter(({ address }) => addresses.has(address)))
    return 3n * power > 2n * totalPower(members)
  }

  #signers({ height, signatures }: Commit): readonly Hex[] {
    const { members } = this.#parts.ledger.setAt(height)!
    return members.flatMap(({ address }, index) =>
      signatures[index]?.blockIdFlag === BLOCK_ID_FLAG.commit ? [address] : []
    )
  }

  #note(height: Height, place: string, address: Hex, value: string): void {
    let ofHeight = this.#votes.get(height)
    if (ofHeight === undefined) {
      ofHeight = new Map()
      this.#votes.set(height, ofHeight)
      if (this.#votes.size > HEIGHTS_KEPT) this.#votes.delete(Math.min(...this.#votes.keys()))
    }
    let votes = ofHeight.get(place)
    if (votes === undefined) {
      votes = new Map()
      ofHeight.set(place, votes)
    }
    const values = votes.get(address)
    if (values === undefined) votes.set(address, new Set([value]))
    else values.add(value)
  }
}
