import { createHash, type KeyObject, sign } from 'node:crypto'
import { type ReplicaMessage, type Statement, statementBytes } from '../message.ts'
import type { Order } from './lifecycle.ts'

type Send = (message: ReplicaMessage<Order>, to?: number) => void

export interface TwoFacedOptions {
  readonly self: number
  readonly members: number
  readonly privateKey: KeyObject
  readonly send: Send
}

/**
 * The Byzantine member of the example. It votes for what it sees to members with an odd index and for nil to the
 * others, and when it is its turn it proposes an illegal order to some and another one to the rest.
 */
export function sendTwoFaced({ self, members, privateKey, send }: TwoFacedOptions): Send {
  const signed = (statement: Statement) =>
    sign(null, statementBytes('lifecycle-example', statement), privateKey)
  const proposal = (statement: Statement, content: Order): ReplicaMessage<Order> => {
    const value = createHash('sha256').update(JSON.stringify(content)).digest('hex')
    const own = { ...statement, value, polRound: -1 }
    return { kind: 'proposal', statement: own, signature: signed(own), content, polka: [] }
  }
  return message => {
    if (message.kind !== 'vote' && message.kind !== 'proposal') return
    for (let to = 0; to < members; to++) {
      if (to === self) continue
      if (message.kind === 'proposal') {
        send(proposal(message.statement, { command: 'stop', by: `impostor ${to % 2}` }), to)
      } else if (to % 2 === 1) {
        send(message, to)
      } else {
        const nil = { ...message.statement, value: null }
        send({ ...message, statement: nil, signature: signed(nil) }, to)
        // And later the other vote too: an honest member must be able to stand both.
        send(message, to)
      }
    }
  }
}
