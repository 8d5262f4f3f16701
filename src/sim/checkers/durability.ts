import { decodeConsensusFrame } from '../../mempool/index.ts'
import type { ConsensusMessage, Hex } from '../../types/index.ts'
import { decodeCatchUpResponse, newestInJournal, signJournalPath } from '../../validator/index.ts'
import type { SimDisk } from '../disk/index.ts'
import { SIM_PATHS } from '../sim-node.ts'
import type { Fail } from './fail.ts'
import { statementOfProposal, statementOfVote } from './signer-tap.ts'
import type { SignedStatement, VoteBook } from './vote-book.ts'

const STEP = { proposal: 1, prevote: 2, precommit: 3 } as const

/** The log and the sign state of one honest node, looked at whenever it signs or sends something of its own. */
export class SentMessages {
  readonly #name: string
  readonly #address: Hex
  readonly #disk: SimDisk
  readonly #book: VoteBook
  readonly #fail: Fail

  constructor(name: string, address: Hex, disk: SimDisk, book: VoteBook, fail: Fail) {
    this.#name = name
    this.#address = address
    this.#disk = disk
    this.#book = book
    this.#fail = fail
  }

  /** A gossip frame of the topic 'consensus' is about to leave. */
  onFrame(data: Uint8Array): void {
    const frame = decodeConsensusFrame(data)
    if (!frame.ok) {
      this.#fail('blame', `${this.#name} publishes a frame that nobody can read: ${frame.error.message}`)
      return
    }
    for (const { message } of frame.value.messages) this.onMessage(message)
  }

  /** An answer to a catch-up request is about to leave. */
  onAnswer(data: Uint8Array): void {
    const answer = decodeCatchUpResponse(data)
    if (!answer.ok) {
      this.#fail('blame', `${this.#name} gives an answer that nobody can read: ${answer.error.message}`)
      return
    }
    for (const { message } of answer.value.messages) this.onMessage(message)
    for (const votes of answer.value.certificates) for (const { message } of votes) this.onMessage(message)
  }

  /** The node asks for a signature: everything that led to the wish must be on the disk. */
  onAsked({ kind, height, round }: Omit<SignedStatement, 'signature'>): void {
    for (const [path, file] of this.#disk.files) {
      if (!path.startsWith(SIM_PATHS.wal) || file.isSynced) continue
      const what = `${this.#name} asked for its ${kind} of ${height}/${round}`
      this.#fail('durability', `${what} before its log was on disk`)
    }
  }

  /** A message leaves, by gossip or in an answer. */
  onMessage(message: ConsensusMessage): void {
    const own = this.#ownStatement(message)
    if (own === null || !this.#book.onSent(this.#address, own) || this.#isSignStateDurable(own)) return
    const what = `${this.#name} sent its ${own.kind} of ${own.height}/${own.round}`
    this.#fail('durability', `${what} before its sign state was on disk`)
  }

  #ownStatement(message: ConsensusMessage): SignedStatement | null {
    if (message.kind === 'vote') {
      return message.vote.validatorAddress === this.#address ? statementOfVote(message.vote) : null
    }
    if (message.kind !== 'proposal') return null
    const statement = statementOfProposal(message.proposal)
    return this.#book.isSignedBy(this.#address, statement) ? statement : null
  }

  #isSignStateDurable({ height, round, kind }: SignedStatement): boolean {
    const wanted = [height, round, STEP[kind]]
    const place = this.#durablePlace()
    for (const [index, number] of wanted.entries()) {
      if (place[index] !== number) return place[index]! > number
    }
    return true
  }

  /** What a restart after a power cut is sure to know. */
  #durablePlace(): readonly number[] {
    const journal = this.#disk.files.get(signJournalPath(SIM_PATHS.signState))
    const state = journal === undefined ? null : newestInJournal(journal.durableContent())
    return state === null ? [0, 0, 0] : [state.height, state.round, state.step]
  }
}
