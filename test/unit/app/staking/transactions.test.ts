import {
  DirectSecp256k1Wallet,
  encodePubkey,
  makeAuthInfoBytes,
  makeSignDoc,
  Registry
} from '@cosmjs/proto-signing'
import { defaultRegistryTypes } from '@cosmjs/stargate'
import { SignMode } from 'cosmjs-types/cosmos/tx/signing/v1beta1/signing'
import { AuthInfo, SignDoc, TxBody, TxRaw } from 'cosmjs-types/cosmos/tx/v1beta1/tx'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Any, sendMessage } from '../../../../src/app/index.ts'
import { DEFAULT_TX_PARAMS } from '../../../../src/app/staking/genesis/genesis-shape.ts'
import { REFUSED } from '../../../../src/app/staking/refusal.ts'
import { secp256k1PublicKeyOf } from '../../../../src/crypto/index.ts'
import { audit } from './audit.ts'
import { Bed, CHAIN_ID, person, upnyx } from './staking-bed.ts'

const [alice, bob] = [person('alice'), person('bob')]
const pay = (amount: number): Any => sendMessage(alice.address, bob.address, [upnyx(amount)])
const start = () => Bed.start({ coins: { alice: 1_000_000n, carol: 1_000_000n } })

async function check(bed: Bed, tx: Uint8Array, type: 'new' | 'recheck' = 'new') {
  const { code, codespace, log } = await bed.app.checkTx({ tx, type })
  return { code, codespace, log }
}

