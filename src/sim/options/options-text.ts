import { drawPlan } from '../plan/draw-plan.ts'
import { planText } from '../plan/plan-item.ts'
import { type Misfit, nodeName, type SimOptions } from './sim-options.ts'

/** What a run will be, in a few lines; the seed first. */
export function optionsText(options: SimOptions): string {
  const { seed, powers, spares, heights, scheme, app, faults, byzantine, faultMs, network, without } = options
  const who = byzantine.length === 0 ? 'all honest' : byzantine.map(misfitText).join('; ')
  const percent = (probability: number): string => `${Math.round(100 * probability)} %`
  const wires = [
    `${network.minDelayMs} to ${network.maxDelayMs} ms`,
    ...(network.loss > 0 ? [`${percent(network.loss)} lost`] : []),
    ...(network.duplicate > 0 ? [`${percent(network.duplicate)} twice`] : []),
    ...(network.replay > 0 ? [`${percent(network.replay)} again later`] : []),
    network.relays ? 'relayed' : 'direct'
  ]
  const { diskLatencyMs, txsPerSecond, timeoutCommitMs, createEmptyBlocks, skipTimeoutCommit, evidenceAge } =
    options
  return [
    `seed ${seed}`,
    `validators ${powers.length}, power ${powers.join(' ')}${spares > 0 ? `, and ${spares} who may join` : ''}; ${who}`,
    `target height ${heights}, app ${app}, signatures ${scheme}`,
    `faults for ${faultMs / 1000} s: ${faults.length === 0 ? 'none' : faults.join(', ')}${
      without.length > 0 ? `; left out: ${without.join(', ')}` : ''
    }`,
    `messages take ${wires.join(', ')}; disk up to ${diskLatencyMs} ms; ${txsPerSecond} transactions a second`,
    `timeout_commit ${timeoutCommitMs} ms${skipTimeoutCommit ? ', skipped' : ''}${
      createEmptyBlocks ? '' : ', no empty blocks'
    }${
      evidenceAge === null
        ? ''
        : `; evidence expires after ${evidenceAge.blocks} blocks and ${evidenceAge.ms} ms`
    }`
  ].join('\n')
}

/** The planned faults, one a line, by number. */
export function planLines(options: SimOptions): readonly string[] {
  const left = new Set(options.without)
  return drawPlan(options).flatMap((item, number) =>
    left.has(number) ? [] : [`${number}: ${planText(item, nodeName)}`]
  )
}

function misfitText({ validator, kind, behaviours }: Misfit): string {
  const name = nodeName(validator)
  if (kind === 'twins') return `${name} runs twice`
  return kind === 'free' ? `${name} says anything` : `${name}: ${behaviours.join(', ')}`
}
