import { cpus, loadavg } from 'node:os'
import type { Memory } from '../cluster/resources.ts'
import type { EnduranceFigures } from './endurance.ts'
import type { RpcFigures, Stretch } from './rpc-scenario.ts'
import type { EmptyFigures, LoadFigures } from './scenarios.ts'

export interface BenchReport {
  readonly machine: { readonly cpus: number; readonly model: string; readonly node: string }
  /** Runnable processes of the last minute before and after; more than the validators need means a busy machine. */
  readonly loadAverage: { readonly before: number; readonly after: number }
  readonly validators: number
  readonly empty: EmptyFigures | null
  readonly loads: readonly LoadFigures[]
  readonly memory: readonly Memory[]
  readonly rpc: RpcFigures | null
  readonly endurance: EnduranceFigures | null
  /** The height up to which all validators were found to have the same blocks and app hashes; 0 where it was not looked. */
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
  const { machine, validators, empty, loads, memory, rpc, endurance, sameUpToHeight, loadAverage } = report
  const rows: [string, string][] = [
    ['machine', `${machine.cpus} x ${machine.model}, node ${machine.node}`],
    ['load average', `${fixed(loadAverage.before)} before, ${fixed(loadAverage.after)} after`],
    ['validators', `${validators} processes`]
  ]
  if (empty !== null) rows.push(...emptyRows(empty))
  for (const load of loads) rows.push(...loadRows(load))
  if (memory.length > 0) rows.push(memoryRow(memory))
  if (rpc !== null) rows.push(...rpcRows(rpc))
  if (endurance !== null) rows.push(...enduranceRows(endurance))
  if (sameUpToHeight > 0) {
    rows.push(['same blocks and app hashes', `on all validators up to height ${sameUpToHeight}`])
  }
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

function memoryRow(memory: readonly Memory[]): [string, string] {
  const all = memory.map(({ nowMib, peakMib }) => `${fixed(nowMib, 0)} (peak ${fixed(peakMib, 0)})`)
  return ['memory, MiB', all.join(', ')]
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

function rpcRows({ before, during, after, intervalRatio, load }: RpcFigures): [string, string][] {
  const all = (value: (one: Stretch) => string) => [before, during, after].map(value).join(', ')
  return [
    [
      'rpc: median block interval ms',
      `${all(one => fixed(one.medianIntervalMs))} before, during and after: ${fixed(100 * (intervalRatio - 1))} % more`
    ],
    ['rpc: CPU of the node asked, cores', all(one => fixed(one.cpuShare, 2))],
    [
      'rpc: status requests/s',
      `${fixed(load.requests / load.seconds, 0)}, ${load.errors} errors, p50 ${fixed(load.latencyMs.p50)} ms, p99 ${fixed(load.latencyMs.p99)} ms`
    ],
    ['rpc: events/s', `${fixed(load.events / load.seconds, 0)} on ${load.subscriptions} subscriptions`]
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
