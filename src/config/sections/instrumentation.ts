import { parseTcpAddress } from '../address.ts'
import { flag, integer, parsed, type Section, text } from '../field.ts'

export const instrumentationSection = {
  table: 'instrumentation',
  comment: 'Prometheus metrics, under the names CometBFT v0.38 uses.',
  fields: {
    prometheus: flag(false, { key: 'prometheus', comment: 'Serve /metrics.' }),
    prometheusListenAddr: parsed('127.0.0.1:26660', {
      key: 'prometheus_listen_addr',
      allowed: 'HOST:PORT, or :PORT for every interface',
      read: parseTcpAddress,
      comment: 'Where /metrics is served.'
    }),
    maxOpenConnections: integer(3, {
      key: 'max_open_connections',
      min: 1,
      max: 10_000,
      comment: 'Scrapes answered at the same time.'
    }),
    namespace: text('cometbft', {
      key: 'namespace',
      allowed: 'letters, digits and _, not starting with a digit',
      pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
      comment: 'What every metric name starts with.'
    })
  },
  withoutEffect: []
} as const satisfies Section
