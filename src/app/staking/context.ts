import type { SlashingState } from '../../evidence/index.ts'
import type { Height, Timestamp } from '../../types/index.ts'
import type { AppEvent } from '../application.ts'
import type { Addresses } from './addresses.ts'
import type { Chain } from './records/chain-config.ts'
import type { StateLayer } from './state/state-layer.ts'

/** What code that changes the state works with. */
export interface Context {
  readonly state: StateLayer
  /** {@link state} as the slashing module sees it. */
  readonly slashing: SlashingState
  readonly chain: Chain
  readonly addresses: Addresses
  readonly height: Height
  readonly time: Timestamp
  /** Where events go, in order. */
  readonly events: AppEvent[]
}

/** Adds an event; every attribute is indexed. */
export function emit(
  { events }: Pick<Context, 'events'>,
  type: string,
  attributes: Readonly<Record<string, string>>
): void {
  events.push({
    type,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value, index: true }))
  })
}
