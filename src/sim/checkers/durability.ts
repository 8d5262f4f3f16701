import { decodeConsensusFrame } from '../../mempool/index.ts'
import type { ConsensusMessage, Hex } from '../../types/index.ts'
import { decodeCatchUpResponse, parseSignState } from '../../validator/index.ts'
import type { SimDisk, SimFile } from '../disk/index.ts'
import { SIM_PATHS } from '../sim-node.ts'
import type { Fail } from './fail.ts'
import { statementOfProposal, statementOfVote } from './signer-tap.ts'
import type { SignedStatement, VoteBook } from './vote-book.ts'

/** A sent message is looked for this far back in the log; the log is flushed just before anything is sent. */
const LOG_TAIL_BYTES = 1024 * 1024
const STEP = { proposal: 1, prevote: 2, precommit: 3 } as const

/** The log and the sign state of one honest node, looked at from outside whenever it sends something of its own. */
export class SentMessages {
  readonly #name: string
  readonly #address: Hex
  readonly #disk: SimDisk
  readonly #book: VoteBook
  readonly #fail: Fail
  #signState: { readonly file: SimFile; readonly place: readonly number[] } | null = null

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

  /** A message leaves, by gossip or in an answer. */
  onMessage(message: ConsensusMessage): void {
    const own = this.#ownStatement(message)
    if (own === null || !this.#book.onSent(this.#address, own.statement)) return
    const { kind, height, round } = own.statement
    const what = `${this.#name} sent its ${kind} of ${height}/${round}`
    if (!this.#isSignStateDurable(own.statement))
      this.#fail('durability', `${what} before its sign state was on disk`)
    if (!this.#isLogged(own.signature)) this.#fail('durability', `${what} before it was in its log on disk`)
  }

  #ownStatement(
    message: ConsensusMessage
  ): { readonly statement: SignedStatement; readonly signature: Uint8Array } | null {
    if (message.kind === 'vote') {
      if (message.vote.validatorAddress !== this.#address) return null
      return { statement: statementOfVote(message.vote), signature: message.vote.signature }
    }
    if (message.kind !== 'proposal') return null
    const statement = statementOfProposal(message.proposal)
    if (!this.#book.isSignedBy(this.#address, statement)) return null
    return { statement, signature: message.proposal.signature }
  }

  #isSignStateDurable({ height, round, kind }: SignedStatement): boolean {
    const file = this.#disk.files.get(SIM_PATHS.signState)
    if (file === undefined) return false
    if (this.#signState?.file !== file) {
      const { height: h, round: r, step } = parseSignState(file.content(), SIM_PATHS.signState)
      this.#signState = { file, place: [h, r, step] }
    }
    const wanted = [height, round, STEP[kind]]
    const { place } = this.#signState
    for (const [index, number] of wanted.entries()) {
      if (place[index] !== number) return place[index]! > number
    }
    return true
  }

  #isLogged(signature: Uint8Array): boolean {
    for (const [path, file] of this.#disk.files) {
      if (!path.startsWith(SIM_PATHS.wal)) continue
      if (file.holdsSynced(signature, Math.max(0, file.syncedSize - LOG_TAIL_BYTES))) return true
    }
    return false
  }
}
