export { assert, unreachable } from './assert.ts'
export type { Clock, Timer } from './clock.ts'
export { errorMessage, InvariantError, PnyxError } from './errors.ts'
export { GenerationCache } from './generation-cache.ts'
export { type LogContext, type Logger, silentLogger } from './logger.ts'
export {
  BoundedLabel,
  type Counter,
  type Gauge,
  type Histogram,
  type Labels,
  type Metrics,
  noMetrics
} from './metrics.ts'
