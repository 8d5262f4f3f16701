import { readFileSync } from 'node:fs'
import { BLOCK_PROTOCOL } from '../types/index.ts'

const packageFile = new URL('../../package.json', import.meta.url)

/** The version of this package. */
export const PNYX_VERSION: string = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string })
  .version

/** What this node speaks, by CometBFT's names. */
export const PROTOCOL_VERSIONS = {
  pnyx: PNYX_VERSION,
  cometbft: '0.38',
  abci: '2.0.0',
  block_protocol: BLOCK_PROTOCOL,
  node: process.version
} as const
