import { type Command, Option } from 'commander'
import { loadNodeKey, peerMultiaddr } from '../../config/index.ts'
import { peerIdFromPublicKey } from '../../network/index.ts'
import type { CliIo } from '../cli-io.ts'
import { loadSettings } from '../globals.ts'

interface ShowNodeIdOptions {
  readonly peerId?: boolean
  readonly multiaddr?: boolean
  readonly output: 'json' | 'text'
}

export function addShowNodeIdCommand(program: Command, io: CliIo): void {
  program
    .command('show-node-id')
    .description("print this node's id: 40 hex digits, as CometBFT's tools know it")
    .option('--peer-id', 'print the libp2p id instead (12D3KooW...)')
    .option('--multiaddr', 'print the address that other nodes list in persistent_peers')
    .addOption(
      new Option('--output <format>', 'json prints all three').choices(['json', 'text']).default('text')
    )
    .addHelpText('after', '\nExample:\n  $ pnyx show-node-id --multiaddr --home ./node')
    .action((options: ShowNodeIdOptions, command: Command) => {
      const { config, paths } = loadSettings(command, io)
      const key = loadNodeKey(paths.nodeKeyFile)
      const peerId = peerIdFromPublicKey(key.publicKey.bytes)
      const address = config.p2p.externalAddress ?? config.p2p.laddr
      const multiaddr = peerMultiaddr(address, peerId)
      if (options.output === 'json') {
        io.print(JSON.stringify({ node_id: key.address, peer_id: peerId, multiaddr }, null, 2))
        return
      }
      io.print(options.multiaddr ? multiaddr : options.peerId ? peerId : key.address)
      if (options.multiaddr && isEveryInterface(address.host)) {
        io.note(
          `note: ${address.host} stands for every address of this machine; put the one that peers can reach there`
        )
      }
    })
}

function isEveryInterface(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}
