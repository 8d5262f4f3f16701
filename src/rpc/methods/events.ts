import { callFailed } from '../rpc-error.ts'
import { type CallContext, defineMethod } from './method.ts'

function subscriberOf({ subscriber }: CallContext): NonNullable<CallContext['subscriber']> {
  if (subscriber === undefined) throw callFailed('subscriptions need a websocket')
  return subscriber
}

/** Events that match `query` follow, each with the id of this request. */
export const subscribe = defineMethod({
  params: { query: 'string' },
  websocketOnly: true,
  call(_env, { query }, context) {
    const { id, subscriptions } = subscriberOf(context)
    subscriptions.add(id, query)
    return {}
  }
})

export const unsubscribe = defineMethod({
  params: { query: 'string' },
  websocketOnly: true,
  call(_env, { query }, context) {
    subscriberOf(context).subscriptions.remove(query)
    return {}
  }
})

export const unsubscribeAll = defineMethod({
  params: {},
  websocketOnly: true,
  call(_env, _args, context) {
    subscriberOf(context).subscriptions.removeAll()
    return {}
  }
})
