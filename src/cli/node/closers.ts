import { errorMessage, type Logger } from '../../util/index.ts'

/** Closes what was opened, newest first; every step is tried. */
export class Closers {
  readonly #logger: Logger
  readonly #steps: (() => Promise<void>)[] = []

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(step: () => Promise<void>): void {
    this.#steps.push(step)
  }

  async closeAll(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        this.#logger.warn('could not close everything', { reason: errorMessage(error) })
      }
    }
  }
}
