import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from '../jsonrpc/dispatcher.ts'
import { errorText } from '../jsonrpc/response.ts'
import type { AnyMethod, CallContext } from '../methods/method.ts'
import type { ParamSpec, ParamValues } from '../params/param-kind.ts'
import { paramsFromUri } from '../params/uri-params.ts'
import { RpcError } from '../rpc-error.ts'
import { clientOf, type HttpAnswer, type ReplyWriter } from './reply-writer.ts'

/** A URI carries no id; CometBFT answers with this one. */
const URI_ID = -1

/** Answers a request for a method that exists on a websocket alone. */
const WEBSOCKET_METHOD: HttpAnswer = {
  status: 404,
  text: errorText(URI_ID, 'methodNotFound', ''),
  cacheable: false
}

/** The route `/method?name=value`. Here errors are answered with HTTP 500. */
export function makeUriRoute(
  method: AnyMethod,
  dispatcher: Dispatcher,
  writer: ReplyWriter
): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    if (method.websocketOnly === true) {
      writer.send(reply, WEBSOCKET_METHOD)
      return
    }
    const context = { client: clientOf(request.raw) }
    writer.sendWhenReady(reply, answerUri(request.query as URLSearchParams, context))
  }

  async function answerUri(query: URLSearchParams, context: CallContext): Promise<HttpAnswer> {
    let args: ParamValues<ParamSpec>
    try {
      args = paramsFromUri(method.params, query)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      return { status: 500, text: errorText(URI_ID, error.kind, error.message), cacheable: false }
    }
    const { text, cacheable, failed } = await dispatcher.call(URI_ID, method, args, context)
    return { status: failed ? 500 : 200, text, cacheable }
  }
}
