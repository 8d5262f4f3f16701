import { createHash } from 'node:crypto'
import * as z from 'zod'
import { printable, table } from '../output.ts'
import { readAnswer } from '../read-answer.ts'

const headerSchema = z.looseObject({
  chain_id: z.string(),
  height: z.string(),
  time: z.string(),
  app_hash: z.string(),
  proposer_address: z.string()
})
const blockSchema = z.looseObject({
  block_id: z.looseObject({ hash: z.string() }),
  block: z
    .looseObject({
      header: headerSchema,
      data: z.looseObject({ txs: z.array(z.string()).nullish() }),
      evidence: z.looseObject({ evidence: z.array(z.looseObject({ type: z.string() })).nullish() }),
      last_commit: z.looseObject({
        round: z.number(),
        signatures: z.array(z.looseObject({ block_id_flag: z.number() })).nullish()
      })
    })
    .nullable()
})
const resultSchema = z.looseObject({ code: z.number().default(0), log: z.string().default('') })
const txSchema = z.looseObject({
  hash: z.string(),
  height: z.string(),
  index: z.number(),
  tx: z.string(),
  tx_result: resultSchema
})
const txSearchSchema = z.looseObject({ txs: z.array(txSchema), total_count: z.string() })
const blockSearchSchema = z.looseObject({ blocks: z.array(blockSchema), total_count: z.string() })
const validatorsSchema = z.looseObject({
  block_height: z.string(),
  total: z.string(),
  validators: z.array(
    z.looseObject({
      address: z.string(),
      voting_power: z.string(),
      proposer_priority: z.string().default('0')
    })
  )
})

/** Characters of a transaction in a list of them; `pnyx query tx` shows the whole. */
const MAX_LISTED = 100

/** Bytes in base64 as text where they are text, else as 0x and hex. */
export function bytesToText(base64: string | null | undefined): string {
  const bytes = Buffer.from(base64 ?? '', 'base64')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) && !/[\p{Cc}\p{Cf}]/u.test(text)
    ? text
    : `0x${bytes.toString('hex')}`
}

/** {@link bytesToText} where many stand below each other: no longer than fits a line or two. */
export function listedBytes(base64: string): string {
  const text = bytesToText(base64)
  return text.length <= MAX_LISTED ? text : `${text.slice(0, MAX_LISTED)}…`
}

export function blockToText(answer: unknown): string {
  const { block, block_id } = readAnswer(blockSchema, answer)
  if (block === null) return 'there is no such block'
  const { header, data, evidence, last_commit } = block
  const signatures = last_commit.signatures ?? []
  const signed = signatures.filter(({ block_id_flag }) => block_id_flag === 2).length
  const txs = (data.txs ?? []).map(tx => `  ${txHash(tx)}  ${listedBytes(tx)}`)
  const offences = (evidence.evidence ?? []).map(({ type }) => `  ${printable(type)}`)
  return [
    `chain        ${printable(header.chain_id)}`,
    `height       ${header.height}`,
    `hash         ${block_id.hash}`,
    `time         ${header.time}`,
    `proposer     ${header.proposer_address}`,
    `app hash     ${header.app_hash}`,
    `last commit  round ${last_commit.round}, ${signed} of ${signatures.length} signed`,
    `evidence     ${offences.length}`,
    ...offences,
    `txs          ${txs.length}`,
    ...txs
  ].join('\n')
}

function txHash(base64: string): string {
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex').toUpperCase()
}

export function txToText(answer: unknown): string {
  const { hash, height, index, tx, tx_result } = readAnswer(txSchema, answer)
  return [
    `hash    ${hash}`,
    `height  ${height}`,
    `index   ${index}`,
    `code    ${tx_result.code}${tx_result.log === '' ? '' : `, ${printable(tx_result.log)}`}`,
    `tx      ${bytesToText(tx)}`
  ].join('\n')
}

export function txSearchToText(answer: unknown): string {
  const { txs, total_count } = readAnswer(txSearchSchema, answer)
  const rows = txs.map(tx => [
    tx.height,
    String(tx.index),
    String(tx.tx_result.code),
    tx.hash,
    listedBytes(tx.tx)
  ])
  return found(total_count, [['height', 'index', 'code', 'hash', 'tx'], ...rows])
}

export function blockSearchToText(answer: unknown): string {
  const { blocks, total_count } = readAnswer(blockSearchSchema, answer)
  const rows = blocks.map(({ block, block_id }) => [
    block?.header.height ?? '',
    block?.header.time ?? '',
    String(block?.data.txs?.length ?? 0),
    block_id.hash
  ])
  return found(total_count, [['height', 'time', 'txs', 'hash'], ...rows])
}

function found(total: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 1) return total === '0' ? 'nothing was found' : `nothing on this page of ${total} found`
  const more = Number(total) > rows.length - 1 ? ` of ${total}: --page and --per-page give the rest` : ''
  return `${table(rows)}\n${rows.length - 1} found${more}`
}

export function validatorsToText(answer: unknown): string {
  const { validators, block_height, total } = readAnswer(validatorsSchema, answer)
  const rows = validators.map(one => [one.address, one.voting_power, one.proposer_priority])
  const shown = validators.length === Number(total) ? total : `${validators.length} of ${total}`
  return `${table([['address', 'power', 'priority'], ...rows])}\n${shown} validators at height ${block_height}`
}
