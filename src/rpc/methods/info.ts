import { type BlockMeta, type Timestamp, timestampToRfc3339 } from '../../types/index.ts'
import { hexJson, int64Json, type JsonObject } from '../json/json.ts'
import { nodeInfoToJson, peerToJson } from '../json/node.ts'
import { publicKeyToJson } from '../json/validators.ts'
import type { NodeView } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { latestUncommittedHeight } from './height.ts'
import { defineMethod } from './method.ts'

/** What Go prints for a time of zero nanoseconds since 1970: there is no block yet. */
const NO_BLOCK_TIME: Timestamp = { seconds: 0, nanos: 0 }

/** Unlike CometBFT's, which always says yes: an answer means that blocks come or are fetched. */
export const health = defineMethod({
  params: {},
  call({ health }) {
    const reason = health.stall()
    if (reason !== null) throw callFailed(reason)
    return {}
  }
})

export const status = defineMethod({
  params: {},
  call: ({ view, health }) => ({
    node_info: nodeInfoToJson(view.identity.nodeInfo()),
    sync_info: syncInfoToJson(view, health.mayBeBehind()),
    validator_info: validatorInfoToJson(view)
  })
})

function syncInfoToJson(view: NodeView, mayBeBehind: boolean): JsonObject {
  const { chain } = view
  return {
    ...blockInfoToJson('latest', metaAt(view, chain.latestHeight())),
    ...blockInfoToJson('earliest', metaAt(view, chain.baseHeight())),
    catching_up: mayBeBehind
  }
}

function metaAt(view: NodeView, height: number): BlockMeta | null {
  return height === 0 ? null : view.chain.blockMeta(height)
}

function blockInfoToJson(prefix: 'latest' | 'earliest', meta: BlockMeta | null): JsonObject {
  return {
    [`${prefix}_block_hash`]: hexJson(meta?.blockId.hash ?? ''),
    [`${prefix}_app_hash`]: hexJson(meta?.header.appHash ?? ''),
    [`${prefix}_block_height`]: int64Json(meta?.header.height ?? 0),
    [`${prefix}_block_time`]: timestampToRfc3339(meta?.header.time ?? NO_BLOCK_TIME)
  }
}

/** The power is that of the next block's set, not of the last one's. */
function validatorInfoToJson(view: NodeView): JsonObject {
  const { address, publicKey } = view.identity.validatorKey()
  const set = view.chain.validators(latestUncommittedHeight(view))
  const index = set?.indexByAddress.get(address)
  const power = index === undefined ? 0n : set!.validators[index]!.power
  return {
    address: hexJson(address),
    pub_key: publicKeyToJson(publicKey),
    voting_power: int64Json(power)
  }
}

export const netInfo = defineMethod({
  params: {},
  call({ view: { network } }) {
    const peers = network.peers()
    return {
      listening: network.isListening(),
      listeners: network.listeners(),
      n_peers: int64Json(peers.length),
      peers: peers.map(peerToJson)
    }
  }
})
