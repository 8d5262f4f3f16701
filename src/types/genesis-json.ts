import { aminoJson, publicKeyToAminoJson } from './amino-json.ts'
import type { Genesis } from './genesis.ts'
import type { ConsensusParams } from './params.ts'
import { timestampToRfc3339 } from './time.ts'

/** Consensus params in the form genesis.json and the RPC give them. */
export function consensusParamsToJson(params: ConsensusParams): Readonly<Record<string, unknown>> {
  const { block, evidence, validator, version, abci } = params
  return {
    block: { max_bytes: BigInt(block.maxBytes), max_gas: BigInt(block.maxGas) },
    evidence: {
      max_age_num_blocks: BigInt(evidence.maxAgeNumBlocks),
      max_age_duration: evidence.maxAgeDuration,
      max_bytes: BigInt(evidence.maxBytes)
    },
    validator: { pub_key_types: validator.pubKeyTypes },
    version: { app: BigInt(version.app) },
    abci: { vote_extensions_enable_height: BigInt(abci.voteExtensionsEnableHeight) }
  }
}

/**
 * genesis.json as CometBFT writes it: two spaces of indent, its order of fields, no line break at the end. app_state is
 * put in as it is, not indented anew. Reading it gives the same genesis.
 */
export function genesisToJson(genesis: Genesis): string {
  const withoutAppState = {
    genesis_time: timestampToRfc3339(genesis.genesisTime),
    chain_id: genesis.chainId,
    initial_height: BigInt(genesis.initialHeight),
    consensus_params: consensusParamsToJson(genesis.consensusParams),
    validators:
      genesis.validators.length === 0
        ? undefined
        : genesis.validators.map(({ address, publicKey, power, name }) => ({
            address: address.toUpperCase(),
            pub_key: publicKeyToAminoJson(publicKey),
            power,
            name
          })),
    app_hash: genesis.appHash.toUpperCase()
  }
  const text = aminoJson(withoutAppState, 2)
  return genesis.appState === '' ? text : `${text.slice(0, -2)},\n  "app_state": ${genesis.appState}\n}`
}
