import { describe, expect, it } from 'vitest'
import type { ConsensusSnapshot } from '../../../../src/cli/diagnosis/snapshot.ts'
import { STATUS_INTERVAL_MS, startStatusLine } from '../../../../src/cli/node/status-line.ts'
import { type LogContext, type Logger, silentLogger } from '../../../../src/util/index.ts'
import { ManualClock } from '../../../support/manual-clock.ts'
import { round, snapshot, votes } from '../diagnosis/snapshot-builder.ts'

interface Line {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly context: LogContext
}

function start(first: ConsensusSnapshot) {
  const lines: Line[] = []
  const note =
    (level: Line['level']) =>
    (message: string, context: LogContext = {}) =>
      void lines.push({ level, message, context })
  const logger: Logger = { ...silentLogger, info: note('info'), warn: note('warn') }
  const clock = new ManualClock()
  let now = first
  const stop = startStatusLine({ clock, logger, snapshot: () => now, waitingTxs: () => 7 })
  const lineAt = (next: ConsensusSnapshot): Line => {
    now = next
    clock.runNext()
    return lines.at(-1)!
  }
  return { lineAt, clock, lines, stop }
}

const STUCK = snapshot(
  {
    round: 3,
    rounds: [round(3, { prevotes: votes('aa..') })],
    sinceBlockMs: 90_000,
    sinceRoundMs: 60_000
  },
  [10, 10, 40_000, null]
)

describe('the line that says where the node is', () => {
  it('comes every ten seconds with height, rate, peers and waiting transactions', () => {
    const { lineAt, clock, lines } = start(snapshot({ height: 800 }))
    expect(lines).toEqual([])
    expect(lineAt(snapshot({ height: 812 }))).toEqual({
      level: 'info',
      message: 'status',
      context: { height: 812, round: 0, step: 'prevote', blocksPerSecond: 1.2, peers: 3, waitingTxs: 7 }
    })
    expect(clock.now()).toBe(STATUS_INTERVAL_MS)
    expect(lineAt(snapshot({ height: 812 })).context.blocksPerSecond).toBe(0)
    expect(clock.now()).toBe(2 * STATUS_INTERVAL_MS)
  })

  it('is a warning with the reason once the chain is stuck, and calm again afterwards', () => {
    const { lineAt } = start(snapshot())
    const stuck = lineAt(STUCK)
    expect([stuck.level, stuck.message]).toEqual(['warn', 'the chain is stuck'])
    expect(stuck.context.why).toMatch(/^height 812 round 3: .*missing V2 \(20 %.*V3 \(15 %/)
    expect(lineAt(snapshot({ height: 813 }))).toMatchObject({ level: 'info', message: 'status' })
  })

  it('ends with the node', () => {
    const { clock, stop } = start(snapshot())
    stop()
    expect(clock.pending).toBe(0)
  })
})
