import type { JsonObject } from '../../rpc/index.ts'
import { CliError } from '../cli-error.ts'
import type { RpcClient } from '../rpc-client.ts'
import { diagnosisToJson } from './diagnosis-json.ts'
import { snapshotFromAnswers } from './from-rpc.ts'
import type { ConsensusSnapshot } from './snapshot.ts'

/**
 * A node's own diagnosis, or one made from the outside where the node has none: any CometBFT v0.38 node tells enough.
 */
export async function askDiagnosis(client: RpcClient, nowMs: () => number): Promise<unknown> {
  try {
    return await client.call('consensus_diagnosis')
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'RPC_ERROR') throw error
    return diagnoseFromOutside(client, nowMs)
  }
}

async function diagnoseFromOutside(client: RpcClient, nowMs: () => number): Promise<JsonObject> {
  return diagnosisToJson(await askSnapshot(client, nowMs))
}

export async function askSnapshot(client: RpcClient, nowMs: () => number): Promise<ConsensusSnapshot> {
  const [dumpConsensusState, status, netInfo] = await Promise.all([
    client.call('dump_consensus_state'),
    client.call('status'),
    client.call('net_info')
  ])
  return snapshotFromAnswers({ dumpConsensusState, status, netInfo, nowMs: nowMs() })
}
