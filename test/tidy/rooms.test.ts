import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, isTypeOnlyImport, type SourceFile, sourceFiles } from './source-tree.ts'

/** Which rooms each room may import; `type:` allows types alone. The one place where the directions stand as data. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  util: [],
  codec: ['util'],
  crypto: ['util', 'codec'],
  types: ['util', 'codec', 'crypto'],
  consensus: ['types', 'util'],
  app: ['types', 'codec', 'crypto', 'util', 'evidence'],
  mempool: ['types', 'codec', 'crypto', 'util', 'type:consensus', 'type:app'],
  evidence: ['types', 'codec', 'crypto', 'util'],
  network: ['types', 'util', 'crypto'],
  blockstore: ['types', 'codec', 'crypto', 'util', 'type:app'],
  'psql-sink': ['types', 'codec', 'util', 'blockstore', 'type:app'],
  replica: ['consensus', 'mempool', 'types', 'util'],
  config: ['types', 'codec', 'crypto', 'util'],
  validator: [
    'app',
    'blockstore',
    'codec',
    'consensus',
    'crypto',
    'evidence',
    'mempool',
    'network',
    'types',
    'util'
  ],
  rpc: ['types', 'codec', 'crypto', 'util', 'type:app'],
  sim: [
    'app',
    'blockstore',
    'codec',
    'consensus',
    'crypto',
    'evidence',
    'mempool',
    'network',
    'types',
    'util',
    'validator'
  ],
  cli: ['*']
}

/** Packages that stay inside the rooms named. */
const PACKAGE_ROOMS: readonly { readonly pattern: RegExp; readonly rooms: readonly string[] }[] = [
  { pattern: /libp2p|multiformats|^it-|^@chainsafe\//, rooms: ['network'] },
  { pattern: /^classic-level$/, rooms: ['blockstore'] },
  { pattern: /^pg$/, rooms: ['psql-sink'] },
  { pattern: /^(fastify|ws|prom-client)$/, rooms: ['rpc'] },
  { pattern: /^(commander|picocolors|pino|pino-pretty)$/, rooms: ['cli'] },
  { pattern: /^smol-toml$/, rooms: ['config', 'cli'] }
]

const PURE_ROOMS = ['consensus', 'types', 'codec', 'mempool', 'evidence', 'replica']

function roomOf(path: string): string {
  return path.split('/')[1]!
}

/** The path an import leads to, from the root; null for a package. */
function target(file: SourceFile, module: string): string | null {
  return module.startsWith('.') ? normalize(join(dirname(file.path), module)) : null
}

function crossings(file: SourceFile): string[] {
  const room = roomOf(file.path)
  const allowed = MAY_IMPORT[room]
  if (allowed === undefined) return [`${file.path}: no such room in the table of directions`]
  return importsOf(file).flatMap(module => {
    const path = target(file, module)
    if (path === null || roomOf(path) === room) return []
    const other = roomOf(path)
    const inside = path.slice(`src/${other}/`.length)
    const permitted =
      allowed.includes('*') ||
      allowed.includes(other) ||
      allowed.includes(`${other}/${inside}`) ||
      (allowed.includes(`type:${other}`) && isTypeOnlyImport(file, module))
    if (!permitted) return [`${file.path}: ${room} must not import ${other}`]
    const door = inside === 'index.ts' || allowed.includes(`${other}/${inside}`) || inside === 'polyfill.ts'
    return door ? [] : [`${file.path}: imports ${path} past the door of ${other}`]
  })
}

/** The rooms of a circle, the first one again at the end; null when there is none. */
function circleOf(directions: typeof MAY_IMPORT): readonly string[] | null {
  const below = (room: string) => (directions[room] ?? []).map(name => name.replace('type:', ''))
  const visit = (path: readonly string[]): readonly string[] | null => {
    for (const room of below(path.at(-1)!)) {
      if (path.includes(room)) return [...path.slice(path.indexOf(room)), room]
      const circle = visit([...path, room])
      if (circle !== null) return circle
    }
    return null
  }
  for (const room of Object.keys(directions)) {
    const circle = visit([room])
    if (circle !== null) return circle
  }
  return null
}

function strayPackages(file: SourceFile): string[] {
  return importsOf(file)
    .filter(module => !module.startsWith('.') && !module.startsWith('node:'))
    .flatMap(module =>
      PACKAGE_ROOMS.filter(
        ({ pattern, rooms }) => pattern.test(module) && !rooms.includes(roomOf(file.path))
      ).map(() => `${file.path}: ${module} belongs to another room`)
    )
}

describe('rooms', () => {
  const files = sourceFiles('src')

  it('import one way, through one door', () => {
    expect(files.flatMap(crossings)).toEqual([])
  })

  it('stand above what they import, without a circle, also of types', () => {
    expect(circleOf(MAY_IMPORT)).toBeNull()
    expect(circleOf({ a: ['type:b'], b: ['c'], c: ['type:a'] })).toEqual(['a', 'b', 'c', 'a'])
  })

  it('keep their packages to themselves', () => {
    expect(files.flatMap(strayPackages)).toEqual([])
  })

  it('keep the machine free of Node', () => {
    const consensus = files.filter(file => roomOf(file.path) === 'consensus')
    expect(consensus.length).toBeGreaterThan(0)
    expect(consensus.flatMap(importsOf).filter(module => module.startsWith('node:'))).toEqual([])
  })

  it('keep I/O modules out of pure rooms', () => {
    const io = /^node:(fs|net|http|https|dgram|child_process|worker_threads|timers)/
    const pure = files.filter(file => PURE_ROOMS.includes(roomOf(file.path)))
    expect(
      pure.flatMap(file =>
        importsOf(file)
          .filter(m => io.test(m))
          .map(m => `${file.path}: ${m}`)
      )
    ).toEqual([])
  })

  it('notice a crossing when there is one', () => {
    const text = "import { step } from '../consensus/rules.ts'\nimport { createLibp2p } from 'libp2p'\n"
    const planted: SourceFile = { path: 'src/rpc/planted.ts', text, lines: text.split('\n') }
    expect(crossings(planted)).toHaveLength(1)
    expect(strayPackages(planted)).toHaveLength(1)
  })
})
