import { IncomingMessage } from 'node:http'

/**
 * A request whose wish to upgrade counts only when it is for a websocket. Node hands every request with an Upgrade
 * header to the websocket side once there is one, but Java's HTTP client and `curl --http2` put `Upgrade: h2c` on plain
 * calls, and a server that does not speak a protocol is to ignore the wish for it (RFC 9110, 7.8).
 */
export class UpgradeMessage extends IncomingMessage {}

const wishes = new WeakMap<IncomingMessage, boolean | null>()

// Node sets `upgrade` before the headers are there and reads it after, so it has to be judged when it is read.
Object.defineProperty(UpgradeMessage.prototype, 'upgrade', {
  get(this: IncomingMessage): boolean | null {
    const wish = wishes.get(this) ?? null
    return wish === true ? this.headers.upgrade?.toLowerCase() === 'websocket' : wish
  },
  set(this: IncomingMessage, wish: boolean | null) {
    // Of the common request that wishes nothing, nothing is kept.
    if (wish === true || wishes.has(this)) wishes.set(this, wish)
  }
})
