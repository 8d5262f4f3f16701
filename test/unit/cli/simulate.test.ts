import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseNightlyOptions } from '../../../scripts/nightly/options.ts'
import type { SeedOutcome, SeedRunner } from '../../../src/cli/simulate/runners.ts'
import { sweep } from '../../../src/cli/simulate/sweep.ts'
import { drawOptions, type SimRequest } from '../../../src/sim/index.ts'
import { pnyx, temporaryDirectory } from './cli-harness.ts'

const directory = temporaryDirectory()
const fileOf = (name: string, text: string | Uint8Array): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}
const SMALL = [
  'simulate',
  '--seed',
  '7',
  '--validators',
  '2',
  '--heights',
  '2',
  '--byzantine',
  '0',
  '--faults',
  'none'
]

describe('pnyx simulate', () => {
  it('tells the options first, then what came of them', async () => {
    const { code, out } = await pnyx(SMALL)
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toBe('seed 7')
    expect(out).toContain('every invariant held')
    expect(out).toMatch(/trace hash [0-9a-f]{16}/)
    const again = await pnyx(SMALL)
    const hashOf = (text: string): string | undefined => /trace hash .*/.exec(text)?.[0]
    expect(hashOf(again.out)).toBe(hashOf(out))
  })

  it('sweeps', async () => {
    const { code, out } = await pnyx([...SMALL, '--seeds', '3'])
    expect(code).toBe(0)
    expect(out).toContain('seeds 7 to 9')
    expect(out).toContain('3 seeds passed')
  })

  it('writes a trace, and a scenario that can be played', async () => {
    const [trace, scenario] = [join(directory, 'trace.txt'), join(directory, 'scenario.txt')]
    const { code, out } = await pnyx([...SMALL, '--trace', trace, '--save', scenario])
    expect(code).toBe(0)
    expect(out).toContain(`${scenario} tells what v`)
    expect(readFileSync(trace, 'utf8')).toMatch(/v0 start height 1: L10 start/)
    const played = await pnyx(['simulate', '--scenario', scenario])
    expect(played).toMatchObject({
      code: 0,
      out: expect.stringContaining('the node did what the scenario says')
    })
  })

  it('says where a node does not do what a scenario says', async () => {
    const told =
      'new self=2\n----\n\nstart\n----\nstart height 1: L10 start => commit B of 1/0 [1/0 propose]\n'
    const { code, out, notes } = await pnyx(['simulate', '--scenario', fileOf('wrong.txt', told)])
    expect(code).toBe(1)
    expect(out).toContain('schedule propose timeout 1/0')
    expect(notes).toContain("the node does something else at 'start'")
  })

  it('runs the staking application', async () => {
    const { code, out } = await pnyx([...SMALL, '--app', 'staking'])
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('every invariant held') })
  })
})

describe('what pnyx simulate is not asked rightly', () => {
  const options = JSON.stringify(drawOptions({ seed: '1' }))
  const wrong: Readonly<Record<string, readonly string[]>> = {
    'an unknown fault': ['--faults', 'loss,earthquake'],
    'no validators': ['--validators', '0'],
    'too many validators': ['--validators', '101'],
    'no heights': ['--heights', '0'],
    'more heights than any run can have': ['--heights', '1000000000'],
    'nobody who is honest': ['--validators', '3', '--byzantine', '3'],
    'a number that is none': ['--byzantine', 'many'],
    'a negative number of seeds': ['--seeds', '-5'],
    'no jobs': ['--seeds', '2', '--jobs', '0'],
    'a seed with a space': ['--seed', 'a b'],
    'an app that is not there': ['--app', 'toString'],
    'signatures of another kind': ['--crypto', 'rsa'],
    'a range that is none': ['--without', '9-3'],
    'an unknown flag': ['--chaos'],
    'a word too many': ['everything'],
    'options that are no JSON': ['--options', '{'],
    'options that are not there': ['--options', join(directory, 'nothing.json')],
    'options with an impossible size': ['--options', options.replace(/"powers":\[[^\]]*\]/, '"powers":[]')],
    'options of a fault nobody knows': [
      '--options',
      options.replace(/"faults":\[/, '"faults":["earthquake",')
    ],
    'options beside a seed': ['--seed', '1', '--options', options],
    'a trace that cannot be written': [
      '--seed',
      '1',
      '--heights',
      '1',
      '--trace',
      join(directory, 'no/such/dir')
    ],
    'a scenario that is not there': ['--scenario', join(directory, 'nothing.txt')],
    'a scenario that is a directory': ['--scenario', directory],
    'a scenario of other words': ['--scenario', fileOf('other.txt', 'hello\n----\nworld\n')],
    'a scenario of bytes': ['--scenario', fileOf('bytes.txt', new Uint8Array([0, 255, 10, 10, 7]))],
    'a scenario of a validator who is not there': [
      '--scenario',
      fileOf('nobody.txt', 'new self=9\n----\n\nstart\n----\n')
    ],
    'a scenario beside a seed': [
      '--seed',
      '1',
      '--scenario',
      fileOf('fine.txt', 'new self=2\n----\n\nstart\n----\n')
    ]
  }
  for (const [what, flags] of Object.entries(wrong)) {
    it(`${what}: one line, exit 64`, async () => {
      const { code, notes } = await pnyx(['simulate', ...flags])
      expect({ code, lines: notes.split('\n').length }).toEqual({ code: 64, lines: 1 })
      expect(notes.length).toBeGreaterThan(10)
    })
  }

  it('and the nightly sweep as well', () => {
    for (const args of [
      ['--minutes', '0'],
      ['--seeds', 'x'],
      ['--jobs', '65'],
      ['--seed', 'a b'],
      ['all'],
      ['--hours', '1']
    ]) {
      expect(() => parseNightlyOptions(args)).toThrow(/\w/)
    }
    expect(parseNightlyOptions(['--minutes', '5', '--jobs', '1'])).toMatchObject({
      minutes: 5,
      seeds: null,
      jobs: 1
    })
  })
})

describe('a sweep', () => {
  const died: SeedOutcome = { kind: 'died', request: { seed: '2' }, reason: 'its process ended with code 9' }

  it('ends at the first seed whose process dies, and says which', async () => {
    const asked: string[] = []
    const runner: SeedRunner = {
      run: async (request: SimRequest) => {
        asked.push(request.seed)
        return died
      },
      close() {}
    }
    const requests = ['2', '3', '4'].map((seed): SimRequest => ({ seed }))
    const { failure, totals } = await sweep({ requests: requests.values(), runners: [runner], onDone() {} })
    expect(failure).toEqual(died)
    expect({ asked, runs: totals.runs }).toEqual({ asked: ['2'], runs: 0 })
  })
})
