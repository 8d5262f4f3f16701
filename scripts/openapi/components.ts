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
const params = (schema: (fields: Readonly<Record<string, Schema>>) => Schema): Schema =>
  schema({
    block: object({ max_bytes: int64, max_gas: int64 }),
    evidence: object({ max_age_num_blocks: int64, max_age_duration: int64, max_bytes: int64 }),
    validator: object({ pub_key_types: listOf(text) }),
    version: object({ 'app?': int64 }),
    abci: object({ 'vote_extensions_enable_height?': int64 })
  })

const result = {
  code: { ...whole, description: '0 is success; others are those of the application.' },
  data: orNull(bytes),
  log: text,
  info: text,
  gas_wanted: int64,
  gas_used: int64,
  events: listOf(ref('Event')),
  codespace: text
}

const monitor = object({
  Start: time,
  Bytes: int64,
  Samples: int64,
  InstRate: int64,
  CurRate: int64,
  AvgRate: int64,
  PeakRate: int64,
  BytesRem: int64,
  Duration: int64,
  Idle: int64,
  TimeRem: int64,
  Progress: { type: 'number' },
  Active: flag
})

/** The parts that answers are made of. */
export const COMPONENTS: Readonly<Record<string, Schema>> = {
  Int64: {
    type: 'string',
    pattern: '^-?[0-9]{1,20}$',
    description: 'A 64-bit integer as text, since JSON numbers of that size are not exact everywhere.'
  },
  Hex: { type: 'string', pattern: '^([0-9A-F]{2})*$', description: 'Bytes in upper-case hex.' },
  Base64: { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$', description: 'Bytes in base64 with padding.' },
  Time: {
    type: 'string',
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$',
    description: 'RFC 3339 in UTC, with as many digits as it needs.'
  },
  Error: object({ code: whole, message: text, 'data?': text }),
  PublicKey: object({
    type: oneWord('tendermint/PubKeyEd25519', 'tendermint/PubKeySecp256k1'),
    value: bytes
  }),
  PartSetHeader: object({ total: whole, hash: hex }),
  BlockId: object({ hash: hex, parts: ref('PartSetHeader') }, 'Empty hashes stand for nil.'),
  Header: object({
    version: object({ block: int64, 'app?': int64 }),
    chain_id: text,
    height: int64,
    time,
    last_block_id: ref('BlockId'),
    last_commit_hash: hex,
    data_hash: hex,
    validators_hash: hex,
    next_validators_hash: hex,
    consensus_hash: hex,
    app_hash: hex,
    last_results_hash: hex,
    evidence_hash: hex,
    proposer_address: hex
  }),
  Commit: object({
    height: int64,
    round: whole,
    block_id: ref('BlockId'),
    signatures: listOf(
      object({
        block_id_flag: {
          type: 'integer',
          enum: [1, 2, 3],
          description: '1 absent, 2 for the block, 3 for nil.'
        },
        validator_address: hex,
        timestamp: time,
        signature: orNull(bytes)
      })
    )
  }),
  SignedHeader: object({ header: ref('Header'), commit: orNull(ref('Commit')) }),
  Vote: object({
    type: { type: 'integer', enum: [1, 2], description: '1 prevote, 2 precommit.' },
    height: int64,
    round: whole,
    block_id: ref('BlockId'),
    timestamp: time,
    validator_address: hex,
    validator_index: whole,
    signature: orNull(bytes),
    extension: orNull(bytes),
    extension_signature: orNull(bytes)
  }),
  Proposal: object({
    Type: whole,
    height: int64,
    round: whole,
    pol_round: whole,
    block_id: ref('BlockId'),
    timestamp: time,
    signature: orNull(bytes)
  }),
  Evidence: {
    description: 'What proves an offence. Fields have the names that Go gives them.',
    anyOf: [
      object({
        type: oneWord('tendermint/DuplicateVoteEvidence'),
        value: object({
          vote_a: ref('Vote'),
          vote_b: ref('Vote'),
          TotalVotingPower: int64,
          ValidatorPower: int64,
          Timestamp: time
        })
      }),
      object({
        type: oneWord('pnyx/DuplicateProposalEvidence'),
        value: object({
          proposal_a: ref('Proposal'),
          proposal_b: ref('Proposal'),
          ValidatorAddress: hex,
          TotalVotingPower: int64,
          ValidatorPower: int64,
          Timestamp: time
        })
      }),
      object({
        type: oneWord('tendermint/LightClientAttackEvidence'),
        value: object({
          ConflictingBlock: object({
            signed_header: ref('SignedHeader'),
            validator_set: ref('ValidatorSet')
          }),
          CommonHeight: int64,
          ByzantineValidators: orNull(listOf(ref('Validator'))),
          TotalVotingPower: int64,
          Timestamp: time
        })
      })
    ]
  },
  Block: object({
    header: ref('Header'),
    data: object({ txs: listOf(bytes) }),
    evidence: object({ evidence: listOf(ref('Evidence')) }),
    last_commit: orNull(ref('Commit'))
  }),
  BlockMeta: object({ block_id: ref('BlockId'), block_size: int64, header: ref('Header'), num_txs: int64 }),
  BlockResult: object({ block_id: ref('BlockId'), block: orNull(ref('Block')) }),
  EventAttribute: object({ key: text, value: text, index: flag }),
  Event: object({ 'type?': text, 'attributes?': listOf(ref('EventAttribute')) }),
  TxResult: object(result),
  Tx: object({
    hash: hex,
    height: int64,
    index: whole,
    tx_result: ref('TxResult'),
    tx: bytes,
    'proof?': object({
      root_hash: hex,
      data: bytes,
      proof: object({ total: int64, index: int64, leaf_hash: bytes, aunts: listOf(bytes) })
    })
  }),
  BroadcastResult: object({ code: whole, data: hex, log: text, codespace: text, hash: hex }),
  Validator: object({
    address: hex,
    pub_key: ref('PublicKey'),
    voting_power: int64,
    proposer_priority: int64
  }),
  ValidatorSet: object({ validators: listOf(ref('Validator')), proposer: orNull(ref('Validator')) }),
  ConsensusParams: params(object),
  NodeInfo: object({
    protocol_version: object({ p2p: int64, block: int64, app: int64 }),
    id: { type: 'string', pattern: '^[0-9a-f]{40}$' },
    listen_addr: text,
    network: text,
    version: text,
    channels: hex,
    moniker: text,
    other: mapOf(text)
  }),
  Peer: object({
    node_info: ref('NodeInfo'),
    is_outbound: flag,
    connection_status: object({
      Duration: int64,
      SendMonitor: monitor,
      RecvMonitor: monitor,
      Channels: listOf(anything)
    }),
    remote_ip: text
  }),
  RoundVotes: object({
    round: whole,
    prevotes: listOf(text),
    prevotes_bit_array: text,
    precommits: listOf(text),
    precommits_bit_array: text
  }),
  Fault: object({
    hash: hex,
    kind: oneWord('duplicate_vote', 'duplicate_proposal', 'light_client_attack', 'downtime'),
    status: oneWord('pending', 'committed', 'expired'),
    height: int64,
    committed_height: int64,
    validators: listOf(hex),
    evidence: orNull(ref('Evidence')),
    downtime: orNull(object({ window: int64, missed_blocks: int64, missed_bitmap: bytes, power: int64 }))
  }),
  Slash: object({
    height: int64,
    validator_address: hex,
    reason: text,
    power: orNull(int64),
    fraction: orNull(text),
    burned: orNull(int64),
    jailed: flag,
    tombstoned: flag,
    voting_power_before: orNull(int64),
    voting_power_after: orNull(int64)
  }),
  SigningInfo: object({
    address: hex,
    start_height: int64,
    index_offset: int64,
    jailed_until: time,
    tombstoned: flag,
    missed_blocks_counter: int64
  })
}
