import { DIAGNOSIS } from './diagnosis.ts'
import {
  anything,
  flag,
  listOf,
  mapOf,
  object,
  oneWord,
  orNull,
  ref,
  type Schema,
  text,
  whole
} from './schema.ts'

const int64 = ref('Int64')
const hex = ref('Hex')
const bytes = ref('Base64')
const time = ref('Time')
const nothing = object({})
const source = {
  ...oneWord('app', 'node'),
  description: "Whose account it is: the application's or this node's."
}
const parts = orNull(object({ 'count/total': text, parts_bit_array: orNull(text) }))
const block = orNull(ref('Block'))
const txPool = { n_txs: int64, total: int64, total_bytes: int64 }

export interface Answer {
  readonly group:
    | 'Node'
    | 'Blocks'
    | 'Transactions'
    | 'Consensus'
    | 'Application'
    | 'Evidence'
    | 'Events'
    | 'Unsafe'
  readonly summary: string
  readonly result: Schema
}

/** What each method is for, and what it answers. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  health: { group: 'Node', summary: 'Answers while blocks come or are fetched.', result: nothing },
  status: {
    group: 'Node',
    summary: 'Who the node is, how far it is, and its voting power.',
    result: object({
      node_info: ref('NodeInfo'),
      sync_info: object({
        latest_block_hash: hex,
        latest_app_hash: hex,
        latest_block_height: int64,
        latest_block_time: time,
        earliest_block_hash: hex,
        earliest_app_hash: hex,
        earliest_block_height: int64,
        earliest_block_time: time,
        catching_up: flag
      }),
      validator_info: object({ address: hex, pub_key: ref('PublicKey'), voting_power: int64 })
    })
  },
  net_info: {
    group: 'Node',
    summary: 'The connected peers.',
    result: object({ listening: flag, listeners: listOf(text), n_peers: int64, peers: listOf(ref('Peer')) })
  },
  genesis: {
    group: 'Node',
    summary: 'The genesis file, while it is small; see genesis_chunked.',
    result: object({
      genesis: object({
        genesis_time: time,
        chain_id: text,
        initial_height: int64,
        consensus_params: ref('ConsensusParams'),
        'validators?': listOf(object({ address: hex, pub_key: ref('PublicKey'), power: int64, name: text })),
        app_hash: hex,
        'app_state?': anything
      })
    })
  },
  genesis_chunked: {
    group: 'Node',
    summary: 'One piece of the genesis file, counted from 0.',
    result: object({ chunk: int64, total: int64, data: bytes })
  },
  blockchain: {
    group: 'Blocks',
    summary: 'Up to 20 headers between two heights, the newest first.',
    result: object({ last_height: int64, block_metas: listOf(ref('BlockMeta')) })
  },
  block: { group: 'Blocks', summary: 'The block at a height, or the newest.', result: ref('BlockResult') },
  block_by_hash: { group: 'Blocks', summary: 'The block with a header hash.', result: ref('BlockResult') },
  block_results: {
    group: 'Blocks',
    summary: 'What the application made of a block.',
    result: object({
      height: int64,
      txs_results: orNull(listOf(ref('TxResult'))),
      finalize_block_events: orNull(listOf(ref('Event'))),
      validator_updates: orNull(listOf(object({ pub_key: mapOf(anything), 'power?': int64 }))),
      consensus_param_updates: orNull(mapOf(anything)),
      app_hash: orNull(bytes)
    })
  },
  commit: {
    group: 'Blocks',
    summary: 'The header of a height with the signatures that decided it.',
    result: object({ signed_header: ref('SignedHeader'), canonical: flag })
  },
  header: {
    group: 'Blocks',
    summary: 'The header at a height, or the newest.',
    result: object({ header: orNull(ref('Header')) })
  },
  header_by_hash: {
    group: 'Blocks',
    summary: 'The header with a hash.',
    result: object({ header: orNull(ref('Header')) })
  },
  block_search: {
    group: 'Blocks',
    summary: 'Blocks by their events.',
    result: object({ blocks: listOf(ref('BlockResult')), total_count: int64 })
  },
  tx: { group: 'Transactions', summary: 'A committed transaction by its hash.', result: ref('Tx') },
  tx_search: {
    group: 'Transactions',
    summary: 'Committed transactions by their events.',
    result: object({ txs: listOf(ref('Tx')), total_count: int64 })
  },
  check_tx: {
    group: 'Transactions',
    summary: 'Asks the application about a transaction; the pool does not hear of it.',
    result: ref('TxResult')
  },
  broadcast_tx_async: {
    group: 'Transactions',
    summary: 'Hands in a transaction and does not wait for its check.',
    result: ref('BroadcastResult')
  },
  broadcast_tx_sync: {
    group: 'Transactions',
    summary: 'Hands in a transaction and waits for its check.',
    result: ref('BroadcastResult')
  },
  broadcast_tx_commit: {
    group: 'Transactions',
    summary: 'Hands in a transaction and waits until a block has it.',
    result: object({ check_tx: ref('TxResult'), tx_result: ref('TxResult'), hash: hex, height: int64 })
  },
  unconfirmed_txs: {
    group: 'Transactions',
    summary: 'The first waiting transactions.',
    result: object({ ...txPool, txs: listOf(bytes) })
  },
  num_unconfirmed_txs: {
    group: 'Transactions',
    summary: 'How many transactions wait.',
    result: object({ ...txPool, txs: { type: 'null' } })
  },
  validators: {
    group: 'Consensus',
    summary: 'The set that signs a height.',
    result: object({ block_height: int64, validators: listOf(ref('Validator')), count: int64, total: int64 })
  },
  consensus_params: {
    group: 'Consensus',
    summary: 'The parameters in force at a height.',
    result: object({ block_height: int64, consensus_params: ref('ConsensusParams') })
  },
  consensus_state: {
    group: 'Consensus',
    summary: 'The height being decided, in short.',
    result: object({
      round_state: object({
        'height/round/step': text,
        start_time: time,
        proposal_block_hash: hex,
        locked_block_hash: hex,
        valid_block_hash: hex,
        height_vote_set: listOf(ref('RoundVotes')),
        proposer: object({ address: hex, index: whole })
      })
    })
  },
  dump_consensus_state: {
    group: 'Consensus',
    summary: 'The height being decided, with everything known of it and of the peers.',
    result: object({
      round_state: object({
        height: int64,
        round: whole,
        step: whole,
        start_time: time,
        commit_time: time,
        validators: ref('ValidatorSet'),
        proposal: orNull(ref('Proposal')),
        proposal_block: block,
        proposal_block_parts: parts,
        locked_round: whole,
        locked_block: block,
        locked_block_parts: parts,
        valid_round: whole,
        valid_block: block,
        valid_block_parts: parts,
        votes: listOf(ref('RoundVotes')),
        commit_round: whole,
        last_commit: orNull(
          object({ votes: listOf(text), votes_bit_array: text, peer_maj_23s: mapOf(anything) })
        ),
        last_validators: ref('ValidatorSet'),
        triggered_timeout_precommit: flag
      }),
      peers: listOf(
        object({
          node_address: text,
          peer_state: object({
            round_state: object({
              height: int64,
              round: whole,
              step: whole,
              start_time: time,
              proposal: flag,
              proposal_block_part_set_header: ref('PartSetHeader'),
              proposal_block_parts: orNull(text),
              proposal_pol_round: whole,
              proposal_pol: orNull(text),
              prevotes: orNull(text),
              precommits: orNull(text),
              last_commit_round: whole,
              last_commit: orNull(text),
              catchup_commit_round: whole,
              catchup_commit: orNull(text)
            }),
            stats: object({ votes: int64, block_parts: int64 })
          })
        })
      )
    })
  },
  consensus_diagnosis: {
    group: 'Consensus',
    summary: 'Why the chain goes on or does not, in one sentence, with the numbers behind it.',
    result: DIAGNOSIS
  },
  abci_info: {
    group: 'Application',
    summary: 'What the application says of itself.',
    result: object({
      response: object({
        'data?': text,
        'version?': text,
        'app_version?': int64,
        'last_block_height?': int64,
        'last_block_app_hash?': bytes
      })
    })
  },
  abci_query: {
    group: 'Application',
    summary: 'Asks the application.',
    result: object({
      response: object({
        code: whole,
        log: text,
        info: text,
        index: int64,
        key: orNull(bytes),
        value: orNull(bytes),
        proofOps: orNull(
          object({ ops: listOf(object({ type: text, key: orNull(bytes), data: orNull(bytes) })) })
        ),
        height: int64,
        codespace: text
      })
    })
  },
  broadcast_evidence: {
    group: 'Evidence',
    summary: 'Hands in proof of an offence.',
    result: object({ hash: bytes })
  },
  evidence: { group: 'Evidence', summary: 'An offence by its hash.', result: ref('Fault') },
  evidence_search: {
    group: 'Evidence',
    summary: 'Offences by validator, kind, status and height.',
    result: object({ evidence: listOf(ref('Fault')), total_count: int64 })
  },
  slashes: {
    group: 'Evidence',
    summary: 'What blocks took from validators.',
    result: object({ slashes: listOf(ref('Slash')), total_count: int64 })
  },
  signing_info: {
    group: 'Evidence',
    summary: 'How one validator signs.',
    result: object({ source, val_signing_info: ref('SigningInfo') })
  },
  signing_infos: {
    group: 'Evidence',
    summary: 'How all validators sign.',
    result: object({ source, info: listOf(ref('SigningInfo')), total: int64 })
  },
  slashing_params: {
    group: 'Evidence',
    summary: 'By what rules validators are jailed and slashed.',
    result: object({
      source,
      params: object({
        signed_blocks_window: int64,
        min_signed_per_window: text,
        downtime_jail_duration: orNull(int64),
        slash_fraction_double_sign: orNull(text),
        slash_fraction_downtime: orNull(text),
        correlation_window_blocks: orNull(int64)
      })
    })
  },
  subscribe: { group: 'Events', summary: 'Sends events that match a query from now on.', result: nothing },
  unsubscribe: { group: 'Events', summary: 'Ends one subscription of the connection.', result: nothing },
  unsubscribe_all: { group: 'Events', summary: 'Ends all subscriptions of the connection.', result: nothing },
  dial_seeds: { group: 'Unsafe', summary: 'Dials seeds.', result: object({ log: text }) },
  dial_peers: { group: 'Unsafe', summary: 'Dials peers.', result: object({ log: text }) },
  unsafe_flush_mempool: { group: 'Unsafe', summary: 'Forgets all waiting transactions.', result: nothing }
}
