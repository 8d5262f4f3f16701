import WebSocket from 'ws'
import * as z from 'zod'
import { type Stage, short, showStake, showTheChainGoesOn, until } from './stage.ts'

const VOTE_TYPES: Readonly<Record<number, string>> = { 1: 'prevote', 2: 'precommit' }

const voteSchema = z.looseObject({
  type: z.number(),
  height: z.string(),
  round: z.number(),
  block_id: z.looseObject({ hash: z.string() }),
  validator_address: z.string()
})
const eventSchema = z.looseObject({
  result: z.looseObject({ data: z.looseObject({ value: z.looseObject({ Vote: voteSchema }) }) })
})
type Vote = z.infer<typeof voteSchema>

/** A validator forgets in one round what it voted for in the round before. Nobody can prove that, so nobody is slashed. */
export async function playAmnesia(stage: Stage): Promise<void> {
  const { address, faults, culprit, step, say } = stage
  const votes: Vote[] = []
  const socket = watchVotes(stage.honest[0]!.rpc.url, vote => {
    if (vote.validator_address === address) votes.push(vote)
  })
  try {
    const { height, round, blockId } = await until('a precommit it forgets', () =>
      forgottenHeight(stage, votes)
    )
    step(`${culprit.name} withholds its block of height ${height} and votes for one nobody has`)
    for (const vote of votes) if (Number(vote.height) === height && vote.round === 0) say(line(vote))
    say('The honest three wait for the block, vote for nil, and go to the next round.')
    step(`In round ${round} ${culprit.name} has forgotten it`)
    say(line({ type: 2, round, block_id: { hash: blockId } }))
    say('A precommit is a promise to stay with that block unless +2/3 want another one later.')
  } finally {
    socket.close()
  }
  step('What it costs')
  const found = await faults.faults({ validator: address })
  say(`evidence against it: ${found.length}`)
  await showStake(stage)
  say(
    'No two of these messages contradict each other: they are of different rounds, and who looks at votes alone'
  )
  say(
    'cannot tell a liar from one that saw +2/3 change their mind. Slashing for it would hit honest validators, so'
  )
  say(
    'amnesia is borne, not punished: below a third of the power it can delay a block, never split the chain.'
  )
  await showTheChainGoesOn(stage, 'all four')
}

/** Where a precommit of round 0 was followed by one for another block, which is in the commit of the height. */
async function forgottenHeight({ address, honest, height: newest }: Stage, votes: readonly Vote[]) {
  const { rpc } = honest[0]!
  for (const { type, round: first, height: text, block_id } of votes) {
    const height = Number(text)
    if (type !== 2 || first !== 0 || block_id.hash === '' || height + 1 >= (await newest())) continue
    const { round, signers } = await rpc.commit(height)
    const [block] = await rpc.blocks(height, height)
    const { blockId = '' } = block ?? {}
    if (round > 0 && signers.includes(address) && blockId !== block_id.hash) return { height, round, blockId }
  }
  return null
}

function line({ type, round, block_id }: Pick<Vote, 'type' | 'round' | 'block_id'>): string {
  return `round ${round}  ${(VOTE_TYPES[type] ?? 'vote').padEnd(9)}  for block ${short(block_id.hash)}`
}

function watchVotes(url: string, onVote: (vote: Vote) => void): WebSocket {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/websocket`)
  socket.on('error', () => {})
  socket.on('open', () => {
    const params = { query: "tm.event='Vote'" }
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params }))
  })
  socket.on('message', data => {
    const event = eventSchema.safeParse(JSON.parse(String(data)))
    if (event.success) onVote(event.data.result.data.value.Vote)
  })
  return socket
}