describe('a transaction', () => {
  it('signed by CosmJS is byte for byte the one we sign', async () => {
    const bed = await start()
    const wallet = await DirectSecp256k1Wallet.fromKey(alice.privateKey, 'pnyx')
    const pubkey = keyOf('alice')
    const value = {
      fromAddress: alice.address,
      toAddress: bob.address,
      amount: [{ denom: 'upnyx', amount: '5' }]
    }
    const bodyBytes = new Registry(defaultRegistryTypes).encodeTxBody({
      messages: [{ typeUrl: '/cosmos.bank.v1beta1.MsgSend', value }],
      memo: 'hello'
    })
    const signer = { pubkey, sequence: 3 }
    const authInfo = makeAuthInfoBytes(
      [signer],
      [{ denom: 'upnyx', amount: '7' }],
      200_000,
      undefined,
      undefined
    )
    const signed = await wallet.signDirect(alice.address, makeSignDoc(bodyBytes, authInfo, CHAIN_ID, 0))
    const theirs = TxRaw.encode({
      bodyBytes: signed.signed.bodyBytes,
      authInfoBytes: signed.signed.authInfoBytes,
      signatures: [Buffer.from(signed.signature.signature, 'base64')]
    }).finish()
    const wish = { memo: 'hello', fee: [upnyx(7)], gasLimit: 200_000, sequence: 3 }
    const ours = await bed.tx('alice', [pay(5)], wish)
    expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(theirs).toString('hex'))
  })

  const refusals: readonly [string, keyof typeof REFUSED, Parameters<Bed['tx']>[2]][] = [
    ['a sequence that is not the next', 'wrongSequence', { sequence: 1 }],
    ['another chain', 'unauthorized', { chainId: 'other' }],
    ['another account number', 'unauthorized', { accountNumber: 1 }],
    ['a key that is not the account’s', 'invalidPublicKey', { privateKey: bob.privateKey }],
    ['a memo that is too long', 'memoTooLarge', { memo: 'x'.repeat(257) }],
    ['too little gas', 'outOfGas', { gasLimit: 40_000 }],
    ['a fee nobody has', 'insufficientFunds', { fee: [upnyx(10_000_000)] }],
    ['a fee in another coin', 'insufficientFee', { fee: [{ denom: 'other', amount: 1n }] }],
    ['a block that is past', 'timeoutHeight', { timeoutHeight: 1 }]
  ]
  it.each(refusals)('with %s may wait for no block and does nothing in one', async (_name, kind, wish) => {
    const bed = await start()
    await bed.block()
    const tx = await bed.tx('alice', [pay(5)], wish)
    const { code, codespace } = REFUSED[kind]
    expect(await check(bed, tx)).toMatchObject({ code, codespace })
    const before = await bed.baseAccount(alice.account)
    const { txResults } = await bed.block({ txs: [tx] })
    expect(txResults[0]).toMatchObject({ code, codespace })
    const isPaid = kind === 'outOfGas'
    expect((await bed.baseAccount(alice.account)).sequence).toBe(before.sequence + (isPaid ? 1 : 0))
    const request = bed.request({ txs: [tx] })
    const proposal = { ...request, proposedLastCommit: request.decidedLastCommit }
    expect(await bed.app.processProposal(proposal)).toBe(false)
  })

  it('of an account nobody has heard of is refused', async () => {
    const bed = await start()
    await bed.block()
    const tx = await bed.tx('nobody', [sendMessage(person('nobody').address, bob.address, [upnyx(1)])], {
      accountNumber: 9
    })
    expect(await check(bed, tx)).toMatchObject({ code: REFUSED.unknownAddress.code })
  })

  it('pays the gas price the chain asks for', async () => {
    const genesis = {
      tx: { maxMemoCharacters: 256, maxSignatures: 7, maxMessages: 100, minGasPrice: 10n ** 16n }
    }
    const bed = await Bed.start({ coins: { alice: 1_000_000n }, genesis })
    const wish = { gasLimit: 100_001, sequence: 0 }
    const cheap = await bed.tx('alice', [pay(5)], { ...wish, fee: [upnyx(1000)] })
    const refused = await check(bed, cheap)
    expect(refused.code).toBe(REFUSED.insufficientFee.code)
    expect(refused.log).toContain('required: 1001upnyx')
    expect(await check(bed, await bed.tx('alice', [pay(5)], { ...wish, fee: [upnyx(1001)] }))).toMatchObject({
      code: 0
    })
  })

  it('may offer a fee of nothing, as wallets write it, where gas is free', async () => {
    const bed = await start()
    const tx = await bed.tx('alice', [pay(5)], { fee: [upnyx(0)] })
    expect(await check(bed, tx)).toMatchObject({ code: 0 })
    expect((await bed.block({ txs: [tx] })).txResults[0]).toMatchObject({ code: 0 })
    const other = [{ denom: 'other', amount: 0n }]
    expect(await bed.run('alice', [pay(5)], { fee: other })).toMatchObject({ code: 0 })
    const genesis = { tx: { ...DEFAULT_TX_PARAMS, minGasPrice: 1n } }
    const dear = await Bed.start({ coins: { alice: 1_000_000n }, genesis })
    const refused = await check(dear, await dear.tx('alice', [pay(5)], { fee: [upnyx(0)] }))
    expect(refused.code).toBe(REFUSED.insufficientFee.code)
  })

  it('whose message fails costs its fee and its sequence, and nothing else', async () => {
    const bed = await start()
    const result = await bed.run('alice', [pay(5), pay(2_000_000)], { fee: [upnyx(11)] })
    expect(result).toMatchObject({ code: 5, codespace: 'sdk' })
    expect(result.log).toContain('message index: 1')
    expect(result.events.map(({ type }) => type)).not.toContain('message')
    expect((await bed.baseAccount(alice.account)).sequence).toBe(1)
    expect(await bed.run('alice', [pay(999_989)])).toMatchObject({ code: 0 })
    await audit(bed.store)
  })

  it('can be of several people, each signing, in the order of its messages', async () => {
    const bed = await start()
    const carol = person('carol')
    const messages = [pay(5), sendMessage(carol.address, bob.address, [upnyx(6)]), pay(7)]
    const both = await twoSigned(bed, messages, ['alice', 'carol'])
    expect(await check(bed, both)).toMatchObject({ code: 0 })
    const swapped = await twoSigned(bed, messages, ['carol', 'alice'])
    expect(await check(bed, swapped)).toMatchObject({ code: REFUSED.invalidPublicKey.code })
    const { txResults } = await bed.block({ txs: [both] })
    expect(txResults[0]).toMatchObject({ code: 0 })
    expect((await bed.baseAccount(carol.account)).sequence).toBe(1)
  })
})

function keyOf(name: string) {
  const value = Buffer.from(secp256k1PublicKeyOf(person(name).privateKey)).toString('base64')
  return encodePubkey({ type: 'tendermint/PubKeySecp256k1', value })
}

/** Signed by CosmJS types alone, so that our encoder is not its own judge. */
async function twoSigned(bed: Bed, messages: readonly Any[], names: readonly string[]): Promise<Uint8Array> {
  const bodyBytes = TxBody.encode(TxBody.fromPartial({ messages: [...messages] })).finish()
  const keys = names.map(keyOf)
  const authInfoBytes = AuthInfo.encode(
    AuthInfo.fromPartial({
      signerInfos: keys.map(publicKey => ({
        publicKey,
        modeInfo: { single: { mode: SignMode.SIGN_MODE_DIRECT } },
        sequence: 0n
      })),
      fee: { gasLimit: 500_000n }
    })
  ).finish()
  const signatures: Uint8Array[] = []
  for (const name of names) {
    const { privateKey, account, address } = person(name)
    const wallet = await DirectSecp256k1Wallet.fromKey(privateKey, 'pnyx')
    const accountNumber = BigInt(await bed.accountNumber(account))
    const doc = SignDoc.fromPartial({ bodyBytes, authInfoBytes, chainId: CHAIN_ID, accountNumber })
    signatures.push(Buffer.from((await wallet.signDirect(address, doc)).signature.signature, 'base64'))
  }
  return TxRaw.encode({ bodyBytes, authInfoBytes, signatures }).finish()
}

