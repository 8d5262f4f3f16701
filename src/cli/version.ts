import { readFileSync } from 'node:fs'
import { BLOCK_PROTOCOL } from '../types/index.ts'

const packageFile = new URL('../../package.json', import.meta.url)

/** The version of this package. */
export const PNYX_VERSION: string = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string })
  .version

/** The version in `node_info`: clients choose by its beginning how to read answers, and people see whose it is. */
export const NODE_INFO_VERSION = `0.38.25+pnyx.${PNYX_VERSION}`

/** What this node speaks, by CometBFT's names. */
export const PROTOCOL_VERSIONS = {
  pnyx: PNYX_VERSION,
  cometbft: '0.38',
  abci: '2.0.0',
  block_protocol: BLOCK_PROTOCOL,
  node: process.version
} as const
