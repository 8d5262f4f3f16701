import { describe, expect, it } from 'vitest'
import { resolveConfig, SECTIONS, type Section, settingName } from '../../../src/config/index.ts'

/** Every key of a config.toml of CometBFT v0.38, with its default. */
const COMETBFT_CONFIG = `
version = "0.38.25"
proxy_app = "tcp://127.0.0.1:26658"
moniker = "comet"
db_backend = "goleveldb"
db_dir = "data"
log_level = "info"
log_format = "plain"
genesis_file = "config/genesis.json"
priv_validator_key_file = "config/priv_validator_key.json"
priv_validator_state_file = "data/priv_validator_state.json"
priv_validator_laddr = ""
node_key_file = "config/node_key.json"
abci = "socket"
filter_peers = false
[rpc]
laddr = "tcp://127.0.0.1:26657"
cors_allowed_origins = []
cors_allowed_methods = ["HEAD", "GET", "POST", ]
cors_allowed_headers = ["Origin", "Accept", "Content-Type", "X-Requested-With", "X-Server-Time", ]
grpc_laddr = ""
grpc_max_open_connections = 900
unsafe = false
max_open_connections = 900
max_subscription_clients = 100
max_subscriptions_per_client = 5
experimental_subscription_buffer_size = 200
experimental_websocket_write_buffer_size = 200
experimental_close_on_slow_client = false
timeout_broadcast_tx_commit = "10s"
max_request_batch_size = 10
max_body_bytes = 1000000
max_header_bytes = 1048576
tls_cert_file = ""
tls_key_file = ""
pprof_laddr = ""
[p2p]
laddr = "tcp://0.0.0.0:26656"
external_address = ""
seeds = ""
persistent_peers = ""
addr_book_file = "config/addrbook.json"
addr_book_strict = true
max_num_inbound_peers = 40
max_num_outbound_peers = 10
unconditional_peer_ids = ""
persistent_peers_max_dial_period = "0s"
flush_throttle_timeout = "100ms"
max_packet_msg_payload_size = 1024
send_rate = 5120000
recv_rate = 5120000
pex = true
seed_mode = false
private_peer_ids = ""
allow_duplicate_ip = false
handshake_timeout = "20s"
dial_timeout = "3s"
[mempool]
type = "flood"
recheck = true
recheck_timeout = "1s"
broadcast = true
wal_dir = ""
size = 5000
max_txs_bytes = 1073741824
cache_size = 10000
keep-invalid-txs-in-cache = false
max_tx_bytes = 1048576
max_batch_bytes = 0
experimental_max_gossip_connections_to_persistent_peers = 0
experimental_max_gossip_connections_to_non_persistent_peers = 0
[statesync]
enable = false
rpc_servers = ""
trust_height = 0
trust_hash = ""
trust_period = "168h0m0s"
discovery_time = "15s"
temp_dir = ""
chunk_request_timeout = "10s"
chunk_fetchers = "4"
max_snapshot_chunks = 100000
[blocksync]
version = "v0"
[consensus]
wal_file = "data/cs.wal/wal"
timeout_propose = "3s"
timeout_propose_delta = "500ms"
timeout_prevote = "1s"
timeout_prevote_delta = "500ms"
timeout_precommit = "1s"
timeout_precommit_delta = "500ms"
timeout_commit = "1s"
double_sign_check_height = 0
skip_timeout_commit = false
create_empty_blocks = true
create_empty_blocks_interval = "0s"
peer_gossip_sleep_duration = "100ms"
peer_query_maj23_sleep_duration = "2s"
block_time_tolerance = "1m0s"
[storage]
discard_abci_responses = false
[tx_index]
indexer = "kv"
psql-conn = ""
[instrumentation]
prometheus = false
prometheus_listen_addr = ":26660"
max_open_connections = 3
namespace = "cometbft"
`

describe("CometBFT's config.toml", () => {
  const resolved = resolveConfig({
    fileText: COMETBFT_CONFIG,
    filePath: 'config.toml',
    environment: {},
    flags: {}
  })

  it('is accepted as it is', () => {
    expect(resolved.config.base.moniker).toBe('comet')
    expect(resolved.config.mempool.maxTxsBytes).toBe(1_073_741_824)
    expect(resolved.config.instrumentation.prometheusListenAddr).toEqual({ host: '0.0.0.0', port: 26660 })
  })

  it('has every key either used or named as having no effect', () => {
    const used = [...resolved.settings].filter(([, { source }]) => source === 'file').map(([name]) => name)
    const named = Object.values<Section>(SECTIONS).flatMap(section =>
      section.withoutEffect.map(known => settingName(section.table, known.key))
    )
    const warned = named.filter(name => resolved.warnings.some(line => line.includes(name)))
    expect(resolved.warnings).toHaveLength(1)
    expect(used.length + warned.length).toBe(COMETBFT_CONFIG.match(/^[\w-]+ = /gm)!.length)
  })
})
