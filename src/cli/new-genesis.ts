import { randomBytes } from 'node:crypto'
import type { KeyPair } from '../config/index.ts'
import {
  DEFAULT_CONSENSUS_PARAMS,
  type Genesis,
  type GenesisValidator,
  type Height,
  timestampFromMs
} from '../types/index.ts'
import { UsageError } from './cli-error.ts'

const MAX_CHAIN_ID_LENGTH = 50
/** CometBFT's 21 MiB let one block take longer than the timeouts of a round. */
const MAX_BLOCK_BYTES = 4 * 1024 * 1024

export interface NewGenesis {
  readonly chainId: string
  readonly validators: readonly GenesisValidator[]
  readonly initialHeight?: Height
  /** Milliseconds since 1970. */
  readonly timeMs: number
  /** What the application begins with, as JSON; nothing when left out. */
  readonly appState?: string
}

/** A genesis with CometBFT's default parameters but for blocks of at most 4 MiB. */
export function newGenesis(given: NewGenesis): Genesis {
  const { chainId, validators, initialHeight = 1, timeMs, appState = '' } = given
  return {
    genesisTime: timestampFromMs(timeMs),
    chainId,
    initialHeight,
    consensusParams: {
      ...DEFAULT_CONSENSUS_PARAMS,
      block: { ...DEFAULT_CONSENSUS_PARAMS.block, maxBytes: MAX_BLOCK_BYTES }
    },
    validators,
    appHash: '',
    appState
  }
}

export function genesisValidator(key: KeyPair, power: bigint, name: string): GenesisValidator {
  return { address: key.address, publicKey: key.publicKey, power, name }
}

/** A chain id nobody else has: `prefix` and six random letters, or the one given. Throws UsageError. */
export function chooseChainId(given: string | undefined, prefix: string): string {
  if (given === undefined) return prefix + randomLetters(6)
  if (given === '' || given.length > MAX_CHAIN_ID_LENGTH || /[\p{Cc}\s]/u.test(given)) {
    throw new UsageError(`--chain-id must have 1 to ${MAX_CHAIN_ID_LENGTH} characters and no spaces`)
  }
  return given
}

function randomLetters(count: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'
  return Array.from(randomBytes(count), byte => alphabet[byte % alphabet.length]).join('')
}
