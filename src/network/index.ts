export * from './network.ts'
export { NetworkError, type NetworkErrorCode } from './network-error.ts'
