import type { Snapshot } from './poll.ts'

/** How far back the block interval is averaged. */
const WINDOW_MS = 20_000

const DESCRIPTION_WIDTH = 73

/** What is shown of one validator. */
export interface ValidatorLine {
  readonly name: string
  /** Null before its first answer. */
  readonly snapshot: Snapshot | null
  /** Null while too few blocks were seen. */
  readonly blockIntervalMs: number | null
  readonly state: 'starting' | 'running' | 'silent' | 'stopped'
  readonly url: string
}

/** The mean time between blocks over the last while, from the snapshots of one validator. */
export class BlockInterval {
  #samples: readonly Snapshot[] = []

  add(snapshot: Snapshot): void {
    const recent = this.#samples.filter(({ atMs }) => snapshot.atMs - atMs <= WINDOW_MS)
    this.#samples = [...recent, snapshot]
  }

  /** Null until the height has changed twice: the time before the first change seen is cut off at an unknown place. */
  get meanMs(): number | null {
    const changes = this.#samples.filter(
      (sample, i) => i > 0 && sample.height !== this.#samples[i - 1]!.height
    )
    const [first, last] = [changes[0], changes.at(-1)]
    if (first === undefined || last === undefined || last.height <= first.height) return null
    return (last.atMs - first.atMs) / (last.height - first.height)
  }
}

/** One line a validator, columns aligned. */
export function renderLines(lines: readonly ValidatorLine[]): string[] {
  const width = Math.max(...lines.map(({ name }) => name.length))
  return lines.map(line => renderLine(line, width))
}

function renderLine(line: ValidatorLine, width: number): string {
  return [line.name.padEnd(width), describe(line).padEnd(DESCRIPTION_WIDTH), line.url].join('  ')
}

function describe({ snapshot, blockIntervalMs, state }: ValidatorLine): string {
  if (snapshot === null || state === 'stopped') return state
  const interval = blockIntervalMs === null ? '-' : `${(blockIntervalMs / 1000).toFixed(2)}s`
  const step = state === 'silent' ? 'no answer' : snapshot.isCatchingUp ? 'catching up' : snapshot.step
  return [
    `height ${String(snapshot.height).padEnd(6)}`,
    `round ${String(snapshot.round).padEnd(2)}`,
    step.padEnd(14),
    `peers ${String(snapshot.peers).padEnd(2)}`,
    `txs ${String(snapshot.txs).padEnd(5)}`,
    `block ${interval.padStart(5)}`
  ].join('  ')
}

/** Where the lines go: drawn over each other on a terminal, one after another elsewhere. */
export class Screen {
  readonly #out: NodeJS.WriteStream
  #drawn = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  get isTerminal(): boolean {
    return this.#out.isTTY
  }

  /** Prints a line that stays. */
  say(line: string): void {
    this.#erase()
    this.#out.write(`${line}\n`)
  }

  /** Shows the lines in place of those shown before. */
  draw(lines: readonly string[]): void {
    this.#erase()
    const columns = this.#out.columns ?? 0
    const shown = this.isTerminal && columns > 0 ? lines.map(line => line.slice(0, columns - 1)) : lines
    this.#out.write(`${shown.join('\n')}\n`)
    if (this.isTerminal) this.#drawn = lines.length
  }

  #erase(): void {
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\u001b[J`)
    this.#drawn = 0
  }
}
