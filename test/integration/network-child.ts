import { createLibp2pNetwork } from '../../src/network/index.ts'
import { noMetrics, silentLogger } from '../../src/util/index.ts'
import { GENESIS_HASH, seedOf } from '../contract/libp2p-bed.ts'

/** A node in a process of its own, for being killed: says hello to its one peer as soon as that can hear it. */
const [port, peer] = process.argv.slice(2)
const network = createLibp2pNetwork(
  {
    privateKeySeed: seedOf(1),
    genesisHash: GENESIS_HASH,
    listenAddresses: [`/ip4/127.0.0.1/tcp/${port}`],
    moniker: 'child',
    persistentPeers: [peer!]
  },
  { logger: silentLogger, metrics: noMetrics }
)
await network.start({
  onMessage: (_topic, _data, _from, judge) => judge('accept'),
  onRequest: async () => null,
  onPeerConnected() {},
  onPeerDisconnected() {}
})
process.send?.('started')
const greeting = setInterval(() => {
  if (network.publish('consensus', new Uint8Array(Buffer.from(`hello from ${process.pid}`))) > 0)
    clearInterval(greeting)
}, 20)
process.on('disconnect', () => process.exit())
