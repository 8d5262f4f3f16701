import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

/** All TypeScript files under the given top-level folders. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap(folder => walk(join(ROOT, folder))).map(readSource)
}

/** Module names of every static and dynamic import and re-export in a file. */
export function importsOf(file: SourceFile): string[] {
  const found: string[] = []
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g
  for (const match of file.text.matchAll(pattern)) found.push((match[1] ?? match[2])!)
  return found
}

/** Import statements that vanish at run time. */
export function isTypeOnlyImport(file: SourceFile, module: string): boolean {
  const escaped = module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  const statements =
    file.text.match(new RegExp(`(?:import|export)\\s[^'"]*?from\\s['"]${escaped}['"]`, 'g')) ?? []
  return statements.length > 0 && statements.every(s => /^(?:import|export)\s+type\b/.test(s))
}

/** The text with comments and string contents blanked, so that words in them do not count as code. */
export function codeOf(file: SourceFile): string {
  return file.text
    .replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`\\])\/\/[^\n]*/g, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
}

function walk(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })) return []
  return readdirSync(path, { withFileTypes: true }).flatMap(entry => {
    const child = join(path, entry.name)
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : walk(child)
    return entry.name.endsWith('.ts') ? [child] : []
  })
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  return { path: relative(ROOT, path).replaceAll('\\', '/'), text, lines: text.split('\n') }
}
