import { encodeEvidenceFrame } from '../../mempool/index.ts'
import type { PeerId, Protocol } from '../../network/index.ts'
import {
  type Block,
  type BlockId,
  blockIdKey,
  type ConsensusMessage,
  encodeConsensusMessage,
  NIL_BLOCK_ID,
  timestampFromMs
} from '../../types/index.ts'
import {
  decodeBlockSyncRequest,
  encodeBlockSyncResponse,
  encodeCatchUpResponse
} from '../../validator/index.ts'
import type { Prng } from '../prng.ts'
import { SIM_EPOCH_MS } from '../sim-clock.ts'
import { inventedBlockId } from './behaviours/votes.ts'
import { INVALID_BLOCKS, invalidBlock, otherValidBlock, packBlock } from './forge-block.ts'
import { oldOffence } from './forge-evidence.ts'
import { coin, indexAt, type Puppet, sendMessages } from './puppet.ts'
import { stubbornAnswer } from './sync-lies.ts'

/**
 * A key without a node: says anything to anybody at any time, most of it well signed and near to where the others are,
 * since that is where harm can be done.
 */
export class FreeAdversary {
  readonly #puppet: Puppet
  readonly #rare: Prng
  /** Beyond votes and valid blocks: spoiled blocks, confessions, and lies that it sticks to. */
  readonly #hasManyWays: boolean
  /** The last height that began with its turn. */
  #lastTurn = 0
  /** Values of the height that honest nodes are deciding, and those of its own making. */
  readonly #made = new Map<number, BlockId[]>()

  constructor(puppet: Puppet) {
    this.#puppet = puppet
    this.#rare = puppet.prng.fork('rare')
    this.#hasManyWays = puppet.prng.fork('many ways').chance(0.6)
  }

