import type { Command } from 'commander'
import {
  delegateMessage,
  redelegateMessage,
  sendMessage,
  undelegateMessage,
  unjailMessage
} from '../../app/index.ts'
import type { CliIo } from '../cli-io.ts'
import { accountNamed, operatorNamed, readCoin, sendMessages, withSending } from '../send-tx.ts'

/** Transactions of the staking application that say all with their arguments. */
export function addTxAccountCommands(group: Command, io: CliIo): void {
  const send = group
    .command('send')
    .description('send coins')
    .argument('<to>', 'an address, or a key of the home')
    .argument('<coin>', 'such as 1000000upnyx')
    .addHelpText('after', '\nExample:\n  $ pnyx tx send pnyx1... 1000000upnyx --from alice')
  withSending(send).action(async (to: string, coin: string, _options: object, self: Command) =>
    sendMessages(self, io, sender => [
      sendMessage(sender.address, accountNamed(to, sender), [readCoin(coin)])
    ])
  )

  const delegate = group
    .command('delegate')
    .description('stake coins with a validator')
    .argument('<validator>', 'an operator address, or a key of the home')
    .argument('<coin>', 'such as 1000000upnyx')
    .addHelpText('after', '\nExample:\n  $ pnyx tx delegate pnyxvaloper1... 1000000upnyx --from alice')
  withSending(delegate).action(async (validator: string, coin: string, _options: object, self: Command) =>
    sendMessages(self, io, sender => [
      delegateMessage(sender.address, operatorNamed(validator, sender), readCoin(coin))
    ])
  )

  const undelegate = group
    .command('undelegate')
    .description('take stake from a validator; it is paid out at the end of the unbonding time')
    .argument('<validator>', 'an operator address, or a key of the home')
    .argument('<coin>', 'such as 1000000upnyx')
    .addHelpText('after', '\nExample:\n  $ pnyx tx undelegate pnyxvaloper1... 1000000upnyx --from alice')
  withSending(undelegate).action(async (validator: string, coin: string, _options: object, self: Command) =>
    sendMessages(self, io, sender => [
      undelegateMessage(sender.address, operatorNamed(validator, sender), readCoin(coin))
    ])
  )

  const redelegate = group
    .command('redelegate')
    .description('move stake from one validator to another')
    .argument('<from>', 'an operator address, or a key of the home')
    .argument('<to>', 'likewise')
    .argument('<coin>', 'such as 1000000upnyx')
    .addHelpText(
      'after',
      '\nExample:\n  $ pnyx tx redelegate pnyxvaloper1a... pnyxvaloper1b... 1000000upnyx --from alice'
    )
  withSending(redelegate).action(
    async (source: string, destination: string, coin: string, _options: object, self: Command) =>
      sendMessages(self, io, sender => [
        redelegateMessage(
          sender.address,
          operatorNamed(source, sender),
          operatorNamed(destination, sender),
          readCoin(coin)
        )
      ])
  )

  const unjail = group
    .command('unjail')
    .description('let the validator that the key operates out of jail')
    .addHelpText('after', '\nExample:\n  $ pnyx tx unjail --from operator')
  withSending(unjail).action(async (_options: object, self: Command) =>
    sendMessages(self, io, sender => [unjailMessage(sender.operatorAddress)])
  )
}
