import { isTestNetwork } from '../../app/index.ts'
import type { Genesis, Height } from '../../types/index.ts'
import { CliError, UsageError } from '../cli-error.ts'

/** How a node breaks the rules, and when. Heights are of the blocks being decided. */
export type ByzantinePlan =
  | { readonly kind: 'double-vote' | 'double-proposal' | 'amnesia'; readonly from: Height }
  | { readonly kind: 'downtime'; readonly from: Height; readonly to: Height }

export const BYZANTINE_HELP =
  'for test networks only: break the rules on purpose; double-vote@N, double-proposal@N or amnesia@N once from height N on, downtime@A-B'

const HEIGHT = '([1-9]\\d{0,14})'
const AT = new RegExp(`^(double-vote|double-proposal|amnesia)@${HEIGHT}$`)
const BETWEEN = new RegExp(`^downtime@${HEIGHT}-${HEIGHT}$`)

/** Reads `double-vote@10`, `downtime@10-30` and the like. Throws UsageError. */
export function parseByzantinePlan(text: string): ByzantinePlan {
  const at = AT.exec(text)
  if (at !== null) return { kind: at[1] as 'double-vote', from: Number(at[2]) }
  const between = BETWEEN.exec(text)
  if (between !== null && Number(between[1]) <= Number(between[2])) {
    return { kind: 'downtime', from: Number(between[1]), to: Number(between[2]) }
  }
  throw new UsageError(
    `--byzantine ${text}: expected double-vote@N, double-proposal@N, amnesia@N or downtime@A-B, heights from 1`
  )
}

/** Throws CliError REFUSED unless the genesis says under app_state that nothing of value is at stake. */
export function requireTestNetwork({ chainId, appState }: Pick<Genesis, 'chainId' | 'appState'>): void {
  if (isTestNetwork(appState)) return
  throw new CliError(
    'REFUSED',
    `--byzantine is for test networks alone (made with --test-network), and the genesis of ${chainId} does not say "test_network": true under app_state`
  )
}

/** What the operator is told at the start, in one line. */
export function byzantineWarning(plan: ByzantinePlan): string {
  const { kind, from } = plan
  const deed = {
    'double-vote': `vote twice at height ${from}`,
    'double-proposal': `propose two blocks in its first turn from height ${from} on`,
    amnesia: `withhold its first block from height ${from} on, and forget what it voted for there`,
    downtime: `sign nothing from height ${from} to ${plan.kind === 'downtime' ? plan.to : from}`
  }[kind]
  const guard = kind === 'downtime' ? '' : ', past the guard against double signing'
  return `BYZANTINE: this validator will ${deed}${guard}; its stake is meant to be lost`
}