describe('transactions that wait', () => {
  it('may build on each other, and on nothing of a block before it is committed', async () => {
    const bed = await start()
    await bed.block()
    const txs = [
      await bed.tx('alice', [pay(1)]),
      await bed.tx('alice', [pay(2)]),
      await bed.tx('alice', [pay(3)])
    ]
    expect((await check(bed, txs[1]!)).code).toBe(REFUSED.wrongSequence.code)
    for (const tx of txs) expect((await check(bed, tx)).code).toBe(0)
    expect((await check(bed, txs[0]!)).code).toBe(REFUSED.wrongSequence.code)
    await bed.block({ txs: txs.slice(0, 1) })
    // What is left is looked at again, in its order, on the new state.
    for (const tx of txs.slice(1)) expect((await check(bed, tx, 'recheck')).code).toBe(0)
    expect((await check(bed, txs[0]!)).code).toBe(REFUSED.wrongSequence.code)
  })

  it('do not spend the same coins twice', async () => {
    const bed = await start()
    await bed.block()
    const fee = [upnyx(600_000)]
    const [first, second] = [
      await bed.tx('alice', [pay(1)], { fee }),
      await bed.tx('alice', [pay(1)], { fee })
    ]
    expect((await check(bed, first)).code).toBe(0)
    expect((await check(bed, second)).code).toBe(REFUSED.insufficientFunds.code)
  })

  it('are proposed as far as the gas of a block goes, and left out where they cannot be', async () => {
    const bed = await start()
    await bed.block()
    const good = [await bed.tx('alice', [pay(1)]), await bed.tx('alice', [pay(2)])]
    const junk = Uint8Array.of(1, 2, 3)
    const { txs: _txs, hash: _hash, decidedLastCommit: _commit, ...rest } = bed.request()
    const request = { ...rest, maxTxBytes: 10_000, localLastCommit: { round: 0, votes: [] } }
    expect(await bed.app.prepareProposal({ ...request, txs: [junk, good[0]!, good[0]!, good[1]!] })).toEqual(
      good
    )
  })
})

describe('bytes of any kind', () => {
  it('are refused with a code and never an exception; a changed bit never moves anything', async () => {
    const bed = await start()
    const tx = await bed.tx('alice', [pay(5)])
    await fc.assert(
      fc.asyncProperty(fc.nat(tx.length * 8 - 1), async bit => {
        const changed = tx.map((byte, index) => (index === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte))
        expect((await check(bed, changed)).code).toBeGreaterThan(0)
      }),
      { numRuns: 150 }
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        expect((await check(bed, bytes)).code).toBe(REFUSED.txDecode.code)
      }),
      { numRuns: 100 }
    )
    expect((await check(bed, tx)).code).toBe(0)
  })

  it('with fields nobody knows, or in a longer form, are refused', async () => {
    const bed = await start()
    const raw = TxRaw.decode(await bed.tx('alice', [pay(5)]))
    const withUnknown = Buffer.concat([TxRaw.encode(raw).finish(), Buffer.from([0x20, 1])])
    const body = Buffer.concat([raw.bodyBytes, Buffer.from([0x28, 1])])
    const withUnknownInBody = TxRaw.encode({ ...raw, bodyBytes: body }).finish()
    const outOfOrder = Buffer.concat([
      TxRaw.encode({ ...raw, bodyBytes: new Uint8Array() }).finish(),
      Buffer.from([0x0a, raw.bodyBytes.length]),
      raw.bodyBytes
    ])
    for (const tx of [withUnknown, withUnknownInBody, outOfOrder]) {
      expect((await check(bed, tx)).code).toBe(REFUSED.txDecode.code)
    }
  })

  it('that name a message nobody handles are refused by its name', async () => {
    const bed = await start()
    const tx = await bed.tx('alice', [{ typeUrl: '/cosmos.gov.v1.MsgVote', value: new Uint8Array(0) }])
    const refused = await check(bed, tx)
    expect(refused.code).toBe(REFUSED.unknownRequest.code)
    expect(refused.log).toContain('/cosmos.gov.v1.MsgVote')
  })
})
