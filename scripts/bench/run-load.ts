import type { LoadPlan, LoadResult } from './load-plan.ts'
import { runClient } from './run-client.ts'

/** Runs the load client in a process of its own. `onMeasuring` and `onMeasured` frame what its result counts. */
export function runLoad(
  plan: LoadPlan,
  onMeasuring: () => void,
  onMeasured: () => void
): Promise<LoadResult> {
  return runClient('load-client.ts', plan, onMeasuring, onMeasured)
}
