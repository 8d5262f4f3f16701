import { createColors } from 'picocolors'

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'warning' | 'bad' | 'heading'

/** A piece of a line in one style. */
export interface Segment {
  readonly text: string
  readonly style: Style
}

/** One line of the screen before it is cut to the terminal's width and coloured. */
export type Line = readonly Segment[]

export function segment(text: string, style: Style = 'plain'): Segment {
  return { text, style }
}

/** Text of a line cut to `columns`, with an ellipsis where something is lost. */
export function renderLine(line: Line, columns: number, colours: boolean): string {
  const paint = painter(colours)
  const width = line.reduce((sum, { text }) => sum + [...text].length, 0)
  let room = width > columns ? Math.max(0, columns - 1) : columns
  const shown = line.map(({ text, style }) => {
    const cut = [...text].slice(0, room).join('')
    room -= [...cut].length
    return cut === '' ? '' : paint(cut, style)
  })
  return width > columns && columns > 0 ? `${shown.join('')}…` : shown.join('')
}

function painter(colours: boolean): (text: string, style: Style) => string {
  const c = createColors(colours)
  return (text, style) => {
    switch (style) {
      case 'bold':
        return c.bold(text)
      case 'dim':
        return c.dim(text)
      case 'good':
        return c.green(text)
      case 'warning':
        return c.yellow(text)
      case 'bad':
        return c.red(text)
      case 'heading':
        return c.inverse(text)
      case 'plain':
        return text
    }
  }
}

/** Words of `text` on lines of at most `columns`, never more than `most` lines: the last one is cut. */
export function wrapText(text: string, columns: number, most: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length > columns && line !== '' && lines.length < most - 1) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

export function pad(text: string, width: number): string {
  return [...text].slice(0, width).join('').padEnd(width)
}
