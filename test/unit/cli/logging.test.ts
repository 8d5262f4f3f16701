import { describe, expect, it } from 'vitest'
import { CliError } from '../../../src/cli/cli-error.ts'
import { parseLogLevels } from '../../../src/cli/node/log-levels.ts'
import { type LogOptions, makeLogger } from '../../../src/cli/node/pino-logger.ts'

function logInto(options: Partial<LogOptions>) {
  const lines: string[] = []
  const write = (line: string) => {
    lines.push(line)
  }
  return {
    logger: makeLogger({ levels: 'info', format: 'json', colours: false, ...options }, { write }),
    lines
  }
}

describe('log levels', () => {
  it('are read as CometBFT writes them', () => {
    expect(parseLogLevels('error')).toEqual({ others: 'error', byModule: new Map() })
    expect(parseLogLevels('consensus:debug,*:none')).toEqual({
      others: 'silent',
      byModule: new Map([['consensus', 'debug']])
    })
    expect(parseLogLevels('p2p:warn').others).toBe('info')
  })

  it('hold for modules and what is within them', () => {
    const { logger, lines } = logInto({ levels: 'consensus:debug,rpc/http:none,*:error' })
    logger.info('no')
    logger.error('one')
    const consensus = logger.child('consensus')
    consensus.debug('two')
    consensus.child('wal').debug('three')
    logger.child('node').child('consensus').debug('four')
    logger.child('rpc').child('http').error('no')
    logger.child('rpc').warn('no')
    expect(lines.map(line => [JSON.parse(line).module, JSON.parse(line).msg])).toEqual([
      [undefined, 'one'],
      ['consensus', 'two'],
      ['consensus/wal', 'three'],
      ['node/consensus', 'four']
    ])
  })
})

describe('log lines', () => {
  it('are JSON for machines, whatever is in the context', () => {
    const { logger, lines } = logInto({})
    const cause = new CliError('REFUSED', 'why')
    logger
      .child('m')
      .warn('said', { power: 2n ** 63n, bytes: Uint8Array.of(1, 255), error: cause, set: new Set([1n]) })
    const { time, ...line } = JSON.parse(lines[0]!)
    expect(Number.isNaN(Date.parse(time))).toBe(false)
    expect(line).toEqual({
      level: 'warn',
      module: 'm',
      power: '9223372036854775808',
      bytes: '01ff',
      error: { code: 'REFUSED', message: 'why' },
      set: ['1'],
      msg: 'said'
    })
  })

  it('are one line each for people, and show what is in the context', () => {
    const { logger, lines } = logInto({ format: 'plain' })
    logger.child('consensus').info('committed block', { height: 7, error: 'AB\nC' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] INFO: \[consensus\] committed block \{"height":7,"error":"AB\\nC"\}\n$/
    )
  })
})
