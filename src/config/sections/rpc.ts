import { parseTcpAddress, TCP_ADDRESS_FORMS } from '../address.ts'
import { duration, flag, integer, list, parsed, type Section, text } from '../field.ts'

const fields = {
  laddr: parsed('tcp://127.0.0.1:26657', {
    key: 'laddr',
    allowed: `${TCP_ADDRESS_FORMS}, or "" for no RPC server`,
    read: given => (given === '' ? null : parseTcpAddress(given)),
    comment:
      'Where the RPC server listens. It has no passwords: keep it on this machine, or behind a proxy. "" is off.'
  }),
  corsAllowedOrigins: list([], {
    key: 'cors_allowed_origins',
    comment: 'Web pages that may call the RPC server, such as ["https://explorer.example"]; none when empty.'
  }),
  corsAllowedMethods: list(['HEAD', 'GET', 'POST'], {
    key: 'cors_allowed_methods',
    comment: 'HTTP methods those pages may use.'
  }),
  corsAllowedHeaders: list(['Origin', 'Accept', 'Content-Type', 'X-Requested-With', 'X-Server-Time'], {
    key: 'cors_allowed_headers',
    comment: 'HTTP headers those pages may send.'
  }),
  allowedHosts: list([], {
    key: 'allowed_hosts',
    comment:
      'Pnyx\'s own: names the Host header of a request may carry, such as ["localhost", "127.0.0.1"]; any when empty. ' +
      'It stops web pages that make their own name point to this machine.'
  }),
  unsafe: flag(false, {
    key: 'unsafe',
    comment:
      'Serve the methods that change the node (dial_peers, unsafe_flush_mempool). Never where others can call.'
  }),
  maxOpenConnections: integer(900, {
    key: 'max_open_connections',
    min: 1,
    max: 100_000,
    comment: 'Connections at the same time, HTTP and websocket together.'
  }),
  maxSubscriptionClients: integer(100, {
    key: 'max_subscription_clients',
    min: 0,
    max: 100_000,
    comment: 'Websocket clients that may subscribe at the same time.'
  }),
  maxSubscriptionsPerClient: integer(5, {
    key: 'max_subscriptions_per_client',
    min: 0,
    max: 10_000,
    comment: 'Subscriptions of one client.'
  }),
  subscriptionBufferSize: integer(200, {
    key: 'experimental_subscription_buffer_size',
    min: 1,
    max: 100_000,
    comment: 'Events kept for a client that reads slowly.'
  }),
  closeOnSlowClient: flag(false, {
    key: 'experimental_close_on_slow_client',
    comment:
      'When more wait: close the connection (true), or end the subscription (false); the client is told why.'
  }),
  timeoutBroadcastTxCommitMs: duration('10s', {
    key: 'timeout_broadcast_tx_commit',
    min: '1ms',
    max: '1h',
    comment: 'How long broadcast_tx_commit waits for the block.'
  }),
  maxRequestBatchSize: integer(100, {
    key: 'max_request_batch_size',
    min: 1,
    max: 10_000,
    comment: 'Calls in one JSON-RPC batch.'
  }),
  maxBodyBytes: integer(1_000_000, {
    key: 'max_body_bytes',
    min: 1_000,
    max: 100_000_000,
    comment: 'Largest request body, in bytes.'
  }),
  maxHeaderBytes: integer(1_048_576, {
    key: 'max_header_bytes',
    min: 1_024,
    max: 16_777_216,
    comment: 'Largest request header, in bytes.'
  }),
  tlsCertFile: text('', {
    key: 'tls_cert_file',
    comment: 'Certificate and key for https, both or neither; a relative path is seen from config/.'
  }),
  tlsKeyFile: text('', { key: 'tls_key_file', comment: 'See tls_cert_file.' })
}

export const rpcSection = {
  table: 'rpc',
  comment: 'The JSON-RPC server that wallets, explorers and `pnyx query` talk to.',
  fields,
  withoutEffect: [
    { key: 'grpc_laddr', reason: 'there is no gRPC server', usual: '' },
    { key: 'grpc_max_open_connections', reason: 'there is no gRPC server', usual: 900 },
    {
      key: 'experimental_websocket_write_buffer_size',
      reason: 'experimental_subscription_buffer_size bounds what a slow client may leave unread',
      usual: 200
    },
    { key: 'pprof_laddr', reason: 'use `node --inspect` or `--cpu-prof`', usual: '' }
  ]
} as const satisfies Section
