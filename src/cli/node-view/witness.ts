import type { VerifiedMessage } from '../../mempool/index.ts'
import type { BlockId, BlockIdKey, Hex, Round } from '../../types/index.ts'
import { blockIdKey } from '../../types/index.ts'
import type { Clock } from '../../util/index.ts'
import type { HostListener, HostTransition } from '../../validator/index.ts'

/** Reasons remembered for one height: blocks a height can have at all are few. */
const MOST_REFUSALS = 64

/**
 * Remembers of consensus what the machine has no use for and a person asks about: when each validator was heard last,
 * when the round began, and why a block was refused. Bounded by the validators of the height.
 */
export class ConsensusWitness implements HostListener {
  readonly #clock: Clock
  readonly #startedMs: number
  readonly #heardMs = new Map<Hex, number>()
  readonly #refusals = new Map<BlockIdKey, string>()
  #heightMs: number
  #roundMs: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedMs = clock.monotonic()
    this.#heightMs = this.#startedMs
  }

  /** Since a message of this validator came that was not known yet; null when none did. */
  sinceHeardMs(address: Hex): number | null {
    const heardMs = this.#heardMs.get(address)
    return heardMs === undefined ? null : this.#clock.monotonic() - heardMs
  }

  /** Since the node began to watch. */
  get watchedMs(): number {
    return this.#clock.monotonic() - this.#startedMs
  }

  /** Since the last block, or since the start when there was none. */
  get sinceHeightMs(): number {
    return this.#clock.monotonic() - this.#heightMs
  }

  /** Null before the first round of the height. */
  get sinceRoundMs(): number | null {
    return this.#roundMs === null ? null : this.#clock.monotonic() - this.#roundMs
  }

  /** Why a block of this height was found invalid, '' when it was not or nobody looked. */
  refusalOf(key: BlockIdKey): string {
    return this.#refusals.get(key) ?? ''
  }

  onTransition({ before, after }: HostTransition): void {
    const isNewRound = after.round !== before.round || before.step === 'newHeight'
    if (isNewRound) this.#roundMs = this.#clock.monotonic()
  }

  onMessage(message: VerifiedMessage, outcome: Parameters<HostListener['onMessage']>[1]): void {
    if (outcome === 'duplicate' || outcome === 'refused') return
    const from = message.kind === 'vote' ? message.vote.validatorAddress : message.proposer
    this.#heardMs.set(from, this.#clock.monotonic())
  }

  onPart(): void {}

  onBlockComplete(_machine: { readonly round: Round }, blockId: BlockId, refusal: string | null): void {
    if (refusal !== null && this.#refusals.size < MOST_REFUSALS)
      this.#refusals.set(blockIdKey(blockId), refusal)
  }

  onHeight({ state }: Parameters<HostListener['onHeight']>[0]): void {
    this.#heightMs = this.#clock.monotonic()
    this.#roundMs = null
    this.#refusals.clear()
    for (const address of this.#heardMs.keys()) {
      if (!state.validators.indexByAddress.has(address)) this.#heardMs.delete(address)
    }
  }
}
