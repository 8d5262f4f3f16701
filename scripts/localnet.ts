import { processIo } from '../src/cli/cli-io.ts'
import { EXIT, failureOf } from '../src/cli/exit-codes.ts'
import { parseLocalnetOptions } from './localnet/options.ts'
import { runLocalnet } from './localnet/run.ts'

try {
  process.exitCode = await runLocalnet(parseLocalnetOptions(process.argv.slice(2)))
} catch (thrown) {
  const { exitCode, line } = failureOf(thrown)
  if (line !== '') processIo().note(`localnet: ${line}`)
  if (exitCode === EXIT.broken && thrown instanceof Error) processIo().note(thrown.stack ?? '')
  process.exitCode = exitCode
}
