import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatRule, INPUT_RULES, RULES, type RuleName } from '../../src/consensus/index.ts'
import { parseStory, printStory } from '../../src/sim/index.ts'
import { playGolden } from './script.ts'

/**
 * Each file is a story told to one machine: commands, and under each what the machine did. After a wanted change of
 * behaviour, `PNYX_REWRITE_GOLDEN=1 npx vitest run test/golden` writes the files anew: read the difference before
 * committing it, line by line.
 */
const REWRITE = process.env.PNYX_REWRITE_GOLDEN === '1'
const FOLDER = new URL('./', import.meta.url)
const FILES = readdirSync(FOLDER).filter(name => name.endsWith('.txt'))

describe('golden stories', () => {
  for (const name of FILES) {
    it(name.replace('.txt', '').replaceAll('-', ' '), () => {
      const file = new URL(name, FOLDER)
      const text = readFileSync(file, 'utf8')
      const played = printStory(playGolden(parseStory(text)))
      if (REWRITE) writeFileSync(file, played)
      else expect(played).toBe(text)
    })
  }

  it('together show every rule', () => {
    const stories = FILES.map(name => readFileSync(new URL(name, FOLDER), 'utf8')).join('\n')
    const rules = [...Object.keys(RULES), ...INPUT_RULES] as RuleName[]
    expect(rules.filter(rule => !stories.includes(formatRule(rule)))).toEqual([])
  })

  it('hold no incoherent pool', () => {
    const stories = FILES.map(name => readFileSync(new URL(name, FOLDER), 'utf8')).join('\n')
    expect(stories).not.toContain('INCOHERENT')
  })
})
