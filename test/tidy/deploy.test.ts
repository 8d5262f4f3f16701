import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { ROOT } from './source-tree.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const program = makeProgram({ print: () => {}, note: () => {}, ask: null, environment: {} })

/** Words of a command line that pnyx would not understand. */
function unknownWords(words: readonly string[]): readonly string[] {
  let command: Command = program
  const unknown: string[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (!word.startsWith('--')) {
      const next = command.commands.find(one => one.name() === word || one.aliases().includes(word))
      if (next === undefined) unknown.push(word)
      command = next ?? command
      continue
    }
    const option = [...command.options, ...program.options].find(one => one.long === word)
    if (option === undefined) unknown.push(word)
    else if (option.required) at++
  }
  return unknown
}

const isMissing = spawnSync('systemd-analyze', ['--version']).error !== undefined
const IF_INSTALLED = isMissing ? ' (not checked: systemd-analyze is not installed)' : ''

describe('the service unit', () => {
  const unit = read('deploy/pnyx.service')
  const values = (key: string): readonly string[] =>
    [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(match => match[1]!)

  it('calls commands and flags that exist', () => {
    const lines = [...values('ExecStart'), ...values('ExecStartPre')]
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      const [node, main, ...words] = line.split(' ')
      expect(node).toBe('/usr/bin/node')
      expect(main).toBe(`/opt/pnyx/${JSON.parse(read('package.json')).bin.pnyx}`)
      expect(unknownWords(words)).toEqual([])
    }
  })

  it('writes nowhere but into the home, and gains nothing', () => {
    const home = /--home (\S+)/.exec(values('ExecStart')[0]!)![1]!
    expect(values('ReadWritePaths')).toEqual([home])
    expect(values('ProtectSystem')).toEqual(['strict'])
    expect(values('NoNewPrivileges')).toEqual(['yes'])
    expect(values('CapabilityBoundingSet')).toEqual([''])
    expect(values('User')).toEqual(['pnyx'])
  })

  it('is not started again after a wrong command line or a bug', () => {
    expect(values('RestartPreventExitStatus')).toEqual(['64 70'])
  })

  it.skipIf(isMissing)(`is accepted by systemd-analyze${IF_INSTALLED}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'pnyx-unit-'))
    const file = join(directory, 'pnyx.service')
    writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    rmSync(directory, { recursive: true })
    expect([status, stdout + stderr]).toEqual([0, ''])
  })

  it('has each key in a section, once', () => {
    const lines = unit.split('\n').filter(line => line !== '' && !line.startsWith('#'))
    expect(lines.filter(line => !/^(?:\[(?:Unit|Service|Install)\]|[A-Z]\w+=.*)$/.test(line))).toEqual([])
    const keys = lines.filter(line => !line.startsWith('[')).map(line => line.split('=')[0])
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('the container image', () => {
  const file = read('deploy/Dockerfile')

  it('copies what is there, and nothing the ignore file leaves out', () => {
    const ignore = read('deploy/Dockerfile.dockerignore').split('\n')
    const copied = [...file.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(match => match[1]!.split(' '))
    expect(copied).toContain('src')
    expect(copied.filter(path => !existsSync(join(ROOT, path)))).toEqual([])
    expect(copied.filter(path => !ignore.includes(`!${path}`))).toEqual([])
  })

  it('runs as somebody without rights, on the Node version the project wants', () => {
    const { engines } = JSON.parse(read('package.json'))
    const wanted = /\d+/.exec(engines.node)![0]
    expect([...file.matchAll(/^FROM node:(\d+)/gm)].map(match => match[1])).toEqual([wanted, wanted])
    expect(file.indexOf('\nUSER 10001:10001')).toBeGreaterThan(file.lastIndexOf('\nRUN '))
  })

  it('starts a command that exists', () => {
    const words: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(file)![1]!)
    expect(unknownWords(words)).toEqual([])
    expect(unknownWords(['start', '--no-such-flag', 'x'])).not.toEqual([])
  })

  it('has a health check that is a program', () => {
    const [node, flag, script]: string[] = JSON.parse(/HEALTHCHECK[^[]*CMD (\[.*\])/.exec(file)![1]!)
    expect([node, flag]).toEqual(['node', '-e'])
    expect(() =>
      execFileSync(process.execPath, ['--check', '-'], { input: script!, stdio: 'pipe' })
    ).not.toThrow()
  })
})
