import { errorMessage, PnyxError } from '../../util/index.ts'
import { toJsonText } from '../json/json.ts'
import {
  type AnyMethod,
  type CallContext,
  type MethodResult,
  type MethodTable,
  type RpcEnvironment,
  Unchanging
} from '../methods/method.ts'
import { paramsFromJson } from '../params/json-params.ts'
import type { ParamSpec, ParamValues } from '../params/param-kind.ts'
import { RpcError } from '../rpc-error.ts'
import type { Message, Request, RequestId } from './request.ts'
import { errorText, successText } from './response.ts'

/** The text of one answer. */
export interface Answer {
  readonly text: string
  /** True when caches on the way may keep it. */
  readonly cacheable: boolean
  readonly failed: boolean
}

/** Calls methods and writes their answers, for every transport. */
export class Dispatcher {
  readonly #methods: MethodTable
  readonly #env: RpcEnvironment

  constructor(methods: MethodTable, env: RpcEnvironment) {
    this.#methods = methods
    this.#env = env
  }

  /** Answers one message; null where nothing is to be answered. Returns at once unless the method has to wait. */
  answer(message: Message, context: CallContext): Answer | null | Promise<Answer> {
    if (message.kind === 'notification') return null
    if (message.kind === 'invalid') return failure(message.id, 'invalidRequest', message.reason)
    return this.#answerRequest(message, context)
  }

  /**
   * Answers a batch in its order. Calls that are marked so run side by side, all others one after the other; once the
   * answers exceed `maxBatchResponseBytes`, what is left is refused.
   */
  async answerBatch(messages: readonly Message[], context: CallContext): Promise<readonly Answer[]> {
    const answers: (Answer | Promise<Answer>)[] = []
    let length = 0
    for (const message of messages) {
      if (length > this.#env.config.maxBatchResponseBytes) {
        if (message.kind !== 'notification') answers.push(this.#tooMuch(message.id))
        continue
      }
      const started = this.answer(message, context)
      if (started === null) continue
      const waits = started instanceof Promise && this.#isSideBySide(message)
      const answer = waits ? started : await started
      if (!(answer instanceof Promise)) length += answer.text.length
      answers.push(answer)
    }
    return Promise.all(answers)
  }

  /** Calls a method with arguments that a transport has read by itself. */
  async call(
    id: RequestId,
    method: AnyMethod,
    args: ParamValues<ParamSpec>,
    context: CallContext
  ): Promise<Answer> {
    try {
      return this.#success(id, await method.call(this.#env, args, context))
    } catch (error) {
      return this.#failed(id, error)
    }
  }

  #answerRequest({ id, method: name, params }: Request, context: CallContext): Answer | Promise<Answer> {
    const method = this.#methods.get(name)
    if (method === undefined || (method.websocketOnly === true && context.subscriber === undefined)) {
      return failure(id, 'methodNotFound', '')
    }
    try {
      const result = method.call(this.#env, paramsFromJson(method.params, params), context)
      if (!(result instanceof Promise)) return this.#success(id, result)
      return result.then(settled => this.#success(id, settled)).catch(error => this.#failed(id, error))
    } catch (error) {
      return this.#failed(id, error)
    }
  }

  #isSideBySide(message: Message): boolean {
    return message.kind === 'request' && this.#methods.get(message.method)?.sideBySide === true
  }

  #success(id: RequestId, result: MethodResult): Answer {
    const cacheable = result instanceof Unchanging
    const text = toJsonText(cacheable ? result.result : result)
    return { text: successText(id, text), cacheable, failed: false }
  }

  #failed(id: RequestId, error: unknown): Answer {
    if (error instanceof RpcError) return failure(id, error.kind, error.message)
    this.#env.logger.error('RPC method failed', { error: errorMessage(error), cause: error })
    // The message of an error made on purpose is fit for a reader; anything else may show what is inside.
    const reason = error instanceof PnyxError ? error.message : 'unexpected failure, see the log of the node'
    return failure(id, 'internal', reason)
  }

  #tooMuch(id: RequestId | null): Answer {
    const limit = this.#env.config.maxBatchResponseBytes
    return failure(id, 'server', `batch response exceeds maximum (${limit} bytes), ask again for the rest`)
  }
}

function failure(id: RequestId | null, kind: RpcError['kind'], data: string): Answer {
  return { text: errorText(id, kind, data), cacheable: false, failed: true }
}
