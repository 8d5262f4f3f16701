import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { makeProgram } from '../../../src/cli/program.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const program = makeProgram({ print: () => {}, note: () => {}, ask: null, environment: {} })

interface Leaf {
  readonly name: string
  readonly command: Command
}

function leaves(command: Command, path: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ name: path.join(' '), command }]
  return command.commands.flatMap(one => leaves(one, [...path, one.name()]))
}

/** Commands whose output is no answer. */
const WITHOUT_ANSWER: Readonly<Record<string, string>> = {
  start: 'runs until it is stopped; --log_format json is its form for machines',
  inspect: 'runs until it is stopped; what it serves is JSON',
  top: 'a screen for a person; diagnose has the same as JSON',
  completion: 'a script for a shell'
}

const directory = temporaryDirectory()
const home = join(directory, 'home')
const keyFile = join(directory, 'alice.json')
const passphraseFile = join(directory, 'passphrase')
writeFileSync(passphraseFile, 'correct horse battery', { mode: 0o600 })
const ours = ['--home', home]
const secret = ['--passphrase-file', passphraseFile]

/**
 * Every command that works on files, in an order in which one prepares the next, and a part of what it answers. Commands
 * that need the data of a chain are in `NEEDS_DATA`.
 */
const FILE_COMMANDS: readonly (readonly [name: string, args: readonly string[], answer: unknown])[] = [
  ['init', ['--chain-id', 'json', ...ours], { home, chain_id: 'json', kept: [] }],
  ['testnet', ['--v', '1', '--n', '1', '-o', join(directory, 'net'), '--chain-id', 'net'], testnetAnswer()],
  ['keys add', ['alice', ...secret, ...ours], { name: 'alice', mnemonic: expect.any(String) }],
  ['keys list', ours, expect.arrayContaining([expect.objectContaining({ name: 'alice' })])],
  ['keys show', ['alice', ...ours], { name: 'alice', address: expect.stringMatching(/^pnyx1/) }],
  ['keys export', ['alice', ...ours], { name: 'alice' }],
  [
    'keys export',
    ['alice', '--unsafe-hex', ...secret, ...ours],
    { name: 'alice', private_key: expect.any(String) }
  ],
  ['keys import', ['bob', keyFile, ...secret, ...ours], { name: 'bob' }],
  [
    'genesis add-account',
    ['alice', '5upnyx', ...ours],
    { coins: '5upnyx', hash: expect.stringMatching(/^[0-9a-f]{64}$/) }
  ],
  [
    'genesis add-validator',
    [
      '--stake',
      '1000000',
      '--operator',
      'OPERATOR',
      '--pub-key',
      Buffer.alloc(32, 3).toString('base64'),
      ...ours
    ],
    { power: '1', file: join(home, 'config', 'genesis.json') }
  ],
  ['genesis validate', ours, { chain_id: 'json' }],
  ['genesis hash', ours, { hash: expect.any(String), file: join(home, 'config', 'genesis.json') }],
  ['gen-validator', [], { priv_key: { type: 'tendermint/PrivKeyEd25519' } }],
  ['gen-node-key', ['--home', join(directory, 'other')], { node_id: expect.any(String) }],
  ['show-validator', ours, { type: 'tendermint/PubKeyEd25519' }],
  ['show-validator', ['--address', ...ours], { address: expect.stringMatching(/^[0-9A-F]{40}$/) }],
  ['show-node-id', ours, { node_id: expect.any(String) }],
  ['config set', ['moniker', 'x', ...ours], { set: 'moniker', file: join(home, 'config', 'config.toml') }],
  ['config show', ours, { moniker: { value: 'x' } }],
  ['config validate', ours, { has_file: true }],
  ['config diff', ours, { moniker: { value: 'x' } }],
  ['keys delete', ['bob', '--yes', ...ours], { deleted: 'bob' }],
  ['reset-state', ['--yes', ...ours], { deleted: [join(home, 'data', 'cs.wal')], signer_reset: false }],
  ['unsafe-reset-priv-validator', ['--yes', ...ours], { deleted: [], signer_reset: true }],
  ['unsafe-reset-all', ['--yes', ...ours], { signer_reset: true, signer_state_kept: null }],
  [
    'debug dump',
    [join(directory, 'dump'), '--node', 'tcp://127.0.0.1:1', ...ours],
    { files: expect.any(Array) }
  ],
  [
    'simulate',
    ['--seed', '1', '--validators', '1', '--heights', '2', '--faults', 'none', '--crypto', 'hash'],
    { violation: null, options: { seed: '1' } }
  ],
  ['version', [], { abci: '2.0.0' }]
]

function testnetAnswer(): unknown {
  const nodes = [{ name: 'node0', validator: expect.stringMatching(/^[0-9A-F]{40}$/) }, { validator: null }]
  return { chain_id: 'net', nodes }
}

/** What their answers are is tested on homes that have blocks. */
const NEEDS_DATA = ['rollback', 'replay', 'reindex-event', 'compact', 'evidence verify']

const all = leaves(program)
const asksNode = ({ command }: Leaf) => command.options.some(({ long }) => long === '--node')

describe('--output json', () => {
  it.each(all)('$name takes it, or has no answer', ({ name, command }) => {
    const takesIt = command.options.some(({ long }) => long === '--output')
    expect(takesIt, WITHOUT_ANSWER[name]).toBe(WITHOUT_ANSWER[name] === undefined)
  })

  it('is tried below for every command that takes it and needs no node', () => {
    const tried = new Set([
      ...FILE_COMMANDS.map(([name]) => name),
      ...NEEDS_DATA,
      ...Object.keys(WITHOUT_ANSWER)
    ])
    expect(all.filter(leaf => !asksNode(leaf) && !tried.has(leaf.name)).map(({ name }) => name)).toEqual([])
  })

  it('makes every command that works on files answer with one JSON value', async () => {
    for (const [name, args, answer] of FILE_COMMANDS) {
      if (name === 'reset-state') mkdirSync(join(home, 'data', 'cs.wal'))
      const given = args.map(arg => (arg === 'OPERATOR' ? operator : arg))
      const { code, out, notes } = await pnyx([...name.split(' '), ...given, '--output', 'json'])
      expect(code, `${name}: ${notes}`).toBe(0)
      const value = JSON.parse(out)
      if (Array.isArray(value)) expect(value, name).toEqual(answer)
      else expect(value, name).toMatchObject(answer as object)
      if (name === 'keys show') operator = value.address
      if (name === 'keys export' && !args.includes('--unsafe-hex'))
        writeFileSync(keyFile, out, { mode: 0o600 })
    }
  })

  it.each(all.filter(asksNode))(
    '$name prints no half answer when no node answers',
    async ({ name, command }) => {
      if (name === 'top' || name === 'debug dump') return
      const words = command.registeredArguments.filter(({ required }) => required).map(() => '1')
      const args = [...name.split(' '), ...words, '--node', 'tcp://127.0.0.1:1', '--home', home]
      const json = WITHOUT_ANSWER[name] === undefined ? ['--output', 'json'] : []
      const { code, out, notes } = await pnyx([...args, ...json])
      expect(code).not.toBe(0)
      expect(out).toBe('')
      expect(notes).toMatch(/^pnyx: [^\n]+$/)
    }
  )
})

let operator = ''
