export type * from './fault-view.ts'
export { evidenceToJson } from './json/evidence.ts'
export type { Json, JsonObject } from './json/json.ts'
export { MetricsEndpoint, type MetricsEndpointParts } from './metrics-endpoint.ts'
export type * from './node-view.ts'
export {
  evidenceFromJson,
  signedHeaderFromJson,
  validatorSetOf,
  validatorsFromJson
} from './params/evidence.ts'
export { PrometheusMetrics } from './prometheus-metrics.ts'
export { DEFAULT_RPC_CONFIG, type RpcConfig } from './rpc-config.ts'
export { RpcError, RpcServerError } from './rpc-error.ts'
export { RpcServer, type RpcServerParts } from './rpc-server.ts'
