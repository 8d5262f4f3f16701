import { createInterface } from 'node:readline/promises'

/** What a command sees of the world outside: the terminal and the environment. */
export interface CliIo {
  /** Prints a line of the answer. */
  print(line: string): void
  /** Prints a line about the work, apart from the answer. */
  note(line: string): void
  /** Asks the person at the terminal; null where there is none to ask. */
  readonly ask: ((question: string) => Promise<string>) | null
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The io of this process. */
export function processIo(): CliIo {
  const { stdin, stdout, stderr, env } = process
  return {
    print: line => void stdout.write(`${line}\n`),
    note: line => void stderr.write(`${line}\n`),
    ask: stdin.isTTY && stderr.isTTY ? askOnTerminal : null,
    environment: env
  }
}

/** Ends with '' when the terminal is closed instead of answered. */
async function askOnTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const closed = new Promise<string>(resolve => terminal.once('close', () => resolve('')))
    return await Promise.race([terminal.question(question), closed])
  } finally {
    terminal.close()
  }
}
