import { methodTable } from '../../src/rpc/methods/table.ts'
import type { ParamKind } from '../../src/rpc/params/param-kind.ts'
import { COMPONENTS } from './components.ts'
import { ANSWERS } from './results.ts'
import { flag, listOf, object, ref, type Schema, text, whole } from './schema.ts'

/** How a parameter is written in a URI: bytes as 0x and hex, or as a text in double quotes. */
const IN_URI: Readonly<Record<ParamKind, { readonly schema: Schema; readonly description: string }>> = {
  int64: { schema: whole, description: 'A whole number, also in double quotes.' },
  optionalInt64: { schema: whole, description: 'A whole number, also in double quotes.' },
  uint64: { schema: whole, description: 'A whole number, also in double quotes.' },
  boolean: { schema: flag, description: 'true or false.' },
  string: { schema: text, description: 'A text in double quotes.' },
  bytes: { schema: text, description: '0x and hex, or a text in double quotes.' },
  hexBytes: { schema: text, description: '0x and hex, or a text in double quotes.' },
  strings: { schema: listOf(text), description: 'A JSON list of texts.' },
  evidence: { schema: ref('Evidence'), description: 'Evidence as JSON.' }
}

const UNSAFE = new Set(
  [...methodTable({ unsafe: true }).keys()].filter(name => !methodTable({ unsafe: false }).has(name))
)

function answerOf(id: Schema, fields: Readonly<Record<string, Schema>>): Schema {
  return object({ jsonrpc: { type: 'string', enum: ['2.0'] }, id, ...fields })
}

const REQUEST_ID: Schema = { type: ['string', 'integer', 'null'] }
const probe = object({ ok: flag, reasons: listOf(text) })

function jsonBody(schema: Schema, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** The path of one method, as it is called by URI. */
function methodPath(name: string) {
  const method = methodTable({ unsafe: true }).get(name)!
  const { group, summary, result } = ANSWERS[name]!
  const notes = [
    ...(method.websocketOnly === true ? ['Only over the websocket at /websocket.'] : []),
    ...(UNSAFE.has(name) ? ['Only where `rpc.unsafe` is on.'] : [])
  ]
  return {
    get: {
      operationId: name,
      tags: [group],
      summary,
      ...(notes.length > 0 && { description: notes.join(' ') }),
      parameters: Object.entries(method.params).map(([param, kind]) => ({
        name: param,
        in: 'query',
        required: false,
        ...IN_URI[kind]
      })),
      responses: {
        200: jsonBody(answerOf({ type: 'integer' }, { result }), 'The answer.'),
        500: jsonBody(answerOf({ type: 'integer' }, { error: ref('Error') }), 'Why there is none.')
      }
    }
  }
}

function probePath(operationId: string, summary: string) {
  return {
    get: {
      operationId,
      tags: ['Node'],
      summary,
      responses: { 200: jsonBody(probe, 'Yes.'), 503: jsonBody(probe, 'No, with the reasons.') }
    }
  }
}

/** The path of JSON-RPC: any method, one call or a batch. */
function rpcPath() {
  const request = object({
    jsonrpc: { type: 'string', enum: ['2.0'] },
    'id?': REQUEST_ID,
    method: { type: 'string', enum: Object.keys(ANSWERS) },
    'params?': { type: ['object', 'array'] }
  })
  const answer: Schema = {
    anyOf: [answerOf(REQUEST_ID, { result: {} }), answerOf(REQUEST_ID, { error: ref('Error') })]
  }
  return {
    post: {
      operationId: 'json_rpc',
      summary: 'JSON-RPC 2.0: one call, or a batch of them.',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { anyOf: [request, listOf(request)] } } }
      },
      responses: {
        200: jsonBody({ anyOf: [answer, listOf(answer)] }, 'The answers; errors of calls are among them.'),
        500: jsonBody(answer, 'The body is no JSON.')
      }
    }
  }
}

/** The OpenAPI 3.1 document of the RPC server. */
export function openApiDocument() {
  const methods = [...methodTable({ unsafe: true }).keys()]
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pnyx RPC',
      version: '0.38',
      description:
        'The RPC of CometBFT v0.38 and a few methods of our own. Every method can be called by GET /method?name=value, ' +
        'by JSON-RPC over POST /, and over the websocket at /websocket.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' }
    },
    servers: [{ url: 'http://127.0.0.1:26657' }],
    paths: {
      '/': rpcPath(),
      '/livez': probePath('livez', 'Whether the process is alive; if not, a restart may help.'),
      '/readyz': probePath('readyz', 'Whether clients should be sent here.'),
      ...Object.fromEntries(methods.map(name => [`/${name}`, methodPath(name)]))
    },
    components: { schemas: COMPONENTS }
  }
}
