import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { INPUT_RULES, RULES } from '../../src/consensus/index.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/paper.md'), 'utf8')
const LAST_LINE = 67

interface Row {
  readonly lines: string
  readonly rule: string
  readonly file: string
  readonly tests: readonly string[]
}

const ROWS: readonly Row[] = PAGE.split('\n')
  .filter(line => /^\| \d/.test(line))
  .map(line => {
    const [lines, , rule, file, tests] = line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
    const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1]!)
    return { lines: lines!, rule: quoted(rule!)[0]!, file: quoted(file!)[0]!, tests: quoted(tests!) }
  })

function linesOf({ lines }: Row): number[] {
  const [first, last = first] = lines.split('-').map(Number) as [number, number?]
  return Array.from({ length: last! - first + 1 }, (_, i) => first + i)
}

describe('docs/paper.md', () => {
  it('covers every line of Algorithm 1', () => {
    const covered = new Set(ROWS.flatMap(linesOf))
    expect([...covered].sort((a, b) => a - b)).toEqual(Array.from({ length: LAST_LINE }, (_, i) => i + 1))
  })

  it('names every rule of the machine, and the one for its line', () => {
    const rules = [...Object.keys(RULES), ...INPUT_RULES]
    const named = ROWS.map(row => row.rule)
    expect(rules.filter(rule => !named.includes(rule))).toEqual([])
    for (const row of ROWS) {
      const line = /^line(\d+)/.exec(row.rule)?.[1]
      if (line === undefined || row.lines === '52-54') continue
      expect(linesOf(row), row.rule).toContain(Number(line))
    }
  })

  it('names functions where they are', () => {
    for (const { rule, file } of ROWS) {
      expect(readFileSync(join(ROOT, file), 'utf8'), file).toMatch(new RegExp(`export function ${rule}\\b`))
    }
  })

  it('names tests that exist and speak of the rule or its line', () => {
    for (const { rule, tests, lines } of ROWS) {
      expect(tests.length, lines).toBeGreaterThan(0)
      const text = tests.map(test => readFileSync(join(ROOT, test), 'utf8')).join('\n')
      const line = /^line(\d+)/.exec(rule)?.[1]
      const speaks = text.includes(rule) || (line !== undefined && text.includes(`L${line} `))
      expect(speaks, `${lines}: ${rule} in ${tests.join(', ')}`).toBe(true)
    }
  })

  it('names every paper test', () => {
    const tests = readdirSync(import.meta.dirname).filter(name => name.startsWith('line-'))
    expect(tests.filter(test => !PAGE.includes(`test/paper/${test}`))).toEqual([])
  })

  it('names only files that exist', () => {
    const paths = [...PAGE.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(match => match[1]!)
    expect(paths.filter(path => !existsSync(join(ROOT, path)))).toEqual([])
  })

  it('says the order of the rules as it is', () => {
    const [, sentence] = /The order is: ([^.]+)\./.exec(PAGE)!
    const said = [...sentence!.matchAll(/\((\d+)\)/g)].map(match => Number(match[1]))
    expect(said).toEqual(Object.keys(RULES).map(rule => Number(/^line(\d+)/.exec(rule)![1])))
  })
})
