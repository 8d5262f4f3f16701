import type { RoundState } from '../../consensus/index.ts'
import type { VerifiedMessage } from '../../mempool/index.ts'
import { proposerOfRound, type Vote, type VoteType } from '../../types/index.ts'
import type { Clock, Metrics } from '../../util/index.ts'
import type { HeightContext } from '../host/height-context.ts'
import type { HostListener, HostTransition, MessageOutcome } from '../host/host-listener.ts'
import { stepName } from '../node-events.ts'

/** Prometheus' ExponentialBucketsRange(0.1, 100, 8), in seconds. */
const ROUND_BUCKETS = Array.from({ length: 8 }, (_, index) => 0.1 * 1000 ** (index / 7))
const OF = 'consensus'

/** What CometBFT measures of rounds, steps and votes (consensus/metrics.go), fed by what the host does. */
export class RoundMetrics implements HostListener {
  readonly #clock: Clock
  readonly #ms
  #roundStartMs: number
  #stepStartMs: number
  #proposalTimeMs = 0
  #delaysTold = new Set<string>()
  #context: HeightContext | null = null

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock
    this.#roundStartMs = clock.monotonic()
    this.#stepStartMs = this.#roundStartMs
    this.#ms = {
      rounds: metrics.gauge(OF, 'rounds', 'Number of rounds.'),
      roundDuration: metrics.histogram(OF, 'round_duration_seconds', 'Histogram of round duration.', {
        buckets: ROUND_BUCKETS
      }),
      stepDuration: metrics.histogram(
        OF,
        'step_duration_seconds',
        'Histogram of durations for each step in the consensus protocol.',
        {
          labels: ['step'],
          buckets: ROUND_BUCKETS
        }
      ),
      rules: metrics.counter(
        OF,
        'rules_fired_total',
        'Rules of the algorithm that fired, by the line of the paper.',
        ['rule']
      ),
      duplicatePart: metrics.counter(
        OF,
        'duplicate_block_part',
        'Number of times we received a duplicate block part'
      ),
      gossipParts: metrics.counter(
        OF,
        'block_gossip_parts_received',
        'Number of block parts received by the node, separated by whether the part was relevant to the block the node is trying to gather or not.',
        ['matches_current']
      ),
      duplicateVote: metrics.counter(OF, 'duplicate_vote', 'Number of times we received a duplicate vote'),
      lateVotes: metrics.counter(
        OF,
        'late_votes',
        'Number of votes received by the node since process start that correspond to earlier heights and rounds than this node is currently in.',
        ['vote_type']
      ),
      proposals: metrics.counter(
        OF,
        'proposal_receive_count',
        'Total number of proposals received by the node since process start.',
        ['status']
      ),
      proposalsMade: metrics.counter(
        OF,
        'proposal_create_count',
        'Total number of proposals created by this node since process start.'
      ),
      extensions: metrics.counter(
        OF,
        'vote_extension_receive_count',
        'Number of vote extensions received by this node, by what the application said of them.',
        ['status']
      ),
      votingPower: metrics.gauge(
        OF,
        'round_voting_power_percent',
        'A value between 0 and 1.0 representing the percentage of the total voting power per vote type received within a round.',
        ['vote_type']
      ),
      quorumPrevoteDelay: metrics.gauge(
        OF,
        'quorum_prevote_delay',
        'Interval in seconds between the proposal timestamp and the timestamp of the earliest prevote that achieved a quorum.',
        ['proposer_address']
      ),
      quorumPrecommitDelay: metrics.gauge(
        OF,
        'quorum_precommit_delay',
        'Interval in seconds between the proposal timestamp and the timestamp of the earliest precommit that achieved a quorum.',
        ['proposer_address']
      ),
      fullPrevoteDelay: metrics.gauge(
        OF,
        'full_prevote_delay',
        'Interval in seconds between the proposal timestamp and the timestamp of the latest prevote in a round where all validators voted.',
        ['proposer_address']
      )
    }
  }

  onTransition({ before, after, fired, effects }: HostTransition): void {
    for (const effect of effects) if (effect.kind === 'buildValue') this.#ms.proposalsMade.inc()
    for (const rule of fired) this.#ms.rules.inc(1, { rule })
    const now = this.#clock.monotonic()
    if (after.step !== before.step || after.round !== before.round) {
      this.#ms.stepDuration.observe((now - this.#stepStartMs) / 1000, { step: stepLabel(before) })
      this.#stepStartMs = now
    }
    const isOver = after.round !== before.round || after.step === 'commit'
    const wasRunning = before.step !== 'newHeight' && before.step !== 'commit'
    if (isOver && wasRunning) this.#ms.roundDuration.observe((now - this.#roundStartMs) / 1000)
    if (after.round === before.round && before.step !== 'newHeight') return
    this.#roundStartMs = now
    this.#ms.rounds.set(after.round)
  }

  onMessage(message: VerifiedMessage, outcome: MessageOutcome): void {
    if (message.kind === 'proposal') {
      const accepted = outcome === 'added' || outcome === 'conflicting'
      this.#ms.proposals.inc(1, { status: accepted ? 'accepted' : 'rejected' })
      if (accepted) this.#proposalTimeMs = this.#clock.now()
      return
    }
    this.#onExtension(message.vote, outcome)
    if (outcome === 'duplicate') this.#ms.duplicateVote.inc()
    else if (outcome === 'late') this.#ms.lateVotes.inc(1, { vote_type: message.vote.type })
    else if (outcome === 'added') this.#onVote(message.vote.type, message.vote.round)
  }

  onPart(outcome: 'added' | 'duplicate' | 'invalid' | 'unexpected'): void {
    if (outcome === 'duplicate') this.#ms.duplicatePart.inc()
    this.#ms.gossipParts.inc(1, { matches_current: String(outcome === 'added' || outcome === 'duplicate') })
  }

  onBlockComplete(): void {}

  onHeight(context: HeightContext): void {
    this.#context = context
    this.#delaysTold.clear()
  }

  /** One that the application does not accept never gets this far as a new vote. */
  #onExtension({ extensionSignature }: Vote, outcome: MessageOutcome): void {
    if (extensionSignature.length === 0 || outcome === 'duplicate') return
    const accepted = outcome === 'added' || outcome === 'late'
    this.#ms.extensions.inc(1, { status: accepted ? 'accepted' : 'rejected' })
  }

  #onVote(type: VoteType, round: number): void {
    const pool = this.#context?.pool
    if (!pool || !this.#context) return
    const any = pool.powerOfAny(type, round)
    this.#ms.votingPower.set(Number(any) / Number(pool.totalPower), { vote_type: type })
    const { state } = this.#context
    const label = { proposer_address: proposerOfRound(state.validators, round).address.toUpperCase() }
    const delay = (this.#clock.now() - this.#proposalTimeMs) / 1000
    const tell = (
      what: string,
      reached: boolean,
      gauge: { set: (value: number, labels: typeof label) => void }
    ): void => {
      const key = `${what}/${round}`
      if (!reached || this.#proposalTimeMs === 0 || this.#delaysTold.has(key)) return
      this.#delaysTold.add(key)
      gauge.set(delay, label)
    }
    if (type === 'prevote') {
      tell('polka', pool.polka(round) !== undefined, this.#ms.quorumPrevoteDelay)
      tell('all', any === pool.totalPower, this.#ms.fullPrevoteDelay)
    } else tell('quorum', pool.precommitQuorum()?.round === round, this.#ms.quorumPrecommitDelay)
  }
}

/** CometBFT's label: the step's name with a capital, as in `PrevoteWait`. */
function stepLabel(state: RoundState): string {
  const name = stepName(state)
  return `${name[0]!.toUpperCase()}${name.slice(1)}`
}
