import { errorMessage } from '../util/index.ts'
import { CliError } from './cli-error.ts'

const TIMEOUT_MS = 30_000

export interface RpcClient {
  /** The http URL of the node. */
  readonly url: string
  /** The `result` of a call. Throws CliError: NO_ANSWER, or RPC_ERROR with what the node said. */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** A client of the JSON-RPC server at `url`. */
export function makeRpcClient(url: string, timeoutMs: number = TIMEOUT_MS): RpcClient {
  return {
    url,
    async call(method, params = {}) {
      const given = Object.entries(params).filter(([, value]) => value !== undefined)
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: Object.fromEntries(given) })
      const text = await post(url, body, timeoutMs)
      return readAnswer(url, text)
    }
  }
}

async function post(url: string, body: string, timeoutMs: number): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs)
    })
    return await response.text()
  } catch (error) {
    throw new CliError('NO_ANSWER', `no node answers at ${url}: ${whyNoAnswer(error, timeoutMs)}`, {
      cause: error
    })
  }
}

function whyNoAnswer(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `nothing came within ${timeoutMs / 1000} s`
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') return 'connection refused; is the node running? --node says where it listens'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host'
  return errorMessage(cause) || String(code)
}

function readAnswer(url: string, text: string): unknown {
  const answer = parseObject(text)
  if (answer === null) {
    throw new CliError('NO_ANSWER', `what answers at ${url} is no node: expected JSON-RPC`)
  }
  if (answer.error !== undefined && answer.error !== null)
    throw new CliError('RPC_ERROR', rpcErrorText(answer.error))
  if (!('result' in answer))
    throw new CliError('NO_ANSWER', `what answers at ${url} is no node: no result came`)
  return answer.result
}

function parseObject(text: string): { readonly error?: unknown; readonly result?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}

/** CometBFT puts the reason into `data` and a general phrase into `message`. */
function rpcErrorText(error: unknown): string {
  if (typeof error !== 'object' || error === null)
    return `the node answered an error: ${JSON.stringify(error)}`
  const { message, data } = error as { message?: unknown; data?: unknown }
  const reason = typeof data === 'string' && data !== '' ? data : message
  return `the node answered: ${typeof reason === 'string' ? reason : JSON.stringify(error)}`
}
