const WIDTH = 30
const REDRAW_MS = 100

/** A line on the terminal that says how far a sweep is; nothing where there is no terminal. */
export class ProgressBar {
  readonly #out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>
  readonly #total: number
  readonly #startedMs: number
  #drawnMs = 0

  constructor(out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>, total: number, nowMs: number) {
    this.#out = out
    this.#total = total
    this.#startedMs = nowMs
  }

  draw(done: number, text: string, nowMs: number): void {
    if (!this.#out.isTTY || (nowMs - this.#drawnMs < REDRAW_MS && done < this.#total)) return
    this.#drawnMs = nowMs
    const share = Math.min(1, done / Math.max(1, this.#total))
    const bar = '#'.repeat(Math.round(WIDTH * share)).padEnd(WIDTH, '.')
    const left = share > 0 ? ((nowMs - this.#startedMs) / share) * (1 - share) : 0
    this.#out.write(`\r[${bar}] ${done}/${this.#total}, ${text}, ${duration(left)} left `)
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
  }
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
