import { duration, integer, type Section } from '../field.ts'

export const faultsSection = {
  table: 'faults',
  comment:
    'How this node looks for validators that break the rules. CometBFT has no such table. What misbehaviour costs is for the whole chain, and stands in genesis.json.',
  fields: {
    windowBlocks: integer(100, {
      key: 'fault_window_blocks',
      min: 1,
      max: 10_000,
      comment:
        'Heights back for which messages are remembered, so that a late one that contradicts them is still noticed. Memory grows with it.'
    }),
    equivocationThreshold: integer(1, {
      key: 'equivocation_threshold',
      min: 1,
      max: 1_000,
      comment:
        'Contradictions of one validator within those heights from which on this node makes evidence, of all of them. Above 1 it keeps silent about the first.'
    }),
    downtimeThreshold: integer(50, {
      key: 'downtime_threshold',
      min: 1,
      max: 1_000_000,
      comment: 'A validator is logged as down when it was silent for more heights than this.'
    }),
    monitorIntervalMs: duration('10s', {
      key: 'monitor_interval',
      min: '100ms',
      max: '1h',
      comment: 'How often it is looked who is missing. A change is logged.'
    })
  },
  withoutEffect: []
} as const satisfies Section
