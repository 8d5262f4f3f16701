import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer, Dispatcher } from '../jsonrpc/dispatcher.ts'
import { refuseLongBatch } from '../jsonrpc/long-batch.ts'
import { type Message, parseMessages } from '../jsonrpc/request.ts'
import { errorText } from '../jsonrpc/response.ts'
import type { CallContext } from '../methods/method.ts'
import type { RpcConfig } from '../rpc-config.ts'
import { RpcError } from '../rpc-error.ts'
import { clientOf, type HttpAnswer, type ReplyWriter } from './reply-writer.ts'

/**
 * The route of JSON-RPC over POST. Errors of a call are answered with HTTP 200, since clients throw away the body of
 * anything else; only a body that is no JSON gets 500, as from CometBFT.
 */
export function makeJsonRpcRoute(
  dispatcher: Dispatcher,
  writer: ReplyWriter,
  page: string,
  config: RpcConfig
): (request: FastifyRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const body = request.body as Buffer | undefined
    if (body === undefined || body.length === 0) {
      writer.sendPage(reply, page)
      return
    }
    const answer = answerBody(body, { client: clientOf(request.raw) })
    if (answer instanceof Promise) writer.sendWhenReady(reply, answer)
    else writer.send(reply, answer)
  }

  function answerBody(body: Buffer, context: CallContext): HttpAnswer | Promise<HttpAnswer> {
    let messages: Message | readonly Message[]
    try {
      messages = parseMessages(body)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      return { status: 500, text: errorText(null, error.kind, error.message), cacheable: false }
    }
    if (isBatch(messages)) return answerBatch(messages, context)
    const answer = dispatcher.answer(messages, context)
    return answer instanceof Promise ? answer.then(answerOfOne) : answerOfOne(answer)
  }

  function answerBatch(messages: readonly Message[], context: CallContext): HttpAnswer | Promise<HttpAnswer> {
    if (messages.length === 0) return refusal(errorText(null, 'invalidRequest', 'empty batch'))
    if (messages.length > config.maxRequestBatchSize) {
      return refusal(refuseLongBatch(messages, config.maxRequestBatchSize))
    }
    return dispatcher.answerBatch(messages, context).then(answerOfBatch)
  }
}

function isBatch(messages: Message | readonly Message[]): messages is readonly Message[] {
  return Array.isArray(messages)
}

function refusal(text: string): HttpAnswer {
  return { status: 200, text, cacheable: false }
}

/** A notification gets an empty body. */
function answerOfOne(answer: Answer | null): HttpAnswer {
  return { status: 200, text: answer?.text ?? '', cacheable: answer?.cacheable ?? false }
}

/** One answer stands alone, as from CometBFT; a batch of notifications gets an empty body. */
function answerOfBatch(answers: readonly Answer[]): HttpAnswer {
  if (answers.length <= 1) return answerOfOne(answers[0] ?? null)
  return {
    status: 200,
    text: `[${answers.map(answer => answer.text).join(',')}]`,
    cacheable: answers.every(answer => answer.cacheable)
  }
}
