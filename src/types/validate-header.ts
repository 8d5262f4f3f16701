import { ADDRESS_BYTES } from '../crypto/index.ts'
import { BLOCK_PROTOCOL, type Header } from './header.ts'
import { MAX_CHAIN_ID_BYTES } from './limits.ts'
import { validateBlockId, validateHash } from './validate-vote.ts'

/** CometBFT Header.ValidateBasic. The app hash may have any length. */
export function validateHeader(header: Header): string | null {
  if (header.version.block !== BLOCK_PROTOCOL) {
    return `block protocol is incorrect: got: ${header.version.block}, want: ${BLOCK_PROTOCOL}`
  }
  const chainIdBytes = Buffer.byteLength(header.chainId)
  if (chainIdBytes > MAX_CHAIN_ID_BYTES) {
    return `chainID is too long; got: ${chainIdBytes}, max: ${MAX_CHAIN_ID_BYTES}`
  }
  if (header.height < 0) return 'negative Height'
  if (header.height === 0) return 'zero Height'
  const lastBlockId = validateBlockId(header.lastBlockId)
  if (lastBlockId !== null) return `wrong LastBlockID: ${lastBlockId}`
  if (header.proposerAddress.length !== 2 * ADDRESS_BYTES) {
    return `invalid ProposerAddress length; got: ${header.proposerAddress.length >>> 1}, expected: ${ADDRESS_BYTES}`
  }
  return validateHashes(header)
}

function validateHashes(header: Header): string | null {
  const hashes = {
    LastCommitHash: header.lastCommitHash,
    DataHash: header.dataHash,
    EvidenceHash: header.evidenceHash,
    ValidatorsHash: header.validatorsHash,
    NextValidatorsHash: header.nextValidatorsHash,
    ConsensusHash: header.consensusHash,
    LastResultsHash: header.lastResultsHash
  }
  for (const [name, hash] of Object.entries(hashes)) {
    const problem = validateHash(hash)
    if (problem !== null) return `wrong ${name}: ${problem}`
  }
  return null
}
