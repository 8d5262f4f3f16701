import * as z from 'zod'
import { printable } from '../output.ts'
import { readAnswer } from '../read-answer.ts'

const schema = z.looseObject({
  node_info: z.looseObject({
    id: z.string(),
    network: z.string(),
    moniker: z.string(),
    version: z.string(),
    listen_addr: z.string()
  }),
  sync_info: z.looseObject({
    latest_block_height: z.string(),
    latest_block_hash: z.string(),
    latest_block_time: z.string(),
    latest_app_hash: z.string(),
    catching_up: z.boolean()
  }),
  validator_info: z.looseObject({ address: z.string(), voting_power: z.string() })
})

export function statusToText(answer: unknown): string {
  const { node_info: node, sync_info: sync, validator_info: validator } = readAnswer(schema, answer)
  const role = validator.voting_power === '0' ? 'not a validator' : `voting power ${validator.voting_power}`
  return [
    `chain      ${printable(node.network)}`,
    `node       ${printable(node.moniker)} ${node.id}`,
    `height     ${sync.latest_block_height}${sync.catching_up ? ' (catching up)' : ''}`,
    `block      ${sync.latest_block_hash} of ${sync.latest_block_time}`,
    `app hash   ${sync.latest_app_hash}`,
    `validator  ${validator.address} (${role})`
  ].join('\n')
}
