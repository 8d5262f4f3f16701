#!/usr/bin/env node
import '../network/polyfill.ts'
import { processIo } from './cli-io.ts'
import { runCli } from './program.ts'

// A reader that has seen enough (`pnyx query block | head -1`) is no failure.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCli(process.argv.slice(2), processIo())
