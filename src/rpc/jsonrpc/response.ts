import { RPC_ERROR, type RpcErrorKind } from '../rpc-error.ts'
import type { RequestId } from './request.ts'

/** Text of a successful answer around the text of its result. */
export function successText(id: RequestId, result: string): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"result":${result}}`
}

/** Text of an error answer; `data` is left out when empty. */
export function errorText(id: RequestId | null, kind: RpcErrorKind, data: string): string {
  const { code, message } = RPC_ERROR[kind]
  const dataText = data === '' ? '' : `,"data":${JSON.stringify(data)}`
  return `{"jsonrpc":"2.0","id":${idText(id)},"error":{"code":${code},"message":"${message}"${dataText}}}`
}

function idText(id: RequestId | null): string {
  return typeof id === 'string' ? JSON.stringify(id) : String(id)
}
