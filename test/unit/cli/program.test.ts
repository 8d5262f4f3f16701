import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import packageFile from '../../../package.json' with { type: 'json' }
import { CliError, UsageError } from '../../../src/cli/cli-error.ts'
import { failureOf } from '../../../src/cli/exit-codes.ts'
import { spellCommands, spellFlags } from '../../../src/cli/flag-spelling.ts'
import { printable, table, toPlainText } from '../../../src/cli/output.ts'
import { makeProgram } from '../../../src/cli/program.ts'
import { ConfigError, formatConfig } from '../../../src/config/index.ts'
import { InvariantError } from '../../../src/util/index.ts'
import { pnyx } from './cli-harness.ts'

const silent = { print: () => {}, note: () => {}, ask: null, environment: {} }

/** Every command that does something, as its words after `pnyx`. */
function leaves(command: Command, path: readonly string[] = []): (readonly string[])[] {
  if (command.commands.length === 0) return [path]
  return command.commands.flatMap(one => leaves(one, [...path, one.name()]))
}
const commands = leaves(makeProgram(silent))

describe('the command line', () => {
  it.each(commands.map(path => [path.join(' '), path] as const))(
    '%s explains itself with an example',
    async (name, path) => {
      const { code, out, notes } = await pnyx([...path, '--help'])
      expect({ code, notes }).toEqual({ code: 0, notes: '' })
      expect(out).toContain(`Usage: pnyx ${name}`)
      expect(out).toMatch(/Example:\n {2}\$ /)
      expect(out).toMatch(/^Global Options:\n(?: .*\n)* +--home <dir>/m)
      expect(out).toContain(`pnyx ${name}`.replace(/^pnyx q /, 'pnyx query '))
    }
  )

  it.each(commands.map(path => [path.join(' '), path] as const))(
    '%s refuses an unknown flag in one line',
    async (_, path) => {
      const { code, out, notes } = await pnyx([...path, '--no-such-flag'])
      expect({ code, out }).toEqual({ code: 64, out: '' })
      expect(notes).toMatch(/^pnyx: [^\n]+$/)
    }
  )

  it('explains itself where no command is named', async () => {
    for (const args of [[], ['--help'], ['-h']]) {
      const { code, out } = await pnyx(args)
      expect(code).toBe(0)
      expect(out).toContain('Exit codes')
    }
    expect((await pnyx(['query'])).out).toContain('Usage: pnyx query')
    expect((await pnyx(['genesis'])).code).toBe(0)
  })

  it.each([
    [['sttart'], "unknown command 'sttart' (Did you mean start?)"],
    [['query', 'blok'], "unknown command 'blok'"],
    [['tx', 'broadcast'], "missing required argument 'tx'"],
    [['status', 'extra'], 'too many arguments'],
    [['start', '--no_such_flag'], "unknown option '--no_such_flag'"],
    [['status', '--output', 'xml'], 'Allowed choices are json, text'],
    [['init', '--home'], 'argument missing'],
    [['start', '--consensus.timeout_comit', '1s'], '(Did you mean --consensus.timeout_commit?)']
  ])('%j exits with 64 and one line', async (args, line) => {
    const { code, out, notes } = await pnyx(args)
    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(notes).toMatch(/^pnyx: [^\n]+$/)
    expect(notes).toContain(line)
  })

  it('names the applications there are, as config.toml says it does', async () => {
    expect((await pnyx(['start', '--help'])).out).toContain('Applications: staking, kvstore, ')
    expect(formatConfig()).toContain('(`pnyx start --help` lists them)')
  })

  it('prints its version', async () => {
    expect((await pnyx(['--version'])).out).toBe(packageFile.version)
    expect((await pnyx(['version'])).out).toBe(packageFile.version)
    const { out } = await pnyx(['version', '--output', 'json'])
    expect(JSON.parse(out)).toMatchObject({ pnyx: packageFile.version, abci: '2.0.0', block_protocol: 11 })
  })

  it('takes flags with - and with _', () => {
    const program = makeProgram(silent)
    const spelled = spellFlags(
      [
        'start',
        '--log-level',
        'a-b',
        '--genesis_hash=c-d',
        '--p2p.external-address',
        '--unknown_flag',
        '--',
        '--log-level'
      ],
      program
    )
    expect(spelled).toEqual([
      'start',
      '--log_level',
      'a-b',
      '--genesis-hash=c-d',
      '--p2p.external_address',
      '--unknown_flag',
      '--',
      '--log-level'
    ])
  })

  it('takes commands with - and with _, and leaves values as they are', async () => {
    expect((await pnyx(['show_node_id', '--help'])).out).toContain('Usage: pnyx show-node-id')
    expect((await pnyx(['--home', 'show_node_id', 'genesis', 'add_validator', '--help'])).out).toContain(
      'Usage: pnyx genesis add-validator'
    )
    expect((await pnyx(['show_node_id', '--home', '/no_such'])).notes).toContain('/no_such/')
    expect((await pnyx(['no_such_command'])).notes).toContain("unknown command 'no_such_command'")
    expect(spellCommands(['config', 'set', 'moniker', 'show_node_id'], makeProgram(silent)).at(-1)).toBe(
      'show_node_id'
    )
  })

  it('prints where an error came from only when asked', async () => {
    const plain = await pnyx(['show-validator', '--home', '/nonexistent'])
    expect(plain.notes).toMatch(/^pnyx: [^\n]+$/)
    const traced = await pnyx(['show-validator', '--home', '/nonexistent', '--trace'])
    expect(traced.notes).toMatch(/\n {4}at /)
  })

  it('ends with the code that fits the failure', () => {
    expect(failureOf(new UsageError('x'))).toEqual({ exitCode: 64, line: 'x' })
    expect(failureOf(new ConfigError('BAD_FLAG', 'x')).exitCode).toBe(64)
    expect(failureOf(new ConfigError('BAD_VALUE', 'x')).exitCode).toBe(1)
    expect(failureOf(new CliError('REFUSED', 'a\n  b'))).toEqual({ exitCode: 1, line: 'a b' })
    expect(failureOf(new InvariantError('x'))).toEqual({ exitCode: 70, line: 'broken invariant: x' })
    expect(failureOf(new TypeError('x'))).toEqual({ exitCode: 70, line: 'unforeseen error: x' })
    expect(failureOf('x').exitCode).toBe(70)
  })
})

