import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()

async function scriptOf(shell: string): Promise<string> {
  const { out } = await pnyx(['completion', shell])
  const script = join(directory, `completion.${shell}`)
  writeFileSync(script, out)
  return script
}

const linesOf = (text: string): string[] => text.split('\n').filter(line => line !== '')

/** What each shell would offer after these words, the last one being typed. */
const OFFERED: Readonly<Record<string, (script: string, words: readonly string[]) => readonly string[]>> = {
  bash(script, words) {
    const program = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pnyx; printf '%s\\n' "\${COMPREPLY[@]}"`
    return linesOf(execFileSync('bash', ['-c', program, script, 'pnyx', ...words], { encoding: 'utf8' }))
  },
  /** The functions of zsh's own completion need a terminal; what they are given does not, but for the choice by prefix. */
  zsh(script, words) {
    const program = `
      compdef() {}; _files() {}
      compadd() { print -rl -- "\${@[2,-1]}" }
      _describe() { print -rl -- "\${(P@)2%%:*}" }
      source "$0"; words=("$@"); CURRENT=$#; _pnyx`
    const given = execFileSync('zsh', ['-fc', program, script, 'pnyx', ...words], { encoding: 'utf8' })
    return linesOf(given).filter(line => line.startsWith(words.at(-1)!))
  },
  fish(script, words) {
    const line = ['pnyx', ...words].join(' ')
    const program = `source ${script}; complete -C '${line}'`
    const given = execFileSync('fish', ['--no-config', '-c', program], { encoding: 'utf8' })
    return linesOf(given).map(one => one.split('\t')[0]!)
  }
}

const isMissing = (shell: string): boolean => spawnSync(shell, ['--version']).error !== undefined

describe('completion', () => {
  describe.each(Object.keys(OFFERED))('in %s', shell => {
    const missing = isMissing(shell)
    const skipped = missing ? ` (not checked: ${shell} is not installed)` : ''

    it.skipIf(missing).each<readonly [string[], string[]]>([
      [['diag'], ['diagnose']],
      [
        ['query', 'bl'],
        ['block', 'block-results', 'blocks']
      ],
      [
        ['q', 'bl'],
        ['block', 'block-results', 'blocks']
      ],
      [['--home', 'query', 'rollb'], ['rollback']],
      [
        ['--home=x', 'query', 'bl'],
        ['block', 'block-results', 'blocks']
      ],
      [
        ['rollback', '--h'],
        ['--hard', '--help', '--home']
      ],
      [
        ['status', '--output', ''],
        ['json', 'text']
      ],
      [
        ['completion', ''],
        ['bash', 'zsh', 'fish']
      ],
      [['--vers'], ['--version']],
      [['status', '--vers'], []]
    ])(`of %j${skipped}`, async (words, expected) => {
      const found = OFFERED[shell]!(await scriptOf(shell), words)
      expect([...found].sort()).toEqual(expect.arrayContaining(expected))
      if (words.at(-1) !== '') expect(found).toHaveLength(expected.length)
    })
  })

  it('knows every command in every shell', async () => {
    const { out: help } = await pnyx(['--help'])
    const commands = [...help.matchAll(/^ {2}([a-z][a-z-]+)[ |]/gm)].map(match => match[1]!)
    expect(commands.length).toBeGreaterThan(20)
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { out } = await pnyx(['completion', shell])
      expect(
        commands.filter(name => name !== 'help' && !out.includes(`'${name}`) && !out.includes(` ${name} `))
      ).toEqual([])
    }
  })

  it('refuses another shell', async () => {
    expect(await pnyx(['completion', 'tcsh'])).toMatchObject({ code: 64 })
  })
})
