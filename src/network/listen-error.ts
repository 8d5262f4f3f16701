import { errorMessage } from '../util/index.ts'
import { NetworkError } from './network-error.ts'

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/EADDRINUSE/, 'the address is in use, by another node or another program'],
  [/EADDRNOTAVAIL/, 'this machine does not have the address'],
  [/EACCES/, 'permission denied (ports below 1024 need privileges)']
]

/** What went wrong when listening, as the one line an operator needs. */
export function listenError(addresses: readonly string[], error: unknown): NetworkError {
  const text = errorMessage(error)
  const reason = REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? text.replace(/\s+/g, ' ').trim()
  return new NetworkError('LISTEN_FAILED', `cannot listen on ${addresses.join(', ')}: ${reason}`, {
    cause: error
  })
}
