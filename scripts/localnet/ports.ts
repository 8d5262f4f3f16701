import { createServer } from 'node:net'
import { CliError } from '../../src/cli/cli-error.ts'
import { LOCAL_HOST, localPorts } from '../../src/cli/local-ports.ts'

/** Throws CliError (REFUSED) with one line when a port the network needs is taken. */
export async function requireFreePorts(basePort: number, validators: number): Promise<void> {
  for (let index = 0; index < validators; index++) {
    for (const [use, port] of Object.entries(localPorts(basePort, index))) {
      if (await isFree(port)) continue
      throw new CliError(
        'REFUSED',
        `port ${port} (${use} of node${index}) is in use: stop what uses it, or choose others with --base-port`
      )
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: LOCAL_HOST, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
