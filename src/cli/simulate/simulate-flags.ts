import { existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'
import {
  BEHAVIOURS,
  FAULT_CLASSES,
  type FaultClass,
  isFaultClass,
  SIM_LIMITS,
  type SimOptions,
  type SimRequest,
  type SimScheme
} from '../../sim/index.ts'
import { UsageError } from '../cli-error.ts'
import type { OutputFormat } from '../output.ts'

/** What `pnyx simulate` was asked for. */
export interface SimulateFlags {
  readonly seed?: string
  readonly seeds?: number
  readonly jobs: number
  readonly validators?: number
  readonly heights?: number
  readonly byzantine?: number
  readonly faults?: readonly FaultClass[]
  readonly twins?: boolean
  readonly app?: string
  readonly crypto?: SimScheme
  readonly without?: readonly number[]
  readonly options?: string
  readonly shrink?: boolean
  readonly traceFile?: string
  readonly save?: string
  readonly scenario?: string
  readonly output: OutputFormat
}

/** `--faults loss,crash`; `all` and `none` say what they mean. */
export function parseFaults(text: string): readonly FaultClass[] {
  if (text === 'all') return FAULT_CLASSES
  if (text === 'none') return []
  const names = text.split(',').map(name => name.trim())
  for (const name of names) {
    if (isFaultClass(name)) continue
    throw new UsageError(
      `--faults: there is no fault called '${name}'; there are: ${FAULT_CLASSES.join(', ')}`
    )
  }
  return names.filter(isFaultClass)
}

/** `--without 1,4-7`: numbers of planned faults. */
export function parseNumbers(text: string): readonly number[] {
  return text.split(',').flatMap(word => {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word.trim())
    if (match === null) throw new UsageError(`--without: '${word}' is neither a number nor a range`)
    const from = Number(match[1])
    const to = Number(match[2] ?? from)
    if (to < from || to - from > 10_000) throw new UsageError(`--without: '${word}' is no range`)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** The flags that ask for one thing or another again, for the command that repeats a run. */
export function repeatCommand(request: SimRequest): string {
  const words = ['pnyx simulate', `--seed ${request.seed}`]
  if (request.validators !== undefined) words.push(`--validators ${request.validators}`)
  if (request.heights !== undefined) words.push(`--heights ${request.heights}`)
  if (request.byzantine !== undefined) words.push(`--byzantine ${request.byzantine}`)
  if (request.faults !== undefined) words.push(`--faults ${request.faults.join(',') || 'none'}`)
  if (request.twins === true) words.push('--twins')
  if (request.app !== undefined) words.push(`--app ${request.app}`)
  if (request.scheme !== undefined) words.push(`--crypto ${request.scheme}`)
  if (request.without !== undefined && request.without.length > 0) {
    words.push(`--without ${request.without.join(',')}`)
  }
  return words.join(' ')
}

const probability = z.number().min(0).max(1)
const milliseconds = z.number().min(0).max(3_600_000)
const index = z.int().min(0).max(SIM_LIMITS.validators)

const optionsSchema = z.strictObject({
  seed: z.string().min(1).max(100),
  powers: z.array(z.int().min(1).max(1_000_000_000)).min(1).max(SIM_LIMITS.validators),
  spares: z.int().min(0).max(10),
  heights: z.int().min(1).max(SIM_LIMITS.heights),
  scheme: z.enum(['hash', 'ed25519']),
  app: z.string(),
  faults: z.array(z.enum(FAULT_CLASSES)),
  byzantine: z.array(
    z.strictObject({
      validator: index,
      kind: z.enum(['mask', 'twins', 'free']),
      behaviours: z.array(z.enum(BEHAVIOURS))
    })
  ),
  faultMs: milliseconds,
  network: z.strictObject({
    minDelayMs: milliseconds,
    maxDelayMs: milliseconds,
    loss: probability,
    duplicate: probability,
    replay: probability,
    relays: z.boolean()
  }),
  diskLatencyMs: milliseconds,
  txsPerSecond: z.number().min(0).max(10_000),
  timeoutCommitMs: milliseconds,
  createEmptyBlocks: z.boolean(),
  skipTimeoutCommit: z.boolean(),
  evidenceAge: z
    .object({ blocks: z.int().min(1), ms: z.int().min(1) })
    .nullable()
    .default(null),
  without: z.array(z.int().min(0))
})

/** Options as `--shrink` prints them: JSON, or the name of a file that holds it. */
export function parseOptions(given: string): SimOptions {
  const isText = given.trimStart().startsWith('{')
  if (!isText && !existsSync(given)) throw new UsageError(`--options: ${given} is neither JSON nor a file`)
  let json: unknown
  try {
    json = JSON.parse(isText ? given : readFileSync(given, 'utf8'))
  } catch {
    throw new UsageError('--options: this is not JSON')
  }
  const parsed = optionsSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new UsageError(`--options: ${issue?.path.join('.') || 'options'}: ${issue?.message ?? 'not valid'}`)
  }
  const { powers, byzantine } = parsed.data
  const stray = byzantine.find(({ validator }) => validator >= powers.length)
  if (stray !== undefined) throw new UsageError(`--options: there is no validator ${stray.validator}`)
  return parsed.data
}
