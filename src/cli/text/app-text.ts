import * as z from 'zod'
import { ageText } from '../diagnosis/wording.ts'
import { printable, table } from '../output.ts'
import { readAnswer } from '../read-answer.ts'
import { bytesToText, listedBytes } from './block-text.ts'

const querySchema = z.looseObject({
  response: z.looseObject({
    code: z.number().default(0),
    log: z.string().default(''),
    key: z.string().nullish(),
    value: z.string().nullish(),
    height: z.string().default('0')
  })
})
const unconfirmedSchema = z.looseObject({
  n_txs: z.string(),
  total: z.string(),
  total_bytes: z.string(),
  txs: z.array(z.string()).nullish()
})
const flowSchema = z.looseObject({ CurRate: z.string().default('0') })
const netSchema = z.looseObject({
  n_peers: z.string(),
  peers: z.array(
    z.looseObject({
      node_info: z.looseObject({ id: z.string(), moniker: z.string(), listen_addr: z.string().default('') }),
      is_outbound: z.boolean(),
      connection_status: z.looseObject({
        Duration: z.string(),
        SendMonitor: flowSchema,
        RecvMonitor: flowSchema
      }),
      remote_ip: z.string()
    })
  )
})

const NANOS_PER_MS = 1e6

export function appQueryToText(answer: unknown): string {
  const { response } = readAnswer(querySchema, answer)
  const { code, log, key, value, height } = response
  return [
    `code    ${code}${log === '' ? '' : `, ${printable(log)}`}`,
    `key     ${bytesToText(key)}`,
    `value   ${value === null || value === undefined ? '-' : bytesToText(value)}`,
    `height  ${height}`
  ].join('\n')
}

export function unconfirmedToText(answer: unknown): string {
  const { txs, n_txs, total, total_bytes } = readAnswer(unconfirmedSchema, answer)
  const shown = n_txs === total ? '' : `, the first ${n_txs} are`
  return [
    `${total} transactions wait, ${total_bytes} bytes${shown}`,
    ...(txs ?? []).map(tx => `  ${listedBytes(tx)}`)
  ].join('\n')
}

export function netToText(answer: unknown): string {
  const { peers, n_peers } = readAnswer(netSchema, answer)
  const rows = peers.map(({ node_info, is_outbound, connection_status: connection, remote_ip }) => [
    printable(node_info.moniker),
    node_info.id,
    remote_ip,
    is_outbound ? 'dialled by us' : 'dialled us',
    ageText(Number(connection.Duration) / NANOS_PER_MS),
    connection.SendMonitor.CurRate,
    connection.RecvMonitor.CurRate
  ])
  if (rows.length === 0) return '0 peers'
  const head = ['moniker', 'id', 'address', 'direction', 'for', 'out B/s', 'in B/s']
  return `${table([head, ...rows])}\n${n_peers} peers`
}
