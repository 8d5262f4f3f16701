import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { drawOptions, parseStory, playStory, printStory, StoryError, saveStory } from '../../src/sim/index.ts'
import { playGolden } from '../golden/script.ts'
import { BUSY } from './limits.ts'

const FOLDER = new URL('../golden/', import.meta.url)
const FILES = readdirSync(FOLDER).filter(name => name.endsWith('.txt'))
const SAVED_SEEDS = 16
/** Stories that only a bare machine can live through, and why. */
const UNPLAYABLE: Readonly<Record<string, string>> = {
  'alone.txt': 'a node that builds a block takes nothing else',
  'pol-rounds.txt': 'a node that builds a block takes nothing else',
  'polka-certificate.txt': 'a node that builds a block takes nothing else',
  'wait-for-transactions.txt': 'a real chain makes its first block without waiting'
}

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8')
}

describe('golden stories on a real node', BUSY, () => {
  for (const name of FILES) {
    const why = UNPLAYABLE[name]
    if (why === undefined) {
      it(`${name}: the node does what the story says`, async () => {
        const { commands, lines, difference } = await playStory(read(name))
        expect(difference).toBeNull()
        expect(Math.min(commands, lines)).toBeGreaterThan(2)
      })
    } else {
      it(`${name}: ${why}`, async () => {
        await expect(playStory(read(name))).rejects.toThrow(why)
      })
    }
  }

  it('shows the first line that differs', async () => {
    const story = read('hidden-lock.txt').replace(
      'L44 nil polka => precommit nil',
      'L44 nil polka => precommit B'
    )
    const { difference } = await playStory(story)
    expect(difference).toMatchObject({
      told: expect.stringContaining('precommit B'),
      played: expect.stringContaining('precommit nil')
    })
  })
})

describe('stories saved from a simulation', BUSY, () => {
  it('are lived through again by a bare machine, and by a real node where one can', async () => {
    let played = 0
    for (let index = 0; index < SAVED_SEEDS; index++) {
      const saved = await saveStory(drawOptions({ seed: `story-${index}`, heights: 5 }))
      if (saved === null) continue
      expect(printStory(playGolden(parseStory(saved.text)))).toBe(saved.text)
      const again = await playStory(saved.text).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'UNPLAYABLE' })
        return null
      })
      if (again === null) continue
      expect({ index, ...again }).toMatchObject({ index, difference: null })
      played++
    }
    expect(played).toBeGreaterThan(SAVED_SEEDS / 4)
  })
})

describe('what is no story', BUSY, () => {
  const unreadable: Readonly<Record<string, string>> = {
    'an empty file': '',
    'no beginning': 'start\n----\n',
    'no rule under a command': 'new self=1\nstart',
    'an unknown command': 'new self=1\n----\n\ndance\n----\n',
    'binary garbage': '\u0000\u0001\u0002'
  }
  for (const [what, text] of Object.entries(unreadable)) {
    it(`${what} is refused in one line`, () => {
      const error = catchError(() => parseStory(text))
      expect(error).toBeInstanceOf(StoryError)
      expect((error as StoryError).message).not.toContain('\n')
    })
  }

  for (const head of [
    'new self=5',
    'new powers=1,x',
    'new powers=0,1',
    'new powers= self=1',
    'new proposers=9'
  ]) {
    it(`'${head}' names nobody`, async () => {
      await expect(playStory(`${head}\n----\n\nstart\n----\n`)).rejects.toMatchObject({ code: 'UNREADABLE' })
    })
  }
})

function catchError(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return null
}
