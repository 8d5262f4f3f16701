import type { ReadStream, WriteStream } from 'node:tty'
import type { ScreenSize } from './screen.ts'
import { type Line, renderLine } from './segments.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_REST_OF_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'
/** Keys that end: q, Ctrl-C, Ctrl-D and Escape alone. */
const QUIT = new Set(['q', 'Q', '\u0003', '\u0004', '\u001b'])

/** A terminal taken over for a picture that is drawn again and again; given back as it was. */
export interface Terminal {
  size(): ScreenSize
  draw(lines: readonly Line[]): void
  close(): void
}

export interface TerminalEvents {
  /** A key or a signal asks to end. */
  readonly onQuit: () => void
  readonly onResize: () => void
}

/** Null where the two are no terminal. */
export function openTerminal(
  input: ReadStream,
  output: WriteStream,
  colours: boolean,
  events: TerminalEvents
): Terminal | null {
  if (!input.isTTY || !output.isTTY) return null
  const onKey = (key: Buffer): void => {
    if (QUIT.has(key.toString())) events.onQuit()
  }
  output.write(ENTER)
  input.setRawMode(true).resume().on('data', onKey)
  output.on('resize', events.onResize)
  process.on('SIGTERM', events.onQuit)
  return {
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    draw: lines => {
      const text = lines.map(line => renderLine(line, output.columns || 80, colours) + CLEAR_REST_OF_LINE)
      output.write(`${HOME}${text.join('\r\n')}${CLEAR_BELOW}`)
    },
    close: () => {
      process.off('SIGTERM', events.onQuit)
      output.off('resize', events.onResize)
      input.off('data', onKey).setRawMode(false).pause()
      output.write(LEAVE)
    }
  }
}
