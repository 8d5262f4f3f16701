import { flag, listOf, object, oneWord, orNull, ref, type Schema, text, whole } from './schema.ts'

const int64 = ref('Int64')
const percent: Schema = { type: 'number', description: 'Of the total power.' }
const held = orNull(object({ round: whole, block: text }))
const step = oneWord(
  'newHeight',
  'newRound',
  'propose',
  'prevote',
  'prevoteWait',
  'precommit',
  'precommitWait',
  'commit'
)

const votes = object({
  power: int64,
  percent,
  values: listOf(object({ block: { ...orNull(text), description: 'null: nil.' }, power: int64 }))
})

const proposal: Schema = {
  anyOf: [
    { ...oneWord('none', 'unknown'), description: 'unknown: whether one came is not told.' },
    object({
      block: text,
      parts: whole,
      total_parts: whole,
      validity: oneWord('unknown', 'valid', 'invalid'),
      refusal: text
    })
  ]
}

const vote: Schema = { ...orNull(text), description: 'The block, nil, or null for none.' }

/** What `consensus_diagnosis` answers. */
export const DIAGNOSIS: Schema = object({
  health: {
    ...oneWord('ok', 'slow', 'stuck'),
    description: 'slow: may go on by itself. stuck: a person should look.'
  },
  situation: oneWord(
    'healthy',
    'validatorsAway',
    'waitingForTransactions',
    'syncing',
    'behind',
    'noPeers',
    'isolated',
    'appHashMismatch',
    'invalidDecision',
    'decidedBlockMissing',
    'proposerSilent',
    'blockPartsMissing',
    'invalidBlock',
    'votesMissing',
    'splitVotes',
    'votedNil'
  ),
  sentence: { ...text, description: 'What is awaited, and from whom.' },
  advice: text,
  awaits: { ...text, description: "The machine's own word for what it awaits." },
  chain_id: text,
  height: int64,
  round: whole,
  step,
  catching_up: flag,
  total_power: int64,
  quorum_power: { ...int64, description: 'The least power that is more than two thirds.' },
  since_block_ms: orNull(whole),
  since_round_ms: orNull(whole),
  usual_height_ms: { ...whole, description: 'The longest that round 0 takes by the timeouts.' },
  locked: held,
  valid: held,
  judged_round: { ...whole, description: 'The round that the sentence and the votes below speak of.' },
  rounds: listOf(
    object({ round: whole, proposer: orNull(whole), proposal, prevotes: votes, precommits: votes })
  ),
  validators: listOf(
    object({
      index: whole,
      address: ref('Hex'),
      name: text,
      power: int64,
      percent,
      prevote: vote,
      precommit: vote,
      last_seen_ms: orNull(whole),
      self: flag
    })
  ),
  peers: listOf(object({ name: text, height: int64, round: whole, step: text }))
})
