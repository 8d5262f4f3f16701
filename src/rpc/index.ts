export type * from './node-view.ts'
export { DEFAULT_RPC_CONFIG, type RpcConfig } from './rpc-config.ts'
export { RpcError, RpcServerError } from './rpc-error.ts'
export { RpcServer, type RpcServerParts } from './rpc-server.ts'
