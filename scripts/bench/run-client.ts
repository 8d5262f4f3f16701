import { fork } from 'node:child_process'
import { join } from 'node:path'
import { LoadError } from './raw-http.ts'

/** What a client in a process of its own tells the benchmark. */
export type ClientMessage<Result> =
  | { readonly kind: 'measuring' }
  | { readonly kind: 'measured' }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Runs a client, a file beside this one, in a process of its own with `plan`. `onMeasuring` and `onMeasured` frame what
 * its result counts.
 */
export function runClient<Plan extends object, Result>(
  file: string,
  plan: Plan,
  onMeasuring: () => void,
  onMeasured: () => void
): Promise<Result> {
  const child = fork(join(import.meta.dirname, file), { execArgv: ['--import', 'tsx'] })
  return new Promise((resolve, reject) => {
    child.on('message', (message: ClientMessage<Result>) => {
      if (message.kind === 'measuring') onMeasuring()
      else if (message.kind === 'measured') onMeasured()
      else if (message.kind === 'result') resolve(message.result)
      else reject(new LoadError('CLIENT_FAILED', `the load client failed: ${message.reason}`))
    })
    child.once('exit', code => reject(new LoadError('CLIENT_FAILED', `the load client ended with ${code}`)))
    child.send(plan)
  })
}
