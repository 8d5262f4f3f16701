import { PnyxError } from '../util/index.ts'

export type NetworkErrorCode =
  | 'TIMEOUT'
  | 'PEER_GONE'
  | 'REFUSED'
  | 'TOO_LARGE'
  | 'LISTEN_FAILED'
  | 'BAD_ADDRESS'
  | 'STOPPED'

export class NetworkError extends PnyxError<NetworkErrorCode> {}
