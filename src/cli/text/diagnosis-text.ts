import * as z from 'zod'
import { ageText } from '../diagnosis/wording.ts'
import { printable, table } from '../output.ts'
import { readAnswer } from '../read-answer.ts'

const vote = z.string().nullable()

/** The part of `consensus_diagnosis` that is shown; the rest is for machines. */
export const diagnosisSchema = z.looseObject({
  health: z.string(),
  situation: z.string(),
  sentence: z.string(),
  advice: z.string(),
  height: z.string(),
  judged_round: z.number(),
  since_block_ms: z.number().nullable(),
  validators: z.array(
    z.looseObject({
      index: z.number(),
      address: z.string(),
      name: z.string(),
      percent: z.number(),
      prevote: vote,
      precommit: vote,
      last_seen_ms: z.number().nullable(),
      self: z.boolean()
    })
  ),
  peers: z.array(z.looseObject({ name: z.string(), height: z.string(), round: z.number(), step: z.string() }))
})

export function diagnosisToText(answer: unknown): string {
  const diagnosis = readAnswer(diagnosisSchema, answer)
  const { judged_round: round } = diagnosis
  const rows = diagnosis.validators.map(one => [
    `V${one.index}${one.self ? ' (this node)' : ''}`,
    printable(one.name) || '-',
    one.address,
    `${one.percent} %`,
    voteCell(one.prevote),
    voteCell(one.precommit),
    one.last_seen_ms === null ? '-' : `${ageText(one.last_seen_ms)} ago`
  ])
  const head = ['', 'name', 'address', 'power', `prevote ${round}`, `precommit ${round}`, 'last seen']
  const peers = diagnosis.peers.map(
    ({ name, height, round: at, step }) =>
      `${printable(name)} at ${height}/${at}${step === '' ? '' : ` ${step}`}`
  )
  return [
    printable(diagnosis.sentence),
    `health: ${diagnosis.health} (${diagnosis.situation}). Advice: ${diagnosis.advice}.`,
    '',
    table([head, ...rows]),
    '',
    `peers: ${peers.length === 0 ? 'none' : peers.join(', ')}`
  ].join('\n')
}

function voteCell(value: string | null): string {
  return value === null ? '-' : value.slice(0, 8)
}
