import * as z from 'zod'
import { printable, table } from '../output.ts'
import { readAnswer } from '../read-answer.ts'

const messageSchema = z.looseObject({
  round: z.number(),
  block_id: z.looseObject({ hash: z.string() }),
  timestamp: z.string(),
  type: z.number().optional()
})
const faultSchema = z.looseObject({
  hash: z.string(),
  kind: z.string(),
  status: z.string(),
  height: z.string(),
  committed_height: z.string(),
  validators: z.array(z.string()),
  evidence: z
    .looseObject({
      type: z.string(),
      value: z.looseObject({
        vote_a: messageSchema.optional(),
        vote_b: messageSchema.optional(),
        proposal_a: messageSchema.optional(),
        proposal_b: messageSchema.optional()
      })
    })
    .nullable(),
  downtime: z.looseObject({ window: z.string(), missed_blocks: z.string(), power: z.string() }).nullable()
})
const searchSchema = z.looseObject({ evidence: z.array(faultSchema), total_count: z.string() })
const slashesSchema = z.looseObject({
  slashes: z.array(
    z.looseObject({
      height: z.string(),
      validator_address: z.string(),
      reason: z.string(),
      fraction: z.string().nullable(),
      burned: z.string().nullable(),
      jailed: z.boolean(),
      tombstoned: z.boolean(),
      voting_power_before: z.string().nullable(),
      voting_power_after: z.string().nullable()
    })
  ),
  total_count: z.string()
})
const infoSchema = z.looseObject({
  address: z.string(),
  start_height: z.string(),
  index_offset: z.string(),
  jailed_until: z.string(),
  tombstoned: z.boolean(),
  missed_blocks_counter: z.string()
})
const infosSchema = z.union([
  z
    .looseObject({ source: z.string(), val_signing_info: infoSchema })
    .transform(one => ({ source: one.source, info: [one.val_signing_info], total: '1' })),
  z.looseObject({ source: z.string(), info: z.array(infoSchema), total: z.string() })
])
const paramsSchema = z.looseObject({
  source: z.string(),
  params: z.looseObject({
    signed_blocks_window: z.string(),
    min_signed_per_window: z.string(),
    downtime_jail_duration: z.string().nullable(),
    slash_fraction_double_sign: z.string().nullable(),
    slash_fraction_downtime: z.string().nullable(),
    correlation_window_blocks: z.string().nullable()
  })
})

type FaultAnswer = z.infer<typeof faultSchema>

const VOTE_TYPES: Readonly<Record<number, string>> = { 1: 'prevote', 2: 'precommit' }
const NEVER_JAILED = '0001-01-01T00:00:00Z'
const NANOS_PER_SECOND = 1e9

/** One piece of evidence, or a list of them. */
export function evidenceAnswerToText(answer: unknown): string {
  const isList = typeof answer === 'object' && answer !== null && 'total_count' in answer
  return isList ? listToText(answer) : faultToText(readAnswer(faultSchema, answer))
}

function listToText(answer: unknown): string {
  const { evidence, total_count } = readAnswer(searchSchema, answer)
  const rows = evidence.map(one => [
    one.height,
    printable(one.kind),
    one.status,
    one.committed_height === '0' ? '-' : one.committed_height,
    one.validators[0] ?? '-',
    one.hash
  ])
  return found(total_count, [['height', 'kind', 'status', 'in block', 'validator', 'hash'], ...rows])
}

function faultToText(fault: FaultAnswer): string {
  const { kind, status, committed_height: block } = fault
  return [
    `hash       ${fault.hash}`,
    `kind       ${printable(kind)}`,
    `status     ${status}${status === 'committed' ? ` in block ${block}` : ''}`,
    `validator  ${fault.validators.join(', ') || '-'}`,
    `height     ${fault.height}`,
    ...proofLines(fault)
  ].join('\n')
}

function proofLines({ evidence, downtime }: FaultAnswer): readonly string[] {
  if (downtime !== null) {
    return [
      `missed     ${downtime.missed_blocks} of the last ${downtime.window} blocks`,
      `power      ${downtime.power}`,
      "what       absence that last commits show, not a slash: 'query slashes' says what was done about it"
    ]
  }
  const { vote_a, vote_b, proposal_a, proposal_b } = evidence?.value ?? {}
  const [a, b] = [vote_a ?? proposal_a, vote_b ?? proposal_b]
  if (a === undefined || b === undefined) return []
  const what = vote_a === undefined ? 'proposal' : (VOTE_TYPES[a.type ?? 0] ?? 'vote')
  const line = ({ block_id, timestamp }: typeof a) => `${block_id.hash || 'nil'} at ${timestamp}`
  return [`round      ${a.round}`, `${what} A: ${line(a)}`, `${what} B: ${line(b)}`]
}

export function slashesToText(answer: unknown): string {
  const { slashes, total_count } = readAnswer(slashesSchema, answer)
  const rows = slashes.map(one => [
    one.height,
    one.validator_address,
    printable(one.reason),
    one.burned ?? '-',
    one.fraction ?? '-',
    one.tombstoned ? 'tombstoned' : one.jailed ? 'jailed' : '-',
    `${one.voting_power_before ?? '?'} -> ${one.voting_power_after ?? '?'}`
  ])
  const head = ['block', 'validator', 'reason', 'burned', 'fraction', 'state', 'power']
  return found(total_count, [head, ...rows])
}

export function signingInfosToText(answer: unknown): string {
  const { source, info, total } = readAnswer(infosSchema, answer)
  const rows = info.map(one => [
    one.address,
    one.start_height,
    one.index_offset,
    one.missed_blocks_counter,
    one.jailed_until === NEVER_JAILED ? '-' : one.jailed_until,
    one.tombstoned ? 'yes' : '-'
  ])
  const head = ['validator', 'since', 'counted', 'missed', 'jailed until', 'tombstoned']
  return `${found(total, [head, ...rows])}\n${sourceLine(source)}`
}

export function slashingParamsToText(answer: unknown): string {
  const { source, params } = readAnswer(paramsSchema, answer)
  const jail = params.downtime_jail_duration
  return [
    `signed blocks window   ${params.signed_blocks_window}`,
    `min signed per window  ${params.min_signed_per_window}`,
    `downtime jail          ${jail === null ? '-' : `${Number(jail) / NANOS_PER_SECOND} s`}`,
    `slash for double sign  ${params.slash_fraction_double_sign ?? '-'}`,
    ...correlationLines(params.correlation_window_blocks),
    `slash for downtime     ${params.slash_fraction_downtime ?? '-'}`,
    sourceLine(source)
  ].join('\n')
}

function correlationLines(window: string | null): readonly string[] {
  if (window === null) return []
  return [`  or, if that is more   (3k/n)², when k of n power did so within ${window} blocks`]
}

function sourceLine(source: string): string {
  return source === 'app'
    ? 'as the application has it'
    : 'as this node counts by itself: the application does not slash'
}

function found(total: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 1) return total === '0' ? 'nothing was found' : `nothing on this page of ${total} found`
  const more = Number(total) > rows.length - 1 ? ` of ${total}: --page and --per-page give the rest` : ''
  return `${table(rows)}\n${rows.length - 1} found${more}`
}
