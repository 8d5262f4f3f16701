/** Calls of the caller's functions: what they throw is reported and goes no further. */
export class ProviderCalls {
  readonly #running = new Set<Promise<void>>()
  readonly #failed: (provider: string, error: unknown) => void

  constructor(failed: (provider: string, error: unknown) => void) {
    this.#failed = failed
  }

  get isBusy(): boolean {
    return this.#running.size > 0
  }

  /** Runs beside the mailbox, so that a slow provider holds nothing up. */
  begin(provider: string, action: () => Promise<void>): void {
    const call = action()
      .catch(error => this.#failed(provider, error))
      .finally(() => this.#running.delete(call))
    this.#running.add(call)
  }

  guard(provider: string, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#failed(provider, error)
    }
  }

  /** Resolves when every call that runs now has come back. */
  async idle(): Promise<void> {
    await Promise.all(this.#running)
  }
}
