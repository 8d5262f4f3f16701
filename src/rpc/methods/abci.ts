import { appInfoToJson, queryResponseToJson, txResultToJson } from '../json/abci.ts'
import { callFailed } from '../rpc-error.ts'
import { defineMethod } from './method.ts'

export const abciInfo = defineMethod({
  params: {},
  call: async ({ view }) => ({ response: appInfoToJson(await view.app.info()) })
})

export const abciQuery = defineMethod({
  params: { path: 'string', data: 'hexBytes', height: 'int64', prove: 'boolean' },
  async call({ view }, args) {
    if (args.height < 0n || args.height > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw callFailed(`height must be from 0 to ${Number.MAX_SAFE_INTEGER}, but got ${args.height}`)
    }
    const response = await view.app.query({
      path: args.path,
      data: args.data,
      height: Number(args.height),
      prove: args.prove
    })
    return { response: queryResponseToJson(response) }
  }
})

export const checkTx = defineMethod({
  params: { tx: 'bytes' },
  sideBySide: true,
  call: async ({ view }, args) => txResultToJson(await view.app.checkTx({ tx: args.tx, type: 'new' }))
})
