import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { LoadMessage, LoadPlan, LoadResult } from './load-plan.ts'
import { LoadError } from './raw-http.ts'

/** Runs the load client in a process of its own. `onMeasuring` and `onMeasured` frame what its result counts. */
export function runLoad(
  plan: LoadPlan,
  onMeasuring: () => void,
  onMeasured: () => void
): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'load-client.ts'), { execArgv: ['--import', 'tsx'] })
  return new Promise((resolve, reject) => {
    child.on('message', (message: LoadMessage) => {
      if (message.kind === 'measuring') onMeasuring()
      else if (message.kind === 'measured') onMeasured()
      else if (message.kind === 'result') resolve(message.result)
      else reject(new LoadError('CLIENT_FAILED', `the load client failed: ${message.reason}`))
    })
    child.once('exit', code => reject(new LoadError('CLIENT_FAILED', `the load client ended with ${code}`)))
    child.send(plan)
  })
}
