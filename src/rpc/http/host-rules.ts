/**
 * True when the Host header names one of `allowed`, whatever the port. A page that rebinds its DNS name to this machine
 * sends its own name here, which is how it is told apart from a local client.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (host === undefined) return false
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return allowed.some(entry => entry.toLowerCase() === name)
}
