import {
  beginBlockSlashing,
  DEFAULT_SLASHING_PARAMS,
  type MisbehaviourType,
  ONE,
  type SlashingBlock,
  type SlashingEvent,
  type SlashingParams
} from '../../../src/evidence/index.ts'
import { BLOCK_ID_FLAG, type Timestamp } from '../../../src/types/index.ts'
import { MemorySlashingState } from '../../support/slashing/memory-state.ts'

const { absent: ABSENT, commit: COMMIT } = BLOCK_ID_FLAG

/** A short window, so that stories stay short: 10 blocks, of which 5 must be signed. */
export const STORY_PARAMS: SlashingParams = {
  ...DEFAULT_SLASHING_PARAMS,
  signedBlocksWindow: 10,
  minSigned: 5,
  downtimeJailDuration: 60_000_000_000n,
  slashFractionDowntime: ONE / 100n,
  slashFractionDoubleSign: ONE / 20n,
  correlation: false
}

export const STAKE = 1000n
export const addressOfName = (name: string) => Buffer.from(name.padEnd(20, '.')).toString('hex')
export const timeAt = (height: number): Timestamp => ({ seconds: 1_700_000_000 + height, nanos: 0 })

/** Validators a, b, c, d with 1000 tokens (100 power) each, one block a second. */
export class SlashingBed {
  readonly state: MemorySlashingState
  readonly events: SlashingEvent[] = []
  height = 1

  constructor(params: Partial<SlashingParams> = {}, names: readonly string[] = ['a', 'b', 'c', 'd']) {
    this.state = new MemorySlashingState({ ...STORY_PARAMS, ...params })
    for (const name of names) this.state.create(name, addressOfName(name), STAKE, this.place)
  }

  get place() {
    return { height: this.height, time: timeAt(this.height) }
  }

  tokens(name: string): bigint {
    return this.state.validator(name)!.tokens
  }

  info(name: string) {
    return this.state.signingInfo(name)!
  }

  isJailed(name: string): boolean {
    return this.state.validator(name)!.jailed
  }

  /** What a block tells of one offender: a duplicate vote with 100 power unless said otherwise. */
  offence(
    name: string,
    change: {
      height?: number
      power?: bigint
      type?: MisbehaviourType
      address?: string
      total?: bigint
    } = {}
  ): SlashingBlock['misbehavior'][number] {
    return {
      type: change.type ?? 'duplicateVote',
      validator: { address: change.address ?? addressOfName(name), power: change.power ?? 100n },
      height: change.height ?? this.height,
      totalVotingPower: change.total ?? 400n
    }
  }

  /** The next block; everybody bonded and not jailed has signed the last one but those named. */
  block(
    change: {
      readonly absent?: readonly string[]
      readonly offences?: readonly SlashingBlock['misbehavior'][number][]
      readonly voters?: readonly string[]
    } = {}
  ): readonly SlashingEvent[] {
    this.height++
    const { absent = [], offences = [] } = change
    const voters =
      change.voters ??
      [...this.state.validators.values()].filter(v => v.status === 'bonded').map(v => v.operator)
    const events = beginBlockSlashing(this.state, {
      ...this.place,
      lastCommit: voters.map(name => ({
        validator: { address: addressOfName(name), power: 100n },
        blockIdFlag: absent.includes(name) ? ABSENT : COMMIT
      })),
      misbehavior: offences
    })
    this.events.push(...events)
    this.state.mature(this.place)
    return events
  }

  blocks(count: number, change: Parameters<SlashingBed['block']>[0] = {}): readonly SlashingEvent[] {
    return Array.from({ length: count }, () => this.block(change)).flat()
  }
}

/** What happened, in short: `slash b downtime 9`, `jail b downtime`, `tombstone b`. */
export function inShort(events: readonly SlashingEvent[]): string[] {
  return events.flatMap(event => {
    switch (event.kind) {
      case 'slash':
        return [`slash ${event.operator} ${event.reason} ${event.burned}`]
      case 'jail':
        return [`jail ${event.operator} ${event.reason}`]
      case 'ignored':
        return [`ignored ${event.reason}`]
      case 'missed':
        return []
      default:
        return [`${event.kind} ${event.operator}`]
    }
  })
}
