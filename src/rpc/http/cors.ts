import type { IncomingHttpHeaders } from 'node:http'
import type { RpcConfig } from '../rpc-config.ts'

/** Headers for one request, or null when its origin may not read the answer. */
export type CorsHeaders = Readonly<Record<string, string>> | null

/**
 * Cross-origin rules. Off (undefined) without allowed origins, as in CometBFT: then no header is sent and browsers keep
 * pages of other origins from reading answers.
 */
export function makeCorsRules(
  config: Pick<RpcConfig, 'corsAllowedOrigins' | 'corsAllowedMethods' | 'corsAllowedHeaders'>
): ((headers: IncomingHttpHeaders, isPreflight: boolean) => CorsHeaders) | undefined {
  if (config.corsAllowedOrigins.length === 0) return undefined
  const any = config.corsAllowedOrigins.includes('*')
  const patterns = config.corsAllowedOrigins.map(originPattern)
  return (headers, isPreflight) => {
    const { origin } = headers
    if (origin === undefined || !(any || patterns.some(pattern => pattern.test(origin)))) return null
    const allowed = { 'access-control-allow-origin': any ? '*' : origin, vary: 'Origin' }
    if (!isPreflight) return allowed
    return {
      ...allowed,
      'access-control-allow-methods': config.corsAllowedMethods.join(', '),
      'access-control-allow-headers': config.corsAllowedHeaders.join(', ')
    }
  }
}

/** `*` in an origin stands for any text without a slash, as in `https://*.example.org`. */
function originPattern(origin: string): RegExp {
  const literal = origin.split('*').map(part => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'))
  return new RegExp(`^${literal.join('[^/]*')}$`, 'i')
}