describe('settings on the command line', () => {
  it('are in force, from the flag that is nearest', async () => {
    const args = [
      'config',
      'show',
      '--home',
      '/nonexistent',
      '--consensus.timeout_commit=5s',
      '--rpc.unsafe',
      '--log_level',
      'debug'
    ]
    const environment = { PNYX_CONSENSUS_TIMEOUT_COMMIT: '9s', PNYX_MEMPOOL_SIZE: '7' }
    const { out } = await pnyx(args, { environment })
    expect(out).toContain('timeout_commit = "5s"  # flag')
    expect(out).toContain('unsafe = true  # flag')
    expect(out).toContain('log_level = "debug"  # flag')
    expect(out).toContain('size = 7  # environment')
    const json = JSON.parse((await pnyx([...args, '--output', 'json'], { environment })).out)
    expect(json['consensus.timeout_commit']).toEqual({ value: '5s', source: 'flag', isDefault: false })
  })

  it('exit with 64 when wrong in a flag, with 1 when wrong elsewhere', async () => {
    const show = ['config', 'show', '--home', '/nonexistent']
    expect((await pnyx([...show, '--mempool.size', 'x'])).code).toBe(64)
    expect((await pnyx(show, { environment: { PNYX_MEMPOOL_SIZE: 'x' } })).code).toBe(1)
  })

  it('of CometBFT that do nothing here are taken, and told', async () => {
    const given = [
      '--p2p.pex=false',
      '--db_backend',
      'goleveldb',
      '--abci',
      'socket',
      '--rpc.grpc-laddr=tcp://127.0.0.1:1'
    ]
    const { code, notes } = await pnyx(['config', 'validate', '--home', '/nonexistent', ...given])
    expect(code).toBe(0)
    expect(notes).toContain('warning: p2p.pex = false has no effect')
    expect(notes).toContain('warning: rpc.grpc_laddr = "tcp://127.0.0.1:1" has no effect')
    expect(notes).toContain('these keys have no effect in Pnyx: db_backend, abci')
    const remote = ['--priv_validator_laddr', 'tcp://127.0.0.1:1']
    expect((await pnyx(['config', 'validate', '--home', '/nonexistent', ...remote])).code).toBe(64)
  })

  it('take false as well as true', async () => {
    const { out } = await pnyx(['config', 'show', '--home', '/nonexistent', '--mempool.recheck=false'])
    expect(out).toContain('recheck = false  # flag')
  })

  it('are checked by config validate', async () => {
    const { code, out, notes } = await pnyx(['config', 'validate', '--home', '/nonexistent'], {
      environment: { PNYX_X: '1' }
    })
    expect(code).toBe(0)
    expect(out).toContain('defaults are in force')
    expect(notes).toContain('PNYX_X names no setting')
  })

  it.each([
    ['tcp://127.0.0.1:26658', 'applications of another process cannot be used'],
    ['kvstor', 'there is no such application']
  ])('are refused by config validate where start would refuse them: proxy_app = %s', async (app, reason) => {
    const { code, out, notes } = await pnyx([
      'config',
      'validate',
      '--home',
      '/nonexistent',
      '--proxy_app',
      app
    ])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(notes).toContain(reason)
  })
})

describe('printed text', () => {
  it('cannot move the cursor of a terminal', () => {
    expect(printable('a\u001b[31mb\u202ec\n')).toBe('a\\u001b[31mb\\u202ec\\u000a')
    expect(toPlainText({ a: '\u0007' })).toBe('a: \\u0007')
  })

  it('is indented by depth', () => {
    expect(toPlainText({ a: 1, b: { c: [true, { d: null, e: 'x' }], f: [] }, g: 'y' })).toBe(
      ['a: 1', 'b:', '  c:', '    - true', '    - d: -', '      e: x', '  f: []', 'g: y'].join('\n')
    )
  })

  it('stands in columns', () => {
    expect(
      table([
        ['name', 'power'],
        ['a', '1'],
        ['bcdef', '100']
      ])
    ).toBe('name   power\na          1\nbcdef    100')
  })
})
