import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReplyWriter } from './reply-writer.ts'

/** A page for orchestrators: 200 when `reasons` gives none, else 503, with the reasons either way. */
export function makeProbeRoute(
  reasons: () => readonly string[],
  writer: ReplyWriter
): (request: FastifyRequest, reply: FastifyReply) => void {
  return (_request, reply) => {
    const found = reasons()
    reply.header('cache-control', 'no-store')
    writer.send(reply, {
      status: found.length === 0 ? 200 : 503,
      text: JSON.stringify({ ok: found.length === 0, reasons: found }),
      cacheable: false
    })
  }
}
