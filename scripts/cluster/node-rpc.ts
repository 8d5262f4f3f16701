import * as z from 'zod'
import { makeRpcClient } from '../../src/cli/rpc-client.ts'

const CALL_TIMEOUT_MS = 5_000
/** The most `blockchain` answers at once. */
const METAS_PER_CALL = 20

const number = z.coerce.number()
const statusSchema = z.looseObject({
  node_info: z.looseObject({ id: z.string() }),
  sync_info: z.looseObject({
    latest_block_height: number,
    latest_block_hash: z.string(),
    latest_app_hash: z.string(),
    catching_up: z.boolean()
  }),
  validator_info: z.looseObject({ address: z.string() })
})
const netSchema = z.looseObject({ n_peers: number })
const metaSchema = z.looseObject({
  block_id: z.looseObject({ hash: z.string() }),
  header: z.looseObject({ height: number, time: z.string(), app_hash: z.string() }),
  num_txs: number
})
const blockchainSchema = z.looseObject({ last_height: number, block_metas: z.array(metaSchema) })
const commitSchema = z.looseObject({
  signed_header: z.looseObject({
    commit: z.looseObject({
      round: z.number(),
      signatures: z.array(z.looseObject({ block_id_flag: z.number(), validator_address: z.string() }))
    })
  })
})
const blockSchema = z.looseObject({
  block: z.looseObject({ data: z.looseObject({ txs: z.array(z.string()).nullable() }) })
})
const txCommitSchema = z.looseObject({
  check_tx: z.looseObject({ code: z.number() }),
  tx_result: z.looseObject({ code: z.number() }),
  height: number
})
const querySchema = z.looseObject({ response: z.looseObject({ value: z.string().nullable() }) })

const BLOCK_ID_FLAG_COMMIT = 2

/** One block as a node tells of it. */
export interface BlockSummary {
  readonly height: number
  readonly timeMs: number
  readonly blockId: string
  /** After the block before, as every header has it. */
  readonly appHash: string
  readonly txs: number
}

export interface NodeStatus {
  readonly height: number
  readonly address: string
  readonly isCatchingUp: boolean
}

export interface CommitSummary {
  readonly round: number
  /** Addresses of those whose precommit for the block is in it. */
  readonly signers: readonly string[]
}

/** The questions a test or a benchmark has for a node. Every call throws CliError when there is no answer. */
export class NodeRpc {
  readonly url: string
  readonly #call: (method: string, params?: Readonly<Record<string, unknown>>) => Promise<unknown>

  constructor(url: string, timeoutMs: number = CALL_TIMEOUT_MS) {
    const client = makeRpcClient(url, timeoutMs)
    this.url = url
    this.#call = (method, params) => client.call(method, params)
  }

  async status(): Promise<NodeStatus> {
    const { sync_info, validator_info } = statusSchema.parse(await this.#call('status'))
    return {
      height: sync_info.latest_block_height,
      address: validator_info.address,
      isCatchingUp: sync_info.catching_up
    }
  }

  /** Null while the node does not answer. */
  async heightOrNull(): Promise<number | null> {
    try {
      return (await this.status()).height
    } catch {
      return null
    }
  }

  async peers(): Promise<number> {
    return netSchema.parse(await this.#call('net_info')).n_peers
  }

  /** The blocks of these heights, lowest first. */
  async blocks(from: number, to: number): Promise<readonly BlockSummary[]> {
    const found: BlockSummary[] = []
    for (let low = from; low <= to; low += METAS_PER_CALL) {
      const high = Math.min(to, low + METAS_PER_CALL - 1)
      const params = { minHeight: String(low), maxHeight: String(high) }
      const { block_metas } = blockchainSchema.parse(await this.#call('blockchain', params))
      for (const { block_id, header, num_txs } of [...block_metas].reverse()) {
        found.push({
          height: header.height,
          timeMs: Date.parse(header.time),
          blockId: block_id.hash,
          appHash: header.app_hash,
          txs: num_txs
        })
      }
    }
    return found
  }

  async commit(height: number): Promise<CommitSummary> {
    const answer = await this.#call('commit', { height: String(height) })
    const { round, signatures } = commitSchema.parse(answer).signed_header.commit
    const forBlock = signatures.filter(({ block_id_flag }) => block_id_flag === BLOCK_ID_FLAG_COMMIT)
    return { round, signers: forBlock.map(({ validator_address }) => validator_address) }
  }

  /** The transactions of a block, in order. */
  async txs(height: number): Promise<readonly Uint8Array[]> {
    const answer = await this.#call('block', { height: String(height) })
    return (blockSchema.parse(answer).block.data.txs ?? []).map(tx => Buffer.from(tx, 'base64'))
  }

  /** Sends a transaction, waits until it is in a block, and returns the block's height. */
  async commitTx(tx: string): Promise<number> {
    const answer = await this.#call('broadcast_tx_commit', { tx: Buffer.from(tx).toString('base64') })
    const { check_tx, tx_result, height } = txCommitSchema.parse(answer)
    return check_tx.code === 0 && tx_result.code === 0 ? height : 0
  }

  async submitTx(tx: string): Promise<void> {
    await this.#call('broadcast_tx_sync', { tx: Buffer.from(tx).toString('base64') })
  }

  /** The value the application holds, null for none. */
  async value(key: string): Promise<string | null> {
    const answer = await this.#call('abci_query', { path: '', data: Buffer.from(key).toString('hex') })
    const { value } = querySchema.parse(answer).response
    return value === null || value === '' ? null : Buffer.from(value, 'base64').toString()
  }
}
