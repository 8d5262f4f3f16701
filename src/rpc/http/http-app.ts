import { createServer, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest
} from 'fastify'
import { errorMessage, type Logger } from '../../util/index.ts'
import type { Dispatcher } from '../jsonrpc/dispatcher.ts'
import { errorText } from '../jsonrpc/response.ts'
import type { MethodTable } from '../methods/method.ts'
import type { NodeHealth } from '../node-health.ts'
import type { RpcConfig } from '../rpc-config.ts'
import { makeCorsRules } from './cors.ts'
import { endpointPage } from './endpoint-page.ts'
import { isAllowedHost } from './host-rules.ts'
import { makeJsonRpcRoute } from './json-rpc-route.ts'
import { makeProbeRoute } from './probe-route.ts'
import type { HttpAnswer, ReplyWriter } from './reply-writer.ts'
import { UpgradeMessage } from './upgrade-message.ts'
import { makeUriRoute } from './uri-route.ts'

/** How often Node looks for connections that are over their time. */
const CHECK_INTERVAL_MS = 1000

export interface HttpAppParts {
  readonly config: RpcConfig
  readonly methods: MethodTable
  readonly dispatcher: Dispatcher
  readonly writer: ReplyWriter
  readonly health: NodeHealth
  readonly logger: Logger
}

/** The HTTP side of the server: all routes, with every limit of the config set, not yet listening. */
export function makeHttpApp(parts: HttpAppParts): FastifyInstance {
  const app = createFastify(parts.config)
  // Any content type is taken as JSON, as CometBFT does: curl sends form data unless told otherwise.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  addGuards(app, parts.config)
  addRoutes(app, parts)
  addErrors(app, parts)
  return app
}

function createFastify(config: RpcConfig): FastifyInstance {
  const server: ServerOptions = {
    IncomingMessage: UpgradeMessage,
    maxHeaderSize: config.maxHeaderBytes,
    requestTimeout: config.readTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, config.readTimeoutMs)
  }
  const { tls } = config
  return Fastify({
    bodyLimit: config.maxBodyBytes,
    requestTimeout: config.readTimeoutMs,
    keepAliveTimeout: config.keepAliveTimeoutMs,
    routerOptions: { querystringParser: text => new URLSearchParams(text) as never },
    serverFactory(handler) {
      const made =
        tls === null
          ? createServer(server, handler)
          : createTlsServer({ ...server, cert: tls.certificate, key: tls.privateKey }, handler)
      made.maxConnections = config.maxOpenConnections
      return made
    }
  })
}

/** Checks before any route, only where the config asks for them. */
function addGuards(app: FastifyInstance, config: RpcConfig): void {
  if (config.allowedHosts.length > 0) {
    app.addHook('onRequest', (request, reply, next) => {
      if (isAllowedHost(request.headers.host, config.allowedHosts)) next()
      else reply.code(403).type('text/plain; charset=utf-8').send('403 host not allowed\n')
    })
  }
  const cors = makeCorsRules(config)
  if (cors === undefined) return
  app.addHook('onRequest', (request, reply, next) => {
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    const headers = cors(request.headers, isPreflight)
    if (headers !== null) reply.headers(headers)
    if (isPreflight) reply.code(204).send()
    else next()
  })
}

function addRoutes(app: FastifyInstance, parts: HttpAppParts): void {
  const { methods, dispatcher, writer, health, config } = parts
  const page = endpointPage(methods)
  app.post('/', makeJsonRpcRoute(dispatcher, writer, page, config))
  app.get('/', (_request, reply) => writer.sendPage(reply, page))
  app.get(
    '/livez',
    makeProbeRoute(() => health.deathReasons(), writer)
  )
  app.get(
    '/readyz',
    makeProbeRoute(() => health.unreadyReasons(), writer)
  )
  for (const [name, method] of methods) {
    const route = makeUriRoute(method, dispatcher, writer)
    app.get(`/${name}`, route)
    app.post(`/${name}`, route)
  }
}

function addErrors(app: FastifyInstance, { writer, logger }: HttpAppParts): void {
  app.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('text/plain; charset=utf-8').send('404 page not found\n')
  })
  app.setErrorHandler((error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    if (error.statusCode === undefined || error.statusCode >= 500) {
      logger.error('RPC request failed', { error: errorMessage(error), cause: error })
    }
    writer.send(reply, answerToHttpError(error))
  })
}

/** What a client is told of a request that did not get as far as a method. */
function answerToHttpError({ code, statusCode }: FastifyError): HttpAnswer {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const reason = 'error reading request body: http: request body too large'
    return { status: 400, text: errorText(null, 'invalidRequest', reason), cacheable: false }
  }
  if (statusCode !== undefined && statusCode < 500) {
    const text = errorText(null, 'invalidRequest', 'malformed HTTP request')
    return { status: statusCode, text, cacheable: false }
  }
  const text = errorText(null, 'internal', 'unexpected failure, see the log of the node')
  return { status: 500, text, cacheable: false }
}
