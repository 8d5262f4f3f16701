import type { Command } from 'commander'
import { EventIndex } from '../../blockstore/index.ts'
import { loadNodeKey, loadValidatorKey } from '../../config/index.ts'
import { type NodeView, RpcServer } from '../../rpc/index.ts'
import { systemClock } from '../../validator/index.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { addSettingFlags, loadSettings } from '../globals.ts'
import { storedView } from '../inspect/stored-view.ts'
import { makeProcessLogger } from '../node/pino-logger.ts'
import { rpcConfig } from '../node/room-settings.ts'
import { stopWithStdin } from '../node/stop-with-stdin.ts'
import { readTls } from '../node/tls-files.ts'
import { type StoppedHome, withStoppedHome } from '../stopped/stopped-home.ts'

export function addInspectCommand(program: Command, io: CliIo): void {
  const command = program
    .command('inspect')
    .description('serve the stored blocks over RPC until Ctrl-C, without taking part in consensus')
    .option('--stop-with-stdin', 'stop when the standard input is closed')
    .addHelpText(
      'after',
      '\nFor a node that does not start any more: blocks, results, validators and searches are answered from its disk, nothing\n' +
        'is changed, signed or sent. The node must be stopped.\n\n' +
        'Example:\n  $ pnyx inspect --home ./node --rpc.laddr tcp://127.0.0.1:26657'
    )
  addSettingFlags(command)
  command.action(async (options: { stopWithStdin?: boolean }, self: Command) => {
    const unwatch = options.stopWithStdin ? stopWithStdin() : () => {}
    await withStoppedHome(loadSettings(self, io), home => serve(home, io)).finally(unwatch)
  })
}

async function serve(home: StoppedHome, io: CliIo): Promise<void> {
  const { config, paths } = home.loaded
  const settings = rpcConfig(config, readTls(paths))
  if (settings === null)
    throw new CliError('REFUSED', 'rpc.laddr is "": give --rpc.laddr tcp://127.0.0.1:26657')
  const view = storedView({
    home,
    index: storedIndex(home),
    nodeKey: loadNodeKey(paths.nodeKeyFile),
    validatorKey: loadValidatorKey(paths.validatorKeyFile),
    rpcAddress: settings.listenAddress
  })
  const { logger, flush } = makeProcessLogger({
    levels: config.base.logLevel,
    format: config.base.logFormat,
    colours: false
  })
  const server = new RpcServer({ view, config: settings, clock: systemClock, logger })
  await server.start()
  io.note(`heights ${home.blockStore.base} to ${home.blockStore.height} at ${server.url}; Ctrl-C ends it`)
  await untilSignal()
  await server.stop()
  flush()
}

function storedIndex({ loaded: { config }, store }: StoppedHome): NodeView['index'] {
  const { indexer } = config.txIndex
  if (indexer === 'kv') return new EventIndex(store)
  return indexer === 'psql' ? 'elsewhere' : null
}

function untilSignal(): Promise<void> {
  return new Promise(resolve => {
    const onSignal = (): void => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      resolve()
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  })
}
