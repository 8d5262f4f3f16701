import type { Clock } from '../util/index.ts'
import { isPrivateIp } from './peer-address.ts'

/** New connections one public address may open at once, and how fast that allowance comes back. */
const BURST = 20
const PER_SECOND = 2
const MAX_TRACKED_ADDRESSES = 2_048

interface Allowance {
  tokens: number
  atMs: number
}

/**
 * Limits how fast a public IP address may open connections, before any handshake costs CPU. Private addresses are not
 * limited: a rack of validators, or a test, restarts all at once.
 */
export class IpLimiter {
  readonly #clock: Clock
  readonly #allowances = new Map<string, Allowance>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes one connection from the address's allowance; false when there is none left. */
  take(address: string): boolean {
    if (address === '' || isPrivateIp(address)) return true
    const now = this.#clock.monotonic()
    const known = this.#allowances.get(address)
    const tokens =
      known === undefined ? BURST : Math.min(BURST, known.tokens + ((now - known.atMs) / 1_000) * PER_SECOND)
    this.#allowances.delete(address)
    this.#allowances.set(address, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: now })
    if (this.#allowances.size > MAX_TRACKED_ADDRESSES) {
      for (const oldest of this.#allowances.keys()) {
        this.#allowances.delete(oldest)
        break
      }
    }
    return tokens >= 1
  }

  get size(): number {
    return this.#allowances.size
  }
}
