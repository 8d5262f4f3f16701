import { type Genesis, genesisToJson } from '../../types/index.ts'
import { int64Json, JsonText } from '../json/json.ts'
import { callFailed } from '../rpc-error.ts'
import { defineMethod, Unchanging } from './method.ts'

/** 16 MiB, as in CometBFT. */
const CHUNK_BYTES = 16 * 1024 * 1024

interface RenderedGenesis {
  readonly text: string
  readonly bytes: Buffer
  readonly chunks: number
}

/** A genesis never changes, and may be large: it is written once. */
const rendered = new WeakMap<Genesis, RenderedGenesis>()

function render(genesis: Genesis): RenderedGenesis {
  const known = rendered.get(genesis)
  if (known !== undefined) return known
  const text = genesisToJson(genesis)
  const bytes = Buffer.from(text, 'utf8')
  const result = { text, bytes, chunks: Math.ceil(bytes.length / CHUNK_BYTES) }
  rendered.set(genesis, result)
  return result
}

export const genesis = defineMethod({
  params: {},
  call({ view }) {
    const { text, chunks } = render(view.chain.genesis)
    if (chunks > 1) {
      throw callFailed('genesis response is large, please use the genesis_chunked API instead')
    }
    return new Unchanging(new JsonText(`{"genesis":${text}}`))
  }
})

export const genesisChunked = defineMethod({
  params: { chunk: 'uint64' },
  call({ view }, args) {
    const { bytes, chunks } = render(view.chain.genesis)
    if (args.chunk >= BigInt(chunks)) {
      throw callFailed(`there are ${chunks - 1} chunks, ${args.chunk} is invalid`)
    }
    const start = Number(args.chunk) * CHUNK_BYTES
    return new Unchanging({
      chunk: int64Json(args.chunk),
      total: int64Json(chunks),
      data: bytes.subarray(start, start + CHUNK_BYTES).toString('base64')
    })
  }
})
