import { createInterface } from 'node:readline/promises'

/** What a command sees of the world outside: the terminal and the environment. */
export interface CliIo {
  /** Prints a line of the answer. */
  print(line: string): void
  /** Prints a line about the work, apart from the answer. */
  note(line: string): void
  /** Asks the person at the terminal; null where there is none to ask. */
  readonly ask: ((question: string) => Promise<string>) | null
  /** {@link ask} without showing what is typed. */
  readonly askSecret?: ((question: string) => Promise<string>) | null
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The io of this process. */
export function processIo(): CliIo {
  const { stdin, stdout, stderr, env } = process
  return {
    print: line => void stdout.write(`${line}\n`),
    note: line => void stderr.write(`${line}\n`),
    ask: stdin.isTTY && stderr.isTTY ? askOnTerminal : null,
    askSecret: stdin.isTTY && stderr.isTTY ? askSecretOnTerminal : null,
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

/** Ends with '' when the terminal is closed or the question is left with Ctrl-C. */
async function askSecretOnTerminal(question: string): Promise<string> {
  const { password } = await import('@inquirer/prompts')
  try {
    return await password({ message: question }, { output: process.stderr, clearPromptOnDone: true })
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return ''
    throw error
  }
}
