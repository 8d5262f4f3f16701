import * as z from 'zod'

/** What one validator answered, as far as it did. */
export interface Snapshot {
  /** Milliseconds of a clock that never goes back. */
  readonly atMs: number
  readonly height: number
  readonly round: number
  readonly step: string
  readonly peers: number
  /** Transactions that wait. */
  readonly txs: number
  readonly isCatchingUp: boolean
}

const STEPS: Readonly<Record<string, string>> = {
  1: 'new height',
  2: 'new round',
  3: 'propose',
  4: 'prevote',
  5: 'prevote wait',
  6: 'precommit',
  7: 'precommit wait',
  8: 'commit'
}
const TIMEOUT_MS = 900
const CALLS = ['status', 'net_info', 'num_unconfirmed_txs', 'consensus_state'] as const

const answersSchema = z.array(z.looseObject({ id: z.number(), result: z.unknown().optional() }))
const statusSchema = z.looseObject({
  sync_info: z.looseObject({ latest_block_height: z.coerce.number(), catching_up: z.boolean() })
})
const netSchema = z.looseObject({ n_peers: z.coerce.number() })
const txsSchema = z.looseObject({ total: z.coerce.number() })
const roundSchema = z.looseObject({ round_state: z.looseObject({ 'height/round/step': z.string() }) })

/** Asks a validator where it is, all in one request; null when it does not answer. */
export async function pollValidator(url: string): Promise<Snapshot | null> {
  const body = JSON.stringify(CALLS.map((method, id) => ({ jsonrpc: '2.0', id, method, params: {} })))
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS)
    })
    return readAnswers(await response.json(), performance.now())
  } catch {
    return null
  }
}

/** Null when the answers do not tell where the validator is. */
export function readAnswers(answers: unknown, atMs: number): Snapshot | null {
  const parsed = answersSchema.safeParse(answers)
  if (!parsed.success) return null
  const results = new Map(parsed.data.map(({ id, result }) => [id, result]))
  const status = statusSchema.safeParse(results.get(0))
  if (!status.success) return null
  const { latest_block_height, catching_up } = status.data.sync_info
  const net = netSchema.safeParse(results.get(1))
  const txs = txsSchema.safeParse(results.get(2))
  const round = roundSchema.safeParse(results.get(3))
  const [, roundText = '0', stepText = ''] = round.data?.round_state['height/round/step'].split('/') ?? []
  return {
    atMs,
    height: latest_block_height,
    round: Number(roundText),
    step: STEPS[stepText] ?? '-',
    peers: net.data?.n_peers ?? 0,
    txs: txs.data?.total ?? 0,
    isCatchingUp: catching_up
  }
}
