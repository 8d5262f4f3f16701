import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as library from '../../../src/replica/index.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const PAGE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8')

describe('docs/library.md', () => {
  it('shows code that stands, word for word, in files that are compiled and tested', () => {
    const blocks = [...PAGE.matchAll(/```ts\n([\s\S]*?)```/g)]
    const told = [...PAGE.matchAll(/From `([^`]+)`:\n\n```ts\n([\s\S]*?)```/g)]
    expect(told).toHaveLength(blocks.length)
    expect(told.length).toBeGreaterThan(3)
    for (const [, file, code] of told) {
      const isThere = readFileSync(join(ROOT, file!), 'utf8').includes(code!)
      expect(isThere, `${file} does not hold:\n${code}`).toBe(true)
    }
  })

  it('names every provider', () => {
    const source = readFileSync(join(ROOT, 'src/replica/providers.ts'), 'utf8')
    const [, body] = /export interface ReplicaProviders<T> \{([\s\S]*?)\n\}/.exec(source)!
    const providers = [...body!.matchAll(/^ {2}(\w+)\??\(/gm)].map(match => match[1]!)
    expect(providers.length).toBeGreaterThan(8)
    expect(providers.filter(name => !PAGE.includes(`| \`${name}(`))).toEqual([])
  })

  it('names every phase', () => {
    const source = readFileSync(join(ROOT, 'src/replica/observers.ts'), 'utf8')
    const [, body] = /export type ReplicaPhase =([\s\S]*?)\n\n/.exec(source)!
    const phases = [...body!.matchAll(/'(\w+)'/g)].map(match => match[1]!)
    expect(phases).toHaveLength(8)
    expect(phases.filter(phase => !PAGE.includes(`\`${phase}\``))).toEqual([])
  })

  it('speaks of a door that has what it promises', () => {
    for (const name of [
      'createReplica',
      'MessagePool',
      'step',
      'isCurrent',
      'explain',
      'formatExplanation'
    ]) {
      expect(library, name).toHaveProperty(name)
      expect(PAGE).toContain(name)
    }
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(exports['./consensus'].default).toBe('./dist/replica/index.js')
  })

  it('shows a trace as it comes out', () => {
    const [, trace] = /```text\n([\s\S]*?)```/.exec(PAGE)!
    const story = readFileSync(join(ROOT, 'test/golden/decide-in-one-round.txt'), 'utf8')
    for (const line of trace!.trim().split('\n')) expect(story).toContain(line)
  })
})
