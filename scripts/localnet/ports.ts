import { CliError } from '../../src/cli/cli-error.ts'
import { localPorts } from '../../src/cli/local-ports.ts'
import { isFreePort } from '../cluster/ports.ts'

/** Throws CliError (REFUSED) with one line when a port the network needs is taken. */
export async function requireFreePorts(basePort: number, validators: number): Promise<void> {
  for (let index = 0; index < validators; index++) {
    for (const [use, port] of Object.entries(localPorts(basePort, index))) {
      if (await isFreePort(port)) continue
      throw new CliError(
        'REFUSED',
        `port ${port} (${use} of node${index}) is in use: stop what uses it, or choose others with --base-port`
      )
    }
  }
}
