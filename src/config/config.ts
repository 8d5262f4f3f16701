import type { SectionValues } from './field.ts'
import { baseSection } from './sections/base.ts'
import { consensusSection } from './sections/consensus.ts'
import { faultsSection } from './sections/faults.ts'
import { instrumentationSection } from './sections/instrumentation.ts'
import { mempoolSection } from './sections/mempool.ts'
import { p2pSection } from './sections/p2p.ts'
import { rpcSection } from './sections/rpc.ts'
import { blockSyncSection, stateSyncSection, storageSection, txIndexSection } from './sections/storage.ts'

/** Every section of config.toml, in the order it is written. The one list from which all else here is derived. */
export const SECTIONS = {
  base: baseSection,
  rpc: rpcSection,
  p2p: p2pSection,
  mempool: mempoolSection,
  stateSync: stateSyncSection,
  blockSync: blockSyncSection,
  consensus: consensusSection,
  faults: faultsSection,
  storage: storageSection,
  txIndex: txIndexSection,
  instrumentation: instrumentationSection
} as const

/** The settings of one node, checked and complete. Durations are milliseconds, addresses are taken apart. */
export type Config = { readonly [K in keyof typeof SECTIONS]: SectionValues<(typeof SECTIONS)[K]> }

/** A key's full name: `p2p.laddr`, or `moniker` above the first table. Flags are named so (`--p2p.laddr`). */
export function settingName(table: string, key: string): string {
  return table === '' ? key : `${table}.${key}`
}

/** The environment variable of a key: `PNYX_P2P_LADDR`. */
export function environmentName(name: string): string {
  return `PNYX_${name.replaceAll(/[.-]/g, '_').toUpperCase()}`
}
