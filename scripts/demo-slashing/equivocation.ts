import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from '../cluster/cluster.ts'
import type { EvidenceMessage, FaultAnswer } from '../cluster/fault-rpc.ts'
import { type Stage, short, showPowers, showStake, showTheChainGoesOn, until } from './stage.ts'

const VOTE_TYPES: Readonly<Record<number, string>> = { 1: 'prevote', 2: 'precommit' }

/** A validator contradicts itself; it ends with its power gone. */
export async function playEquivocation(stage: Stage, directory: string): Promise<void> {
  const { faults, address, culprit, step, say } = stage
  const fault = await until('evidence', async () => (await faults.faults({ validator: address }))[0])
  showMessages(stage, fault)
  step('The contradiction is evidence')
  say(`hash ${fault.hash}`)
  say('An honest node saw both messages, checked both signatures, and sent them to the others.')
  await verifyAlone(stage, fault, directory)

  const committed = await until('a block with the evidence', async () => {
    const [found] = await faults.faults({ validator: address, status: 'committed' })
    return found
  })
  const height = committed.committed_height
  step(`Block ${height} carries the evidence`)
  say(
    `${heights(height - committed.height)} after the offence; in the block: ${(await faults.evidenceIn(height)).join(', ')}`
  )

  step('What it costs')
  await stage.reach(height)
  await showStake(stage)
  await showTheRule(stage, committed.height)

  step(`${culprit.name} leaves the validator set`)
  const left = await showPowers(stage, height)
  await showTheChainGoesOn(stage, `${left} validators`)
}

async function showTheRule({ address, faults, say }: Stage, height: number): Promise<void> {
  const powers = await faults.powers(height)
  const total = [...powers.values()].reduce((sum, power) => sum + power, 0n)
  const offending = powers.get(address) ?? 0n
  say(
    'One offender of little power loses a twentieth. k of n power offending together lose (3k/n)², since a third'
  )
  say(`of the power could stop or split the chain: here (3 * ${offending} / ${total})².`)
}

function heights(count: number): string {
  return count === 1 ? 'one height' : `${count} heights`
}

function showMessages({ step, say, culprit }: Stage, fault: FaultAnswer): void {
  const { vote_a, vote_b, proposal_a, proposal_b } = fault.evidence?.value ?? {}
  const [a, b] = [vote_a ?? proposal_a, vote_b ?? proposal_b]
  if (a === undefined || b === undefined) return
  const what = vote_a === undefined ? 'proposal' : (VOTE_TYPES[a.type ?? 0] ?? 'vote')
  step(`${culprit.name} signs two ${what}s for height ${a.height}, round ${a.round}`)
  const line = (name: string, { block_id, signature }: EvidenceMessage) =>
    say(`${what} ${name}  for block ${short(block_id.hash).padEnd(17)}  signature ${short(signature)}`)
  line('A', a)
  line('B', b)
  say('Whoever keeps the rules signs one only. Two of them could lead others to two different blocks.')
}

/** What anybody can do with a file and the genesis. */
async function verifyAlone({ say, honest }: Stage, fault: FaultAnswer, directory: string): Promise<void> {
  const file = join(directory, 'evidence.json')
  writeFileSync(file, JSON.stringify(fault.evidence))
  const genesis = join(honest[0]!.home, 'config', 'genesis.json')
  const node = honest[1]!.rpc.url
  const said = await runProgram(['evidence', 'verify', file, '--genesis', genesis, '--node', node])
  say('Anybody can check that without trusting a node:')
  say('$ pnyx evidence verify evidence.json --genesis genesis.json --node URL')
  for (const line of said.trim().split('\n')) say(`  ${line}`)
}
