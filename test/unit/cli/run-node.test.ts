import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { CliError } from '../../../src/cli/cli-error.ts'
import { type RunningNode, runNode } from '../../../src/cli/node/run-node.ts'
import { InvariantError, silentLogger } from '../../../src/util/index.ts'

/** A process and a node in it, of which every move is noted. */
function makeWorld(node: Partial<RunningNode> = {}) {
  const events = new EventEmitter()
  const notes: string[] = []
  const running: RunningNode = {
    failed: new Promise(() => {}),
    stop: async () => void notes.push('stop'),
    ...node
  }
  let tellExit: () => void = () => {}
  const exited = new Promise<void>(resolve => {
    tellExit = resolve
  })
  const run = (start = async () => running, stopTimeoutMs = 60_000) =>
    runNode({
      start,
      events,
      logger: silentLogger,
      stopTimeoutMs,
      exitNow: (code, line) => {
        notes.push(`exit ${code}${line === '' ? '' : `: ${line.split('\n')[0]}`}`)
        tellExit()
      }
    })
  return { events, notes, run, exited }
}

/** Lets everything that is ready run. */
const settle = () => new Promise(done => setImmediate(done))

describe('running a node', () => {
  it.each(['SIGINT', 'SIGTERM'])('%s stops it and lets go of the process', async signal => {
    const { events, notes, run } = makeWorld()
    const done = run()
    await settle()
    events.emit(signal)
    await done
    expect(notes).toEqual(['stop'])
    expect(events.eventNames()).toEqual([])
  })

  it('a second signal ends the process at once', async () => {
    const { events, notes, run } = makeWorld({ stop: () => new Promise(() => {}) })
    void run()
    await settle()
    events.emit('SIGINT')
    await settle()
    expect(notes).toEqual([])
    events.emit('SIGINT')
    expect(notes).toEqual(['exit 1'])
  })

  it('a signal while it starts ends the process at once', async () => {
    const { events, notes, run } = makeWorld()
    void run(() => new Promise(() => {}))
    events.emit('SIGTERM')
    expect(notes).toEqual(['exit 1'])
  })

  it('a node that does not stop in time is left behind', async () => {
    const { events, notes, run, exited } = makeWorld({ stop: () => new Promise(() => {}) })
    void run(undefined, 1)
    await settle()
    events.emit('SIGTERM')
    await exited
    expect(notes).toEqual(['exit 1: stopping took longer than 1 ms: the process was ended'])
  })

  it('a node that cannot start says why', async () => {
    const { events, run } = makeWorld()
    await expect(run(() => Promise.reject(new CliError('REFUSED', 'no port')))).rejects.toThrow('no port')
    expect(events.eventNames()).toEqual([])
  })

  it('a node that fails is stopped, and says why', async () => {
    const reason = new CliError('REFUSED', 'disk full')
    const { notes, run } = makeWorld({ failed: Promise.resolve(reason) })
    await expect(run()).rejects.toBe(reason)
    expect(notes).toEqual(['stop'])
  })

  it('a stop that fails is still a stop', async () => {
    const { events, run } = makeWorld({ stop: () => Promise.reject(new CliError('REFUSED', 'x')) })
    const done = run()
    await settle()
    events.emit('SIGTERM')
    await done
  })

  it.each([
    ['uncaughtException', new InvariantError('two decisions'), 'exit 70: broken invariant: two decisions'],
    [
      'unhandledRejection',
      new TypeError('x is not a function'),
      'exit 70: unforeseen error: x is not a function'
    ],
    ['unhandledRejection', new CliError('REFUSED', 'disk full'), 'exit 1: disk full']
  ])('after %s nothing more is done, not even stopping', async (event, error, note) => {
    const { events, notes, run } = makeWorld()
    const done = run()
    await settle()
    events.emit(event, error)
    await done
    expect(notes).toEqual([note])
  })
})
