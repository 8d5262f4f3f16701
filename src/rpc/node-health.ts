import { timestampToMs } from '../types/index.ts'
import type { Clock } from '../util/index.ts'
import type { NodeView } from './node-view.ts'

/** Steps in which a node rightly waits: for the pause after a block to end, or for transactions to come. */
const RESTING: ReadonlySet<string> = new Set(['newHeight', 'newRound'])

/** Says whether a node does its work, and if not, why. */
export class NodeHealth {
  readonly #view: NodeView
  readonly #clock: Clock
  readonly #maxSilenceMs: number
  readonly #startedMs: number

  /** `maxSilenceMs`: how long blocks may stay away before something is wrong. */
  constructor(view: NodeView, clock: Clock, maxSilenceMs: number) {
    this.#view = view
    this.#clock = clock
    this.#maxSilenceMs = maxSilenceMs
    this.#startedMs = clock.monotonic()
  }

  /** Why no blocks come, null while they come, are fetched from peers, or need not come. */
  stall(): string | null {
    return this.#stallAfter(this.#silenceMs())
  }

  #stallAfter(silenceMs: number): string | null {
    const { identity, consensus, chain } = this.#view
    if (identity.isCatchingUp()) return null
    const round = consensus.roundState()
    if (round === null) return 'consensus does not run'
    if (silenceMs <= this.#maxSilenceMs || RESTING.has(round.step)) return null
    const seconds = Math.round(silenceMs / 1000)
    return `no block after ${chain.latestHeight()} for ${seconds} s; height ${round.height} is in round ${round.round}, step ${round.step}`
  }

  /** Whether there may be newer blocks: the node fetches them, or nobody is connected who could tell and it makes none alone. */
  mayBeBehind(): boolean {
    return this.#view.identity.isCatchingUp() || this.#isCutOff()
  }

  /** Why a restart might help: empty for a process that is alive. */
  deathReasons(): readonly string[] {
    const { identity, consensus } = this.#view
    return identity.isCatchingUp() || consensus.roundState() !== null ? [] : ['consensus does not run']
  }

  /** Why clients had better ask another node: empty for one that is ready. */
  unreadyReasons(): readonly string[] {
    const { identity, chain } = this.#view
    const reasons: string[] = []
    if (identity.isCatchingUp()) reasons.push(`catching up: at height ${chain.latestHeight()}`)
    if (chain.latestHeight() === 0) reasons.push('there is no block yet')
    if (this.#isCutOff()) reasons.push('no peers')
    // Unlike a watchdog, clients need not wait to see whether blocks come to a node that was just started.
    const stall = this.#stallAfter(this.#blockAgeMs())
    return stall === null ? reasons : [...reasons, stall]
  }

  /** Time without a block. A node that has just been started gets as long for its first one. */
  #silenceMs(): number {
    return Math.min(this.#runningMs(), this.#blockAgeMs())
  }

  #runningMs(): number {
    return this.#clock.monotonic() - this.#startedMs
  }

  #blockAgeMs(): number {
    const { chain } = this.#view
    const meta = chain.blockMeta(chain.latestHeight())
    return meta === null ? this.#runningMs() : this.#clock.now() - timestampToMs(meta.header.time)
  }

  #isCutOff(): boolean {
    return this.#view.network.peers().length === 0 && !this.#decidesAlone()
  }

  /** A validator with more than two thirds of the power needs nobody. */
  #decidesAlone(): boolean {
    const { identity, chain } = this.#view
    const set = chain.validators(chain.latestHeight() + 1)
    const index = set?.indexByAddress.get(identity.validatorKey().address)
    if (set === null || index === undefined) return false
    return 3n * set.validators[index]!.power > 2n * set.totalPower
  }
}
