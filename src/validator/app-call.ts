import { errorMessage, PnyxError } from '../util/index.ts'

/** The application failed or broke ABCI's contract. The node stops: what the app did not do cannot be agreed about. */
export class AppCallError extends PnyxError<
  'APP_FAILED' | 'APP_BAD_RESPONSE' | 'APP_HASH_MISMATCH' | 'APP_AHEAD' | 'APP_BEHIND_BASE'
> {}

/** Runs one call of the application and gives its failure a code and the name of the call. */
export async function callApp<T>(method: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (cause instanceof AppCallError) throw cause
    throw new AppCallError('APP_FAILED', `the application failed in ${method}: ${errorMessage(cause)}`, {
      cause
    })
  }
}
