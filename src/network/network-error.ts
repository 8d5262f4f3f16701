import { PnyxError } from '../util/index.ts'

export type NetworkErrorCode =
  | 'TIMEOUT'
  | 'PEER_GONE'
  | 'REFUSED'
  | 'TOO_LARGE'
  | 'LISTEN_FAILED'
  | 'BAD_ADDRESS'
  | 'BAD_KEY'
  | 'BAD_OPTIONS'
  | 'UNSUPPORTED'
  | 'STOPPED'

export class NetworkError extends PnyxError<NetworkErrorCode> {}
