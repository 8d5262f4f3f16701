import { int64Json } from '../json/json.ts'
import { consensusParamsToJson } from '../json/params.ts'
import { peerStateToJson, roundStateSummaryToJson, roundStateToJson } from '../json/round-state.ts'
import { validatorToJson } from '../json/validators.ts'
import type { NodeView, RoundStateView } from '../node-view.ts'
import { callFailed } from '../rpc-error.ts'
import { latestUncommittedHeight, resolveHeight } from './height.ts'
import { defineMethod, Unchanging } from './method.ts'
import { pageOf, resolvePerPage } from './paging.ts'

/** The set of a height and its paging; the answer for the newest height is known before its block is. */
export const validators = defineMethod({
  params: { height: 'optionalInt64', page: 'optionalInt64', per_page: 'optionalInt64' },
  call({ view }, args) {
    const height = resolveHeight(view.chain, args.height, latestUncommittedHeight(view))
    const set = view.chain.validators(height)
    if (set === null) throw callFailed(`could not find validator set for height #${height}`)
    const page = pageOf(set.validators, args.page, resolvePerPage(args.per_page))
    const answer = {
      block_height: int64Json(height),
      validators: page.map(validatorToJson),
      count: int64Json(page.length),
      total: int64Json(set.validators.length)
    }
    return args.height === null ? answer : new Unchanging(answer)
  }
})

export const consensusParams = defineMethod({
  params: { height: 'optionalInt64' },
  call({ view }, args) {
    const height = resolveHeight(view.chain, args.height, latestUncommittedHeight(view))
    const params = view.chain.consensusParams(height)
    if (params === null) throw callFailed(`could not find consensus params for height #${height}`)
    const answer = {
      block_height: int64Json(height),
      consensus_params: consensusParamsToJson(params)
    }
    return args.height === null ? answer : new Unchanging(answer)
  }
})

function roundStateOf(view: NodeView): RoundStateView {
  const state = view.consensus.roundState()
  if (state === null) throw callFailed('consensus is not running: the node is catching up')
  return state
}

export const consensusState = defineMethod({
  params: {},
  call: ({ view }) => ({ round_state: roundStateSummaryToJson(roundStateOf(view)) })
})

export const dumpConsensusState = defineMethod({
  params: {},
  call: ({ view }) => ({
    round_state: roundStateToJson(roundStateOf(view)),
    peers: view.consensus.peerStates().map(peerStateToJson)
  })
})

/** Ours: why the chain goes on or does not, in one sentence, with the numbers behind it. */
export const consensusDiagnosis = defineMethod({
  params: {},
  call({ view }) {
    const diagnosis = view.consensus.diagnose?.()
    if (diagnosis === undefined) throw callFailed('this node does not diagnose consensus')
    return diagnosis
  }
})
