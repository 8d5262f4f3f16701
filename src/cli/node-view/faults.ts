import { DEFAULT_DOWNTIME_RULES } from '../../evidence/index.ts'
import type { EventIndex, FaultView, Refused, SigningInfo, SigningInfos } from '../../rpc/index.ts'
import type { Evidence } from '../../types/index.ts'
import type { Node } from '../../validator/index.ts'
import { appSigningInfos, appSlashingParams } from './app-slashing.ts'
import { findSlashes } from './slashes.ts'

/** Misbehaviour as the RPC server sees it. What slashing the application does is asked of it; the rest the node knows. */
export function faultView(node: Node, index: EventIndex | null): FaultView {
  const { faults } = node
  const { app } = node.ports
  return {
    async byHash(hash) {
      const evidence = faults.pool.get(hash)
      if (evidence !== null) return evidence
      for await (const record of faults.recorder.records(0, Number.MAX_SAFE_INTEGER)) {
        if (record.hash === hash) return record
      }
      return null
    },
    async search(query, paging) {
      const { records, total } = await faults.search(query, paging)
      return { faults: records, total }
    },
    slashes: query => findSlashes(node, index, query),
    async signingInfos() {
      const ofApp = await appSigningInfos(app)
      return inOrder(ofApp === null ? ofNode(node) : { source: 'app', infos: ofApp })
    },
    async slashingParams() {
      const ofApp = await appSlashingParams(app)
      if (ofApp !== null) return ofApp
      const { window, threshold } = node.options.faults?.downtimeRules ?? DEFAULT_DOWNTIME_RULES
      return {
        source: 'node',
        signedBlocksWindow: BigInt(window),
        minSignedPerWindow: ((window - threshold) / window).toFixed(18),
        downtimeJailDuration: null,
        slashFractionDoubleSign: null,
        slashFractionDowntime: null,
        correlationWindowBlocks: null
      }
    }
  }
}

/** Whom this node follows by last commits: everybody in the set that signs next. */
function ofNode({ state, faults }: Node): SigningInfos {
  const infos = state.validators.validators.map(({ address }): SigningInfo => {
    const presence = faults.recorder.presence(address)
    return {
      address,
      startHeight: presence?.startHeight ?? state.lastBlockHeight,
      indexOffset: BigInt(presence?.counted ?? 0),
      missedBlocks: BigInt(presence?.missedCount ?? 0),
      jailedUntil: null,
      tombstoned: false
    }
  })
  return { source: 'node', infos }
}

function inOrder({ source, infos }: SigningInfos): SigningInfos {
  return { source, infos: [...infos].sort((a, b) => (a.address < b.address ? -1 : 1)) }
}

/** Hands in evidence for a client. It is answered when the evidence is on the disk; what is known here counts as taken. */
export async function submitEvidence(
  { faults }: Pick<Node, 'faults'>,
  evidence: Evidence
): Promise<{ readonly kind: 'added' } | Refused> {
  const outcome = faults.submit(evidence)
  await faults.pool.whenIdle()
  if (outcome.kind === 'refused') return { kind: 'refused', reason: outcome.refusal.reason }
  if (outcome.kind === 'full') return { kind: 'refused', reason: 'the evidence pool is full' }
  return { kind: 'added' }
}
