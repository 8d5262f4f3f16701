import { formatRule, type RuleName } from '../../consensus/index.ts'
import { type SimReport, violationText } from '../../sim/index.ts'
import { duration } from './progress-bar.ts'
import type { SweepTotals } from './sweep.ts'

/** The end of one run, for a person. */
export function reportToText(report: SimReport, wallMs: number): string {
  const { violation, messages, virtualMs } = report
  const speed = Math.round(virtualMs / Math.max(wallMs, 1))
  const lines = [
    violation === null ? 'every invariant held' : violationText(violation),
    `heights ${report.heights}${report.tip > report.heights ? ` to ${report.tip}` : ''}, highest round ${report.maxRound}`,
    `time ${(virtualMs / 1000).toFixed(1)} s virtual in ${(wallMs / 1000).toFixed(1)} s, ${speed} times as fast`,
    `messages ${messages.delivered} delivered, ${messages.lost} lost, ${messages.duplicated} twice, ${messages.replayed} replayed, ${messages.requests} requests; ${report.events} events`,
    `crashes ${report.crashes}`,
    `faults ${countsToText(report.faults)}`,
    `rules ${rulesToText(report.rules)}`,
    `misbehaviour ${countsToText(report.byzantine)}`,
    `evidence ${report.offences} offences provable by honest nodes, ${report.punishments} punished in blocks`,
    ...(report.hasForked
      ? [
          `the chain forked, as it may with so many Byzantine validators; provably guilty: ${report.guilty.join(', ')}`
        ]
      : []),
    `trace hash ${report.traceHash}`
  ]
  return lines.join('\n')
}

/** The end of many runs. */
export function totalsToText(totals: SweepTotals, wallMs: number): string {
  const { runs, heights, events, virtualMs } = totals
  return [
    `${runs} seeds passed in ${duration(wallMs)}`,
    `heights ${heights}, highest round ${totals.maxRound}, ${duration(virtualMs)} of virtual time, ${events} events`,
    `crashes ${totals.crashes}`,
    `faults ${countsToText(totals.faults)}`,
    `rules ${rulesToText(totals.rules)}`,
    `misbehaviour ${countsToText(totals.byzantine)}`,
    `evidence ${totals.offences} offences provable by honest nodes, ${totals.punishments} punished in blocks`,
    ...(totals.forks > 0
      ? [`${totals.forks} chains forked, each with a third of the power provably guilty`]
      : [])
  ].join('\n')
}

function countsToText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts)
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${name} ${count}`).join(', ')
}

function rulesToText(rules: Readonly<Record<string, number>>): string {
  return countsToText(
    Object.fromEntries(Object.entries(rules).map(([name, count]) => [formatRule(name as RuleName), count]))
  )
}
