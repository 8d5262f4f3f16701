import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()

/** What bash would offer after these words, the last one being typed. */
async function offered(...words: string[]): Promise<readonly string[]> {
  const { out } = await pnyx(['completion', 'bash'])
  const script = join(directory, 'completion.bash')
  writeFileSync(script, out)
  const program = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pnyx; printf '%s\\n' "\${COMPREPLY[@]}"`
  const answer = execFileSync('bash', ['-c', program, script, 'pnyx', ...words], { encoding: 'utf8' })
  return answer.split('\n').filter(line => line !== '')
}

describe('completion', () => {
  it.each<readonly [string[], string[]]>([
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
      ['--hard', '--home', '--help']
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
  ])('in bash of %j', async (words, expected) => {
    const found = await offered(...words)
    expect(found.slice(0, expected.length || 1)).toEqual(expected)
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