  /** Does one thing. */
  tick(): void {
    const { prng, peers } = this.#puppet
    const everybody = peers()
    if (everybody.length === 0) return
    const some = prng.chance(0.3)
      ? everybody
      : prng.shuffle(everybody).slice(0, 1 + prng.int(everybody.length))
    this.#confess(some)
    if (this.#hasManyWays) void this.#takeTurn(some)
    const messages = prng.chance(0.25) ? this.#propose() : this.#vote()
    for (const to of some) sendMessages(this.#puppet, to, messages)
  }

  /** Answers what peers ask. */
  answer(protocol: Protocol, request: Uint8Array, to: PeerId): Uint8Array | null {
    const { prng, mind, note } = this.#puppet
    if (protocol === 'sync' && this.#hasManyWays && coin(this.#puppet, 0.5, 'stubborn', to)) {
      note('answer')
      return stubbornAnswer(this.#puppet, request, to)
    }
    if (prng.chance(0.3)) return null
    note('answer')
    if (protocol === 'sync') return this.#inventedBlock(request)
    return encodeCatchUpResponse({
      position: {
        height: mind.height + prng.pick([-1, 0, 0, 1]),
        round: prng.int(3),
        step: 'propose',
        base: 1
      },
      messages: [...mind.recent.slice(-10), ...this.#vote()].map(encodeConsensusMessage),
      certificates: prng.chance(0.3) ? [mind.recent.slice(-4).map(encodeConsensusMessage)] : []
    })
  }

  /** A block that nobody decided, in whole, under a commit that was signed for another. */
  #inventedBlock(request: Uint8Array): Uint8Array | null {
    const { ledger, anyBlock } = this.#puppet
    const asked = decodeBlockSyncRequest(request)
    if (!asked.ok) return null
    const { height } = asked.value
    const template = ledger.entry(height)?.block ?? anyBlock(height)
    const signed = ledger.entry(height + 1)?.block.lastCommit ?? template?.lastCommit
    if (!template || !signed) return null
    const { blockId, parts } = packBlock(otherValidBlock(template, `${height}.sync`))
    const commit = { ...signed, height, blockId }
    return encodeBlockSyncResponse({
      tip: height,
      base: 1,
      blocks: [{ commit, extendedCommit: null, parts }]
    })
  }

  #vote(): readonly ConsensusMessage[] {
    const { prng, mind, key, nowMs, note } = this.#puppet
    const height = mind.height + prng.pick([0, 0, 0, 0, -1, 1])
    if (height < 1) return []
    note('vote')
    const votes: ConsensusMessage[] = []
    for (let count = prng.between(1, 3); count > 0; count--) {
      votes.push({
        kind: 'vote',
        vote: key.vote({
          type: prng.pick(['prevote', 'precommit'] as const),
          height,
          round: this.#round(height),
          blockId: prng.pick([NIL_BLOCK_ID, ...this.#values(height)]),
          timestamp: timestampFromMs(SIM_EPOCH_MS + nowMs()),
          validatorIndex: Math.max(0, indexAt(this.#puppet, height))
        })
      })
    }
    return votes
  }

  /** A height begins with its turn: it proposes what an honest proposer would, or that with a rule broken. */
  async #takeTurn(to: readonly PeerId[]): Promise<void> {
    const { ledger, key, nowMs, draftBlock, note } = this.#puppet
    const height = ledger.height + 1
    if (height <= this.#lastTurn || ledger.proposerOf(height, 0) !== key.address) return
    this.#lastTurn = height
    const block = await draftBlock(height)
    if (block === null) return
    const { blockId, parts } = packBlock(this.#spoiled(block, `turn ${height}`) ?? block)
    note('proposal')
    const timestamp = timestampFromMs(SIM_EPOCH_MS + nowMs())
    const proposal = key.proposal({ height, round: 0, polRound: -1, blockId, timestamp })
    const messages: readonly ConsensusMessage[] = [
      { kind: 'proposal', proposal },
      ...parts.map((part): ConsensusMessage => ({ kind: 'blockPart', height, round: 0, part }))
    ]
    for (const peer of to) sendMessages(this.#puppet, peer, messages)
  }

  /** When it is its turn, it proposes: a block of another a little changed, or a name without a block. */
  #propose(): readonly ConsensusMessage[] {
    const { prng, mind, key, nowMs, note, ledger } = this.#puppet
    const { height } = mind
    const round = this.#round(height)
    if (ledger.proposerOf(height, round) !== key.address) return this.#vote()
    const template = this.#puppet.anyBlock(height)
    const salt = `${height}.${round}.${prng.int(3)}`
    const forged = template && packBlock(this.#spoiled(template, salt) ?? otherValidBlock(template, salt))
    const blockId = forged?.blockId ?? inventedBlockId(this.#puppet, height, round)
    this.#made.set(height, [...(this.#made.get(height) ?? []).slice(-3), blockId])
    note('proposal')
    const proposal = key.proposal({
      height,
      round,
      polRound: prng.chance(0.7) ? -1 : prng.between(-1, Math.max(-1, round - 1)),
      blockId,
      timestamp: timestampFromMs(SIM_EPOCH_MS + nowMs())
    })
    const parts = prng.chance(0.8) ? (forged?.parts ?? []) : []
    return [
      { kind: 'proposal', proposal },
      ...parts.map((part): ConsensusMessage => ({ kind: 'blockPart', height, round, part }))
    ]
  }

  /** Now and then a block that breaks a rule. */
  #spoiled(template: Block, salt: string): Block | null {
    const choice = this.#puppet.prng.fork(`spoiled ${salt}`)
    if (!this.#hasManyWays || !choice.chance(0.4)) return null
    const kind = choice.pick(INVALID_BLOCKS)
    this.#puppet.note(`proposal/${kind}`)
    return invalidBlock(kind, template, choice)
  }

  /** Now and then it tells of an offence of its own, however old. */
  #confess(to: readonly PeerId[]): void {
    if (!this.#hasManyWays || !this.#rare.chance(0.1)) return
    const evidence = oldOffence(this.#puppet)
    if (evidence === null) return
    const { nextAttempt, sendBytes, note } = this.#puppet
    note('old offences')
    for (const peer of to) sendBytes(peer, 'evidence', encodeEvidenceFrame(nextAttempt(), [evidence]))
  }

  #round(height: number): number {
    const { prng, mind } = this.#puppet
    return Math.max(0, (mind.lore(height)?.round ?? 0) + prng.pick([0, 0, 0, 1, 2, -1]))
  }

  #values(height: number): readonly BlockId[] {
    const known = this.#puppet.mind.lore(height)?.values ?? new Map<string, BlockId>()
    const made = this.#made.get(height) ?? []
    return [...known.values(), ...made.filter(id => !known.has(blockIdKey(id)))]
  }
}
