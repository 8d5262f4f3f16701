import { setTimeout } from 'node:timers/promises'
import type { CliIo } from '../cli-io.ts'
import { type ScreenSize, type TopModel, topLine, topScreen } from './screen.ts'
import { renderLine } from './segments.ts'
import { openTerminal } from './terminal.ts'
import type { NodeWatch } from './watch-node.ts'

export interface TopOptions {
  readonly intervalMs: number
  /** Looks this often and ends; 0 goes on until asked to stop. */
  readonly count: number
}

/** Where there is no terminal to ask for its size. */
const PLAIN_SIZE: ScreenSize = { columns: 120, rows: 1000 }

/** One picture as plain text. */
export function plainPicture(model: TopModel): string {
  const lines = topScreen(model, PLAIN_SIZE).slice(0, -1)
  return lines.map(line => renderLine(line, PLAIN_SIZE.columns, false).trimEnd()).join('\n')
}

/** Redraws the picture until a key ends it; in a pipe, prints a line each time. The first look must succeed. */
export async function runTop(watch: NodeWatch, options: TopOptions, io: CliIo): Promise<void> {
  let model = await watch.look()
  const ending = new AbortController()
  const colours = io.environment.NO_COLOR === undefined || io.environment.NO_COLOR === ''
  let redraw = (): void => {}
  const terminal = openTerminal(process.stdin, process.stdout, colours, {
    onQuit: () => ending.abort(),
    onResize: () => redraw()
  })
  const show = (): void => {
    if (terminal !== null) terminal.draw(topScreen(model, terminal.size()))
    else if (model.failure === '') io.print(topLine(model))
    else io.note(model.failure)
  }
  redraw = show
  try {
    for (let looks = 1; ; looks++) {
      show()
      if (looks === options.count) break
      await setTimeout(options.intervalMs, undefined, { signal: ending.signal }).catch(() => {})
      if (ending.signal.aborted) break
      model = await watch.lookAgain(model)
      if (ending.signal.aborted) break
    }
  } finally {
    terminal?.close()
  }
}
