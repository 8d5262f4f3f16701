import { readFileSync } from 'node:fs'

const folder = new URL('../../fixtures/vectors/', import.meta.url)

/** The cases of a vector file. A file without cases is a broken checkout, not a passing test. */
export function vectorCases<Case>(file: string): Case[] {
  const { cases } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { cases: Case[] }
  if (cases.length === 0) throw new TypeError(`${file} has no cases`)
  return cases
}
