// Loaded before the program (`node --import`): of what peers send, this process never sees the given share, frames of
// gossip and of streams alike, and answers as few of their requests. TCP itself loses nothing, so it is taken away above.
// With the first loss a file `frames-lost` appears in the home, for whoever must be sure that anything was lost.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Libp2pNetwork } from '../../../dist/network/libp2p-network.js'

const share = Number(new URL(import.meta.url).searchParams.get('share'))
const home = process.argv[process.argv.indexOf('--home') + 1]
let isFirst = true

function isLost() {
  const lost = Math.random() < share
  if (lost && isFirst) writeFileSync(join(home, 'frames-lost'), '')
  if (lost) isFirst = false
  return lost
}

const start = Libp2pNetwork.start

Libp2pNetwork.start = (settings, dependencies, handlers) =>
  start.call(Libp2pNetwork, settings, dependencies, {
    ...handlers,
    onMessage: (topic, data, from, judge) =>
      isLost() ? judge('ignore') : handlers.onMessage(topic, data, from, judge),
    onRequest: async (protocol, data, from) => (isLost() ? null : handlers.onRequest(protocol, data, from)),
    // Class methods are not copied by a spread.
    onPeerConnected: peer => handlers.onPeerConnected(peer),
    onPeerDisconnected: peer => handlers.onPeerDisconnected(peer)
  })
