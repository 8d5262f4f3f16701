import { lockHome } from '../../../src/config/index.ts'

/** Tries to take a lock once its standard input says so, says how that went, and keeps what it has until killed. */
process.stdin.once('data', () => {
  try {
    lockHome(process.argv[2]!)
    process.stdout.write('won\n')
  } catch (error) {
    process.stdout.write(`lost: ${(error as Error).message}\n`)
  }
})
process.stdout.write('ready\n')
