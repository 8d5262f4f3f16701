import type { IncomingHttpHeaders } from 'node:http'
import type { RpcConfig } from '../rpc-config.ts'
import { matchesOrigin } from './host-rules.ts'

/** Headers for one request, or null when its origin may not read the answer. */
export type CorsHeaders = Readonly<Record<string, string>> | null

/**
 * Cross-origin rules. Undefined without allowed origins, as in CometBFT: then no header is sent and browsers keep pages
 * of other origins from reading answers.
 */
export function makeCorsRules(
  config: Pick<RpcConfig, 'corsAllowedOrigins' | 'corsAllowedMethods' | 'corsAllowedHeaders'>
): ((headers: IncomingHttpHeaders, isPreflight: boolean) => CorsHeaders) | undefined {
  const { corsAllowedOrigins, corsAllowedMethods, corsAllowedHeaders } = config
  if (corsAllowedOrigins.length === 0) return undefined
  const any = corsAllowedOrigins.includes('*')
  return ({ origin }, isPreflight) => {
    if (origin === undefined || !matchesOrigin(origin, corsAllowedOrigins)) return null
    const allowed = { 'access-control-allow-origin': any ? '*' : origin, vary: 'Origin' }
    if (!isPreflight) return allowed
    return {
      ...allowed,
      'access-control-allow-methods': corsAllowedMethods.join(', '),
      'access-control-allow-headers': corsAllowedHeaders.join(', ')
    }
  }
}
