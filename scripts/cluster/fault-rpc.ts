import * as z from 'zod'
import { CliError } from '../../src/cli/cli-error.ts'
import { makeRpcClient } from '../../src/cli/rpc-client.ts'

const CALL_TIMEOUT_MS = 10_000
const number = z.coerce.number()

const blockId = z.looseObject({ hash: z.string() })
const message = z.looseObject({
  height: z.string(),
  round: z.number(),
  block_id: blockId,
  signature: z.string(),
  type: z.number().optional()
})
const evidenceSchema = z.looseObject({
  type: z.string(),
  value: z.looseObject({
    vote_a: message.optional(),
    vote_b: message.optional(),
    proposal_a: message.optional(),
    proposal_b: message.optional()
  })
})
const faultSchema = z.looseObject({
  hash: z.string(),
  kind: z.string(),
  status: z.string(),
  height: number,
  committed_height: number,
  validators: z.array(z.string()),
  evidence: evidenceSchema.nullable(),
  downtime: z.looseObject({ window: number, missed_blocks: number }).nullable()
})
const searchSchema = z.looseObject({ evidence: z.array(faultSchema), total_count: number })
const slashSchema = z.looseObject({
  height: number,
  validator_address: z.string(),
  reason: z.string(),
  fraction: z.string().nullable(),
  burned: z.string().nullable(),
  jailed: z.boolean(),
  tombstoned: z.boolean(),
  voting_power_before: z.string().nullable(),
  voting_power_after: z.string().nullable()
})
const slashesSchema = z.looseObject({ slashes: z.array(slashSchema), total_count: number })
const signingSchema = z.looseObject({
  source: z.string(),
  val_signing_info: z.looseObject({
    index_offset: number,
    missed_blocks_counter: number,
    jailed_until: z.string(),
    tombstoned: z.boolean()
  })
})
const paramsSchema = z.looseObject({
  source: z.string(),
  params: z.looseObject({ signed_blocks_window: number, min_signed_per_window: number })
})
const standingSchema = z.looseObject({
  tokens: z.coerce.bigint(),
  status: z.string(),
  jailed: z.boolean(),
  jailed_until: z.string(),
  tombstoned: z.boolean()
})
const querySchema = z.looseObject({
  response: z.looseObject({ code: z.number(), log: z.string(), value: z.string().nullable() })
})
const validatorsSchema = z.looseObject({
  validators: z.array(z.looseObject({ address: z.string(), voting_power: z.string() }))
})

export type FaultAnswer = z.infer<typeof faultSchema>
export type EvidenceMessage = z.infer<typeof message>
export type SlashAnswer = z.infer<typeof slashSchema>
/** How a validator stands with the staking application. */
export type Standing = z.infer<typeof standingSchema>
export type SigningAnswer = z.infer<typeof signingSchema>

/** What demonstrations and tests ask a node about misbehaviour. Every call throws CliError when there is no answer. */
export class FaultRpc {
  readonly #call: (method: string, params?: Readonly<Record<string, unknown>>) => Promise<unknown>

  constructor(url: string) {
    const client = makeRpcClient(url, CALL_TIMEOUT_MS)
    this.#call = (method, params) => client.call(method, params)
  }

  /** Newest first. */
  async faults(query: Readonly<Record<string, string>> = {}): Promise<readonly FaultAnswer[]> {
    return searchSchema.parse(await this.#call('evidence_search', query)).evidence
  }

  async slashes(validator: string): Promise<readonly SlashAnswer[]> {
    return slashesSchema.parse(await this.#call('slashes', { validator })).slashes
  }

  async signing(address: string): Promise<SigningAnswer> {
    return signingSchema.parse(await this.#call('signing_info', { address }))
  }

  async standing(address: string): Promise<Standing> {
    const data = Buffer.from(JSON.stringify({ validator: address })).toString('hex')
    const answer = await this.#call('abci_query', { path: '/pnyx/slashing/signing_info', data })
    const { code, log, value } = querySchema.parse(answer).response
    if (code !== 0 || value === null) throw new CliError('NO_ANSWER', log)
    return standingSchema.parse(JSON.parse(Buffer.from(value, 'base64').toString()))
  }

  async params(): Promise<z.infer<typeof paramsSchema>> {
    return paramsSchema.parse(await this.#call('slashing_params'))
  }

  /** Power by address, of those who are to sign a height. */
  async powers(height: number): Promise<ReadonlyMap<string, bigint>> {
    const params = { height: String(height), page: '1', per_page: '100' }
    const { validators } = validatorsSchema.parse(await this.#call('validators', params))
    return new Map(validators.map(one => [one.address, BigInt(one.voting_power)]))
  }

  /** Hands in evidence; gives back the answer's hash in base64. */
  async broadcast(evidence: unknown): Promise<string> {
    return z.looseObject({ hash: z.string() }).parse(await this.#call('broadcast_evidence', { evidence }))
      .hash
  }

  /** The kinds of evidence in a block, as its JSON names them. */
  async evidenceIn(height: number): Promise<readonly string[]> {
    const schema = z.looseObject({
      block: z.looseObject({
        evidence: z.looseObject({ evidence: z.array(z.looseObject({ type: z.string() })).nullable() })
      })
    })
    const { block } = schema.parse(await this.#call('block', { height: String(height) }))
    return (block.evidence.evidence ?? []).map(({ type }) => type)
  }
}
