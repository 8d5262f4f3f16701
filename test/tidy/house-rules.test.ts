import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeOf, ROOT, type SourceFile, sourceFiles } from './source-tree.ts'

const MAX_FILE_LINES = 450

/** Real time and randomness live in these files alone; everything else gets them by a port. */
const REAL_WORLD = [
  'src/validator/system-clock.ts',
  'src/crypto/',
  'src/network/',
  'src/cli/',
  'src/rpc/',
  'src/config/',
  'src/blockstore/'
]
const REAL_TIME =
  /\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\b|\bperformance\.now\b|\brandomBytes\(|\brandomUUID\(/

function offences(files: readonly SourceFile[], rule: RegExp, allowed: readonly string[] = []): string[] {
  return files
    .filter(file => !allowed.some(prefix => file.path.startsWith(prefix)))
    .flatMap(file =>
      codeOf(file)
        .split('\n')
        .flatMap((line, index) => (rule.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : []))
    )
}

describe('house rules', () => {
  const source = sourceFiles('src')
  const everything = sourceFiles('src', 'scripts', 'test')

  it('no real time or randomness outside the files that own them', () => {
    expect(offences(source, REAL_TIME, REAL_WORLD)).toEqual([])
  })

  it('every error has a code', () => {
    expect(offences(source, /\bthrow new (?:Error|TypeError|RangeError)\(/)).toEqual([])
  })

  it('nothing is left for later', () => {
    const words = /\b(?:TODO|FIXME|XXX|HACK)\b|not implemented/i
    expect(
      source.flatMap(f => f.lines.flatMap((l, i) => (words.test(l) ? [`${f.path}:${i + 1}`] : [])))
    ).toEqual([])
  })

  it('no test is skipped or narrowed', () => {
    const tests = sourceFiles('test').filter(file => file.path.endsWith('.test.ts'))
    expect(offences(tests, /\b(?:it|test|describe)\.(?:skip|only|todo)\b/)).toEqual([])
  })

  it('files have one job and stay short', () => {
    const long = source.filter(file => file.lines.length > MAX_FILE_LINES)
    expect(long.map(file => `${file.path}: ${file.lines.length} lines`)).toEqual([])
  })

  it('only the CLI ends the process or writes to the terminal', () => {
    expect(offences(source, /\bprocess\.exit\b|\bconsole\./, ['src/cli/'])).toEqual([])
  })

  it('files are named in kebab-case', () => {
    expect(everything.filter(f => !/^[a-z0-9./-]+$/.test(f.path)).map(f => f.path)).toEqual([])
  })

  it('every room has a door', () => {
    const rooms = new Set(source.map(file => file.path.split('/')[1]!))
    rooms.delete('cli')
    expect([...rooms].filter(room => !existsSync(join(ROOT, 'src', room, 'index.ts')))).toEqual([])
  })

  it('the lockfile names no download host', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved":\s*"https?:/)
  })

  it('dependencies are pinned to exact versions', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, v]) =>
      /[\^~*><]/.test(String(v))
    )
    expect(loose).toEqual([])
  })

  it('no built file is committed', () => {
    const tracked = execFileSync('git', ['ls-files', 'dist', 'node_modules'], { cwd: ROOT, encoding: 'utf8' })
    expect(tracked).toBe('')
  })

  it('notice an offence when there is one', () => {
    const text = 'const now = Date.now()\nthrow new Error(text)\n'
    const planted: SourceFile = { path: 'src/consensus/planted.ts', text, lines: text.split('\n') }
    expect(offences([planted], REAL_TIME, REAL_WORLD)).toHaveLength(1)
    expect(offences([planted], /\bthrow new Error\(/)).toHaveLength(1)
  })
})
