import type { Network, NetworkHandlers } from '../../../src/network/index.ts'
import type { Prng } from '../../../src/sim/prng.ts'

/**
 * A network whose pub/sub loses this share of what it delivers; streams work. What is dropped was received by libp2p
 * and is judged as if never seen, so the network neither repeats nor forwards it.
 */
export function losingPubSub(network: Network, share: number, random: Prng): Network {
  const losing = (handlers: NetworkHandlers): NetworkHandlers => ({
    ...handlers,
    onMessage: (topic, data, from, judge) => {
      if (random.chance(share)) judge('ignore')
      else handlers.onMessage(topic, data, from, judge)
    }
  })
  return {
    get self() {
      return network.self
    },
    start: handlers => network.start(losing(handlers)),
    stop: () => network.stop(),
    publish: (topic, data) => network.publish(topic, data),
    request: (...request) => network.request(...request),
    dial: (peers, wish) => network.dial(peers, wish),
    peers: () => network.peers(),
    report: (peer, reason) => network.report(peer, reason)
  }
}
