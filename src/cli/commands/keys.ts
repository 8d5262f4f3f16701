import type { Command } from 'commander'
import {
  checkSecretFile,
  createKey,
  deleteKey,
  formatSealedKey,
  keysDirectory,
  listKeys,
  loadKey,
  parseSealedKey,
  readRequiredFile,
  refuseExisting,
  saveKey,
  unlockKey
} from '../../config/index.ts'
import {
  COSMOS_HD_PATH,
  deriveSecp256k1,
  isHdPath,
  newMnemonic,
  normalizeMnemonic,
  seedOfMnemonic
} from '../../crypto/index.ts'
import { CliError, UsageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { confirm } from '../confirm.ts'
import { homeOf, loadSettings } from '../globals.ts'
import { addressesOf, describeKey } from '../key-words.ts'
import { printAnswer, table, toPlainText, withOutput } from '../output.ts'
import {
  askSecret,
  newPassphrase,
  type PassphraseOptions,
  passphraseOf,
  withPassphrase
} from '../passphrase.ts'

interface Options extends PassphraseOptions {
  readonly output: 'json' | 'text'
  readonly prefix?: string
}

interface AddOptions extends Options {
  readonly recover?: boolean
  readonly mnemonicFile?: string
  readonly hdPath: string
}

/** Keys of accounts: who they are is public, the secrets are encrypted by a passphrase of their own each. */
export function addKeysCommands(program: Command, io: CliIo): void {
  const group = program.command('keys').description('keep the keys of accounts')
  addAdd(group, io)
  addList(group, io)
  addShow(group, io)
  addDelete(group, io)
  addExport(group, io)
  addImport(group, io)
}

function withPrefix(command: Command): Command {
  return command.option(
    '--prefix <text>',
    'what addresses begin with (default: as the genesis of the home says, or pnyx)'
  )
}

function addAdd(group: Command, io: CliIo): void {
  const command = group
    .command('add')
    .description('make a key, and show once the 24 words it can be made of again')
    .argument('<name>', 'a name for it')
    .option('--recover', 'make it of words that are there already; they are asked for')
    .option('--mnemonic-file <file>', 'as --recover, with the words from a file of mode 600')
    .option('--hd-path <path>', 'which key of the words', COSMOS_HD_PATH)
    .addHelpText('after', '\nExample:\n  $ pnyx keys add alice')
  withOutput(withPrefix(withPassphrase(command))).action(
    async (name: string, options: AddOptions, self: Command) => {
      if (!isHdPath(options.hdPath))
        throw new UsageError(`--hd-path ${options.hdPath}: expected one such as ${COSMOS_HD_PATH}`)
      const directory = keysDirectory(homeOf(self, io))
      refuseExisting(directory, name)
      const given = await givenMnemonic(io, options)
      const mnemonic = given ?? newMnemonic()
      const privateKey = deriveSecp256k1(seedOfMnemonic(mnemonic), options.hdPath)
      const passphrase = await newPassphrase(io, options)
      const sealed = createKey(directory, { name, privateKey }, passphrase)
      const shown = describeKey(sealed, addressesIn(self, io, options))
      printAnswer(io, options.output, given === null ? { ...shown, mnemonic } : shown, () =>
        toPlainText(shown)
      )
      if (given !== null || options.output === 'json') return
      io.note(
        'Write these words down and keep them safe. They are shown this once, and whoever has them has the key:'
      )
      io.note(mnemonic)
    }
  )
}

async function givenMnemonic(io: CliIo, { recover, mnemonicFile }: AddOptions): Promise<string | null> {
  if (mnemonicFile === undefined && recover !== true) return null
  const text =
    mnemonicFile === undefined ? await askSecret(io, 'The words of the key:') : readMnemonicFile(mnemonicFile)
  const mnemonic = normalizeMnemonic(text)
  if (mnemonic !== null) return mnemonic
  throw new CliError(
    'REFUSED',
    'these words are no mnemonic: a word is wrong, missing, or in the wrong place'
  )
}

function readMnemonicFile(path: string): string {
  const text = readRequiredFile(path, 'mnemonic file', '--mnemonic-file names it')
  checkSecretFile(path, 'mnemonic file')
  return text
}

function addList(group: Command, io: CliIo): void {
  const command = group
    .command('list')
    .description('print all keys and their addresses')
    .addHelpText('after', '\nExample:\n  $ pnyx keys list --home ./node')
  withOutput(withPrefix(command)).action((options: Options, self: Command) => {
    const addresses = addressesIn(self, io, options)
    const keys = listKeys(keysDirectory(homeOf(self, io))).map(key => describeKey(key, addresses))
    printAnswer(io, options.output, keys, all =>
      all.length === 0
        ? 'there are no keys; `pnyx keys add NAME` makes one'
        : table([['NAME', 'ADDRESS'], ...all.map(({ name, address }) => [name, address])])
    )
  })
}

function addShow(group: Command, io: CliIo): void {
  const command = group
    .command('show')
    .description('print what is public of a key')
    .argument('<name>', 'which key')
    .option('--address', 'only its address')
    .option('--operator', 'only its address as the operator of a validator')
    .addHelpText('after', '\nExample:\n  $ pnyx keys show alice --address')
  withOutput(withPrefix(command)).action(
    (name: string, options: Options & { address?: boolean; operator?: boolean }, self: Command) => {
      const key = loadKey(keysDirectory(homeOf(self, io)), name)
      const shown = describeKey(key, addressesIn(self, io, options))
      if (options.address) io.print(shown.address)
      else if (options.operator) io.print(shown.operator_address)
      else printAnswer(io, options.output, shown, toPlainText)
    }
  )
}

function addDelete(group: Command, io: CliIo): void {
  const command = group
    .command('delete')
    .description('delete a key for good')
    .argument('<name>', 'which key')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  $ pnyx keys delete alice')
  withOutput(command).action(async (name: string, options: Options & { yes?: boolean }, self: Command) => {
    const directory = keysDirectory(homeOf(self, io))
    const key = loadKey(directory, name)
    const { address } = describeKey(key, addressesIn(self, io, {}))
    const consequences = [`Without its words or an export nobody can ever use ${address} again.`]
    await confirm(io, { consequences, word: name, yes: options.yes ?? false })
    deleteKey(directory, name)
    printAnswer(io, options.output, { deleted: name, address }, () => `deleted key ${name}`)
  })
}

function addExport(group: Command, io: CliIo): void {
  const command = group
    .command('export')
    .description('print a key as it is kept, encrypted by its passphrase')
    .argument('<name>', 'which key')
    .option('--unsafe-hex', 'print the private key itself, which whoever sees it can use')
    .addHelpText('after', '\nExample:\n  $ (umask 077; pnyx keys export alice > alice.json)')
  withOutput(withPassphrase(command)).action(
    async (name: string, options: Options & { unsafeHex?: boolean }, self: Command) => {
      const home = homeOf(self, io)
      const key = loadKey(keysDirectory(home), name)
      // JSON in any case: it is what `keys import` takes.
      if (!options.unsafeHex) return io.print(formatSealedKey(key).trimEnd())
      const privateKey = Buffer.from(unlockKey(key, await passphraseOf(io, options, home, name))).toString(
        'hex'
      )
      printAnswer(io, options.output, { name, private_key: privateKey }, () => privateKey)
    }
  )
}

function addImport(group: Command, io: CliIo): void {
  const command = group
    .command('import')
    .description('keep a key that was exported, under the passphrase it has')
    .argument('<name>', 'a name for it')
    .argument('<file>', 'what `pnyx keys export` printed')
    .addHelpText('after', '\nExample:\n  $ pnyx keys import alice alice.json')
  withOutput(withPrefix(withPassphrase(command))).action(
    async (name: string, file: string, options: Options, self: Command) => {
      const home = homeOf(self, io)
      const directory = keysDirectory(home)
      refuseExisting(directory, name)
      const sealed = parseSealedKey(
        readRequiredFile(file, 'exported key', '`pnyx keys export` makes one'),
        file
      )
      // Nothing is kept that cannot be opened: better to hear of it now than when it is needed.
      unlockKey(sealed, await passphraseOf(io, options, home, name))
      const kept = { ...sealed, name }
      saveKey(directory, kept)
      printAnswer(io, options.output, describeKey(kept, addressesIn(self, io, options)), toPlainText)
    }
  )
}

function addressesIn(self: Command, io: CliIo, { prefix }: { readonly prefix?: string }) {
  return addressesOf(loadSettings(self, io).paths.genesisFile, prefix)
}
