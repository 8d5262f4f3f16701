import type { IncomingHttpHeaders } from 'node:http'

/**
 * True when the Host header names one of `allowed`, whatever the port. A page that rebinds its DNS name to this machine
 * sends its own name here, which is how it is told apart from a local client.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return allowed.some(entry => entry.toLowerCase() === name)
}

/** True for a request without an origin (no browser), from this server's own origin, or from one that is allowed. */
export function isAllowedOrigin({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin === undefined) return true
  return origin.replace(/^https?:\/\//i, '') === host || matchesOrigin(origin, allowed)
}

/** True when `origin` is one of `allowed`, in which `*` stands for any text without a slash. */
export function matchesOrigin(origin: string, allowed: readonly string[]): boolean {
  return allowed.some(entry => entry === '*' || originPattern(entry).test(origin))
}

function originPattern(origin: string): RegExp {
  const literal = origin.split('*').map(part => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'))
  return new RegExp(`^${literal.join('[^/]*')}$`, 'i')
}
