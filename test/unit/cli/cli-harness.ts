import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { runCli } from '../../../src/cli/program.ts'

export interface CliResult {
  readonly code: number
  /** The answer. */
  readonly out: string
  /** Everything beside the answer. */
  readonly notes: string
}

export interface CliWorld {
  readonly environment?: Readonly<Record<string, string>>
  /** What the person at the terminal types; without it there is no terminal. */
  readonly answer?: string
  /** What the person types unseen, one question after the other. */
  readonly secrets?: readonly string[]
}

/** Runs one command line in this process. */
export async function pnyx(
  args: readonly string[],
  { environment = {}, answer, secrets }: CliWorld = {}
): Promise<CliResult> {
  const out: string[] = []
  const notes: string[] = []
  const unseen = [...(secrets ?? [])]
  const code = await runCli(args, {
    print: line => out.push(line),
    note: line => notes.push(line),
    ask: answer === undefined ? null : async () => answer,
    askSecret: secrets === undefined ? null : async () => unseen.shift() ?? '',
    environment
  })
  return { code, out: out.join('\n'), notes: notes.join('\n') }
}

/** A directory for one test file, removed at its end; call it while tests are being collected. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pnyx-cli-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}
