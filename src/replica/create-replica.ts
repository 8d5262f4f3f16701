import type { ReplicaOptions } from './providers.ts'
import { Replica } from './replica.ts'
import { ReplicaError } from './replica-error.ts'

/**
 * Makes a replica; `start` sets it going. Throws a `ReplicaError` with code BAD_OPTIONS when something is missing or
 * out of range, before anything runs.
 */
export function createReplica<T>(options: ReplicaOptions<T>): Replica<T> {
  const fault = faultIn(options)
  if (fault !== null) throw new ReplicaError('BAD_OPTIONS', fault)
  return new Replica(options)
}

const REQUIRED_PROVIDERS = [
  'members',
  'proposer',
  'valueId',
  'build',
  'validate',
  'apply',
  'sign',
  'verify',
  'send'
] as const

function faultIn<T>({
  domain,
  providers,
  timing,
  firstHeight,
  traceLines
}: ReplicaOptions<T>): string | null {
  if (domain === '') return 'domain is empty: signatures would be valid in every network without one'
  const missing = REQUIRED_PROVIDERS.filter(name => typeof providers[name] !== 'function')
  if (missing.length > 0) return `providers are missing: ${missing.join(', ')}`
  for (const [name, ms] of Object.entries(timing ?? {})) {
    if (!Number.isFinite(ms) || ms < 0) return `timing.${name} is ${ms}, not milliseconds`
  }
  if (timing?.resendMs === 0) return 'timing.resendMs is 0: messages would be sent again without pause'
  if (firstHeight !== undefined && !(Number.isSafeInteger(firstHeight) && firstHeight >= 1)) {
    return `firstHeight is ${firstHeight}, not a height from 1 up`
  }
  if (traceLines !== undefined && !(Number.isSafeInteger(traceLines) && traceLines >= 0)) {
    return `traceLines is ${traceLines}, not a number of lines`
  }
  return null
}
