import * as z from 'zod'
import { errorMessage } from '../../util/index.ts'
import { CliError } from '../cli-error.ts'
import { askSnapshot } from '../diagnosis/ask-node.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { ConsensusSnapshot } from '../diagnosis/snapshot.ts'
import { readAnswer } from '../read-answer.ts'
import type { RpcClient } from '../rpc-client.ts'
import { HeightRate, MissedBlocks } from './missed.ts'
import type { TopModel } from './screen.ts'

/** Blocks looked back for what each validator missed. */
const MISSED_WINDOW = 100
/** Commits asked for in one turn. */
const COMMITS_A_TURN = 20
const RATE_SPAN_MS = 30_000
const SIGNED = 2

const diagnosisSchema = z.looseObject({
  health: z.string(),
  sentence: z.string(),
  validators: z.array(z.looseObject({ address: z.string(), name: z.string() }))
})
const poolSchema = z.looseObject({ n_txs: z.string() })
const commitSchema = z.looseObject({
  signed_header: z.looseObject({
    commit: z.looseObject({
      signatures: z
        .array(z.looseObject({ block_id_flag: z.number(), validator_address: z.string() }))
        .nullish()
    })
  })
})

/** Asks one node again and again, and remembers between two looks what a single answer does not tell. */
export class NodeWatch {
  readonly #client: RpcClient
  readonly #nowMs: () => number
  readonly #missed = new MissedBlocks(MISSED_WINDOW)
  readonly #rate = new HeightRate(RATE_SPAN_MS)

  constructor(client: RpcClient, nowMs: () => number) {
    this.#client = client
    this.#nowMs = nowMs
  }

  /** Throws CliError when the node does not answer. */
  async look(): Promise<TopModel> {
    const [told, pool, diagnosis] = await Promise.all([
      askSnapshot(this.#client, this.#nowMs),
      this.#client.call('num_unconfirmed_txs'),
      this.#ownDiagnosis()
    ])
    const names = new Map(
      (diagnosis?.validators ?? []).map(({ address, name }) => [address.toLowerCase(), name])
    )
    const snapshot: ConsensusSnapshot = {
      ...told,
      validators: told.validators.map(one => ({ ...one, name: names.get(one.address) ?? '' }))
    }
    this.#rate.note(snapshot.height, this.#nowMs())
    await this.#lookBack(snapshot.height - 2)
    const { health, sentence } = diagnosis ?? diagnose(snapshot)
    return {
      url: this.#client.url,
      snapshot,
      health,
      sentence,
      waitingTxs: Number(readAnswer(poolSchema, pool).n_txs),
      blocksPerSecond: this.#rate.perSecond,
      missed: snapshot.validators.map(({ address }) => this.#missed.missedBy(address)),
      missedOf: this.#missed.size,
      failure: '',
      seenAtMs: this.#nowMs(),
      silentMs: 0
    }
  }

  /** The last look with the reason, when the node does not answer: it may be restarting. */
  async lookAgain(last: TopModel): Promise<TopModel> {
    try {
      return await this.look()
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      return { ...last, failure: errorMessage(error), silentMs: this.#nowMs() - last.seenAtMs }
    }
  }

  /** Null for a node that does not diagnose itself: one of CometBFT. */
  async #ownDiagnosis(): Promise<z.infer<typeof diagnosisSchema> | null> {
    try {
      return readAnswer(diagnosisSchema, await this.#client.call('consensus_diagnosis'))
    } catch (error) {
      if (error instanceof CliError && error.code === 'RPC_ERROR') return null
      throw error
    }
  }

  /** Commits up to `newest`, which the block after it has made final. */
  async #lookBack(newest: number): Promise<void> {
    const heights = this.#missed.wanted(newest, COMMITS_A_TURN)
    await Promise.all(
      heights.map(async height => {
        const signers = await this.#signersOf(height)
        if (signers !== null) this.#missed.note(height, signers)
      })
    )
  }

  /** Null for a block the node does not have any more. */
  async #signersOf(height: number): Promise<ReadonlySet<string> | null> {
    try {
      const answer = await this.#client.call('commit', { height: String(height) })
      const { commit } = readAnswer(commitSchema, answer).signed_header
      const signed = (commit.signatures ?? []).filter(one => one.block_id_flag === SIGNED)
      return new Set(signed.map(one => one.validator_address.toLowerCase()))
    } catch (error) {
      if (error instanceof CliError && error.code === 'RPC_ERROR') return null
      throw error
    }
  }
}
