import { decodeConsensusFrame } from '../../mempool/index.ts'
import {
  blockIdKey,
  type ConsensusMessage,
  DEFAULT_CONSENSUS_PARAMS,
  type Height,
  type Hex,
  maxPartsOf
} from '../../types/index.ts'
import { type OffenceName, offenceName } from '../ledger/evidence.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Machine } from '../run/machine.ts'
import type { Fail } from './fail.ts'

/** Beyond this round proposals need not be proved. */
const MAX_PROPOSAL_ROUND = 1000
/** Nor those of a block too large for the chain: they are thrown away before anybody looks at the signature. */
const MAX_PARTS = maxPartsOf(DEFAULT_CONSENSUS_PARAMS.block.maxBytes)

/** A statement of a validator that misbehaves, as it reached an honest node. */
interface Heard {
  readonly address: Hex
  readonly kind: 'proposal' | 'prevote' | 'precommit'
  readonly height: Height
  readonly round: number
  readonly value: string
}

/** An offence that some honest node has both halves of. */
interface Known {
  readonly text: string
  /** The chain's height when it became known. */
  readonly since: Height
  /** Who knows, and in which life. */
  readonly witnesses: { readonly machine: Machine; readonly starts: number }[]
}

export interface OffenceBookParts {
  readonly ledger: Ledger
  /** Names of the validators that misbehave in earnest, by address; those whose messages may go unread are left out. */
  readonly watched: ReadonlyMap<Hex, string>
  readonly fail: Fail
}

/**
 * Remembers what reached honest nodes of those who misbehave, and demands that every contradiction among it is committed
 * as evidence in the end (accountability is complete).
 */
export class OffenceBook {
  readonly #parts: OffenceBookParts
  /** By node, address and place: the first value heard. */
  readonly #first = new Map<string, string>()
  readonly #known = new Map<OffenceName, Known>()
  readonly #decoded = new WeakMap<Uint8Array, readonly Heard[]>()

  constructor(parts: OffenceBookParts) {
    this.#parts = parts
  }

  /** Offences that honest nodes could prove. */
  get size(): number {
    return this.#known.size
  }

  /** A frame reaches an honest node. */
  onArrival(machine: Machine, data: Uint8Array): void {
    const { sim } = machine
    if (this.#parts.watched.size === 0 || sim.node === null || sim.isFrozen) return
    const { height: current } = sim.node.host.context
    for (const heard of this.#heardIn(data)) {
      if (heard.height > current || heard.height < current - 1) continue
      this.#note(machine, heard)
    }
  }

  /**
   * At the end: every offence known to a witness that lives since must be committed, if honest proposers had the time.
   * `settledAt`: heights from which on nothing stood in the way.
   */
  check(settledAt: Height, heightsNeeded: number): void {
    const { ledger, fail } = this.#parts
    for (const [name, { text, since, witnesses }] of this.#known) {
      if (ledger.isPunished(name)) continue
      if (ledger.height < Math.max(since, settledAt) + heightsNeeded) continue
      const witness = witnesses.find(
        ({ machine, starts }) => machine.sim.starts === starts && machine.sim.isUp
      )
      if (witness === undefined || witness.machine.isDamaged) continue
      fail(
        'completeness',
        `${text}; ${witness.machine.name} knew since height ${since}, and no block carries it`
      )
    }
  }

  #note(machine: Machine, { address, kind, height, round, value }: Heard): void {
    const key = `${machine.name}/${machine.sim.starts}/${address}/${kind}/${height}/${round}`
    const first = this.#first.get(key)
    if (first === undefined) {
      this.#first.set(key, value)
      return
    }
    if (first === value) return
    const name = offenceName(address, kind, height, round)
    const { ledger, watched } = this.#parts
    const known = this.#known.get(name) ?? {
      text: `${watched.get(address)} signed two ${kind}s for ${height}/${round}`,
      since: ledger.height,
      witnesses: []
    }
    known.witnesses.push({ machine, starts: machine.sim.starts })
    this.#known.set(name, known)
  }

  #heardIn(data: Uint8Array): readonly Heard[] {
    let heard = this.#decoded.get(data)
    if (heard === undefined) {
      const frame = decodeConsensusFrame(data)
      heard = frame.ok ? frame.value.messages.flatMap(({ message }) => this.#read(message) ?? []) : []
      this.#decoded.set(data, heard)
    }
    return heard
  }

  #read(message: ConsensusMessage): Heard | null {
    const { ledger, watched } = this.#parts
    if (message.kind === 'vote') {
      const { validatorAddress: address, type: kind, height, round, blockId, validatorIndex } = message.vote
      const member = ledger.setAt(height)?.members[validatorIndex]
      if (!watched.has(address) || member?.address !== address || round < 0) return null
      if (!ledger.isSignedVote(message.vote)) return null
      return { address, kind, height, round, value: blockIdKey(blockId) }
    }
    if (message.kind !== 'proposal') return null
    const { height, round, polRound, blockId } = message.proposal
    const { total } = blockId.partSetHeader
    // What is no proposal by its form is half of no offence.
    const isFormed = polRound >= -1 && polRound < round && blockId.hash !== '' && total > 0
    if (!isFormed || round < 0 || round > MAX_PROPOSAL_ROUND || total > MAX_PARTS) return null
    const address = ledger.proposerOf(height, round)
    if (address === undefined || !watched.has(address) || !ledger.isSignedProposal(message.proposal))
      return null
    return { address, kind: 'proposal', height, round, value: blockIdKey(blockId) }
  }
}
