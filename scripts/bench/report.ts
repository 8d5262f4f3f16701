import { cpus, loadavg } from 'node:os'
import type { Memory } from '../cluster/resources.ts'
import type { EnduranceFigures } from './endurance.ts'
import type { EmptyFigures, LoadFigures } from './scenarios.ts'

export interface BenchReport {
  readonly machine: { readonly cpus: number; readonly model: string; readonly node: string }
  /** Runnable processes of the last minute before and after; more than the validators need means a busy machine. */
  readonly loadAverage: { readonly before: number; readonly after: number }
  readonly validators: number
  readonly empty: EmptyFigures | null
  readonly loads: readonly LoadFigures[]
  readonly memory: readonly Memory[]
  readonly endurance: EnduranceFigures | null
  /** The height up to which all validators were found to have the same blocks and app hashes. */
  readonly sameUpToHeight: number
}

export function describeMachine(): BenchReport['machine'] {
  const all = cpus()
  return { cpus: all.length, model: all[0]?.model ?? '', node: process.version }
}

export function loadAverage(): number {
  return loadavg()[0] ?? 0
}

const fixed = (value: number, digits = 1): string => value.toFixed(digits)

/** The report as a table for a terminal. */
export function renderReport(report: BenchReport): string {
  const { machine, validators, empty, loads, memory, endurance, sameUpToHeight, loadAverage } = report
  const rows: [string, string][] = [
    ['machine', `${machine.cpus} x ${machine.model}, node ${machine.node}`],
    ['load average', `${fixed(loadAverage.before)} before, ${fixed(loadAverage.after)} after`],
    ['validators', `${validators} processes`]
  ]
  if (empty !== null) rows.push(...emptyRows(empty))
  for (const load of loads) rows.push(...loadRows(load))
  rows.push([
    'memory, MiB',
    memory.map(({ nowMib, peakMib }) => `${fixed(nowMib, 0)} (peak ${fixed(peakMib, 0)})`).join(', ')
  ])
  if (endurance !== null) rows.push(...enduranceRows(endurance))
  rows.push(['same blocks and app hashes', `on all validators up to height ${sameUpToHeight}`])
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

function emptyRows(figures: EmptyFigures): [string, string][] {
  return [
    [
      'empty: blocks/s',
      `${fixed(figures.blocksPerSecond)} (${figures.blocks} in ${fixed(figures.seconds)} s)`
    ],
    ['empty: CPU ms per block and validator', fixed(figures.cpuMsPerBlockAndValidator, 2)],
    ['empty: fsyncs per block and validator', fsyncs(figures.fsyncsPerBlockAndValidator)],
    ['empty: heights with more than one round', String(figures.heightsWithMoreRounds)]
  ]
}

function loadRows(figures: LoadFigures): [string, string][] {
  const { name, load } = figures
  const { latencyMs } = load
  return [
    [`${name}: committed tx/s`, `${fixed(figures.txPerSecond, 0)} (${load.txs} in ${fixed(load.seconds)} s)`],
    [
      `${name}: latency ms`,
      `p50 ${fixed(latencyMs.p50, 0)}, p99 ${fixed(latencyMs.p99, 0)}, max ${fixed(latencyMs.max, 0)}`
    ],
    [
      `${name}: CPU us per tx, all validators`,
      `${fixed(figures.cpuUsPerTx, 0)} (client ${fixed((load.clientCpuMs * 1000) / load.txs, 0)})`
    ],
    [
      `${name}: blocks/s`,
      `${fixed(figures.blocksPerSecond)}, ${figures.heightsWithMoreRounds} heights with more than one round`
    ],
    [`${name}: fsyncs per block and validator`, fsyncs(figures.fsyncsPerBlockAndValidator)],
    [
      `${name}: sent`,
      `${load.sent}, refused ${load.refused}, lost ${load.missing}, committed twice ${load.repeated}`
    ]
  ]
}

function enduranceRows(figures: EnduranceFigures): [string, string][] {
  return [
    ['blocks in the store', String(figures.height)],
    ...figures.samples.map(({ height, memoryMib }): [string, string] => [
      `memory at height ${height}, MiB`,
      memoryMib.map(value => fixed(value, 0)).join(', ')
    ]),
    ['restart to signing again, s', fixed(figures.restartSeconds, 2)]
  ]
}

function fsyncs(count: number | null): string {
  return count === null ? 'not measured' : fixed(count, 2)
}
