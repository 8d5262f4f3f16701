import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PLANTED_BUGS } from '../../scripts/planted-bugs/bugs.ts'
import { Nursery } from '../../scripts/planted-bugs/plant.ts'

const SRC = resolve(import.meta.dirname, '../../src')
/** A few of the bugs that are found at once; the others are hunted by `npm run planted-bugs`. */
const HUNTED = [
  ['the lock is not taken', 'algorithm'],
  ['blocks are saved without a sync', 'durability'],
  ['the guard has no memory between two starts', 'double signing']
] as const
const SEEDS = 20
const HUNT_MS = 120_000

describe('the table of planted bugs', () => {
  it('fits the sources: each text to be changed stands there once', () => {
    for (const { name, file, find, replace } of PLANTED_BUGS) {
      const times = readFileSync(resolve(SRC, file), 'utf8').split(find).length - 1
      expect({ name, times }).toEqual({ name, times: 1 })
      expect(replace).not.toBe(find)
    }
  })

  it('names every bug once', () => {
    expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length)
  })
})

describe('a planted bug', () => {
  let nursery: Nursery
  beforeAll(() => {
    nursery = new Nursery()
  })
  afterAll(() => nursery.close())

  it.each(HUNTED)(
    '"%s" is found: %s',
    async (name, invariant) => {
      const bug = PLANTED_BUGS.find(each => each.name === name)!
      const { seeds, invariant: broken } = await nursery.hunt(bug, { seeds: SEEDS, firstSeed: 1 })
      expect(seeds).not.toBeNull()
      expect(broken).toBe(invariant)
    },
    HUNT_MS
  )

  it(
    'is taken out again: the sources as they are break nothing in as many seeds',
    async () => {
      const line = 'locked: { round, value },'
      const nothing = { name: 'none', file: 'consensus/rules/polka-rules.ts', find: line, replace: line }
      const { seeds } = await nursery.hunt(nothing, { seeds: 5, firstSeed: 1 })
      expect(seeds).toBeNull()
    },
    HUNT_MS
  )
})
