import { describe, expect, it } from 'vitest'
import { txHash } from '../../../src/types/index.ts'
import { answer, commit, makePool, reaped, refusal, text, untext } from './tx-bed.ts'

describe('TxPool.checkTx', () => {
  it('keeps what the app accepts, in order, and says what the app said', async () => {
    const { pool } = makePool()
    const outcome = await pool.checkTx(text('a'))
    await pool.checkTx(text('bb'))
    expect(outcome).toEqual({
      kind: 'checked',
      hash: txHash(text('a')),
      response: answer(),
      added: true,
      postCheck: null
    })
    expect(reaped(pool)).toEqual(['a', 'bb'])
    expect([pool.size, pool.bytes]).toEqual([2, 3])
    expect(pool.has(txHash(text('a')))).toBe(true)
    expect(pool.contents(1).map(({ tx }) => untext(tx))).toEqual(['a'])
  })

  it('asks the app once about a transaction, with the text of CometBFT for the second try', async () => {
    const { pool, app } = makePool()
    await pool.checkTx(text('a'))
    expect(refusal(await pool.checkTx(text('a'), { from: 'peer' }))).toBe('tx already exists in cache')
    expect(app.asked).toEqual(['a'])
  })

  it('does not ask twice while the app is still thinking', async () => {
    const { pool, app } = makePool()
    app.isHeld = true
    const first = pool.checkTx(text('a'))
    expect(refusal(await pool.checkTx(text('a')))).toBe('tx already exists in cache')
    app.release()
    expect(await first).toMatchObject({ added: true })
    expect(app.asked).toEqual(['a'])
  })

  it('forgets what the app refused, unless told to keep it', async () => {
    for (const keepInvalidTxsInCache of [false, true]) {
      const { pool, app } = makePool({ config: { keepInvalidTxsInCache } })
      app.judge = () => answer(7)
      expect(await pool.checkTx(text('a'))).toMatchObject({ added: false, response: { code: 7 } })
      app.judge = () => answer(0)
      const second = await pool.checkTx(text('a'))
      expect(second.kind).toBe(keepInvalidTxsInCache ? 'refused' : 'checked')
      expect(pool.size).toBe(keepInvalidTxsInCache ? 0 : 1)
    }
  })

  it('is full by number and by bytes, with the text of CometBFT', async () => {
    const { pool } = makePool({ config: { size: 2, maxTxsBytes: 100 } })
    await pool.checkTx(text('a'))
    expect(refusal(await pool.checkTx(text('x'.repeat(100))))).toBe(
      'mempool is full: number of txs 1 (max: 2), total txs bytes 1 (max: 100)'
    )
    await pool.checkTx(text('b'))
    expect(refusal(await pool.checkTx(text('c')))).toBe(
      'mempool is full: number of txs 2 (max: 2), total txs bytes 2 (max: 100)'
    )
    await commit(pool, 2, ['a'])
    expect((await pool.checkTx(text('c'))).kind).toBe('checked')
  })

  it('counts what the app is looking at as taken, so that a slow app cannot be flooded', async () => {
    const { pool, app } = makePool({ config: { size: 2 } })
    app.isHeld = true
    const asked = [pool.checkTx(text('a')), pool.checkTx(text('b'))]
    expect(refusal(await pool.checkTx(text('c')))).toMatch(/^mempool is full: number of txs 2 /)
    expect(app.heldCount).toBe(2)
    app.release()
    await Promise.all(asked)
    expect([pool.size, pool.bytes]).toEqual([2, 2])
  })

  it('refuses what is too large for a transaction or for a block', async () => {
    const { pool, app } = makePool({
      config: { maxTxBytes: 20 },
      room: { maxDataBytes: 12, maxGas: -1 }
    })
    expect(refusal(await pool.checkTx(text('x'.repeat(21))))).toBe('Tx too large. Max size is 20, but got 21')
    expect(refusal(await pool.checkTx(text('x'.repeat(11))))).toBe(
      'tx pre check: tx size is too big: 13, max: 12'
    )
    expect((await pool.checkTx(text('x'.repeat(10)))).kind).toBe('checked')
    expect(app.asked).toHaveLength(1)
  })

  it('does not keep what wants more gas than a block has, though the app accepts it', async () => {
    const { pool, app } = makePool({ room: { maxDataBytes: 1000, maxGas: 10 } })
    app.judge = tx => answer(0, BigInt(tx))
    expect(await pool.checkTx(text('11'))).toMatchObject({
      added: false,
      postCheck: 'gas wanted 11 is greater than max gas 10'
    })
    expect(await pool.checkTx(text('-1'))).toMatchObject({ postCheck: 'gas wanted -1 is negative' })
    expect(await pool.checkTx(text('10'))).toMatchObject({ added: true, postCheck: null })
  })

  it('passes an error of the app on and gives the place back', async () => {
    const { pool, app } = makePool({ config: { size: 1 } })
    app.judge = () => {
      throw new RangeError('broken app')
    }
    await expect(pool.checkTx(text('a'))).rejects.toThrow('broken app')
    app.judge = () => answer()
    expect(await pool.checkTx(text('a'))).toMatchObject({ added: true })
  })

  it('keeps its own copy of a transaction that is a view on something larger', async () => {
    const { pool } = makePool()
    const frame = text('..abc..')
    await pool.checkTx(frame.subarray(2, 5))
    frame.fill(0)
    const [entry] = pool.contents(1)
    expect(untext(entry!.tx)).toBe('abc')
    expect(entry!.tx.buffer.byteLength).toBe(3)
  })
})

describe('TxPool.checkTxs', () => {
  it('asks about all of a frame at once and sums up', async () => {
    const { pool, app } = makePool({ config: { maxTxBytes: 3 } })
    await pool.checkTx(text('a'))
    app.judge = tx => answer(tx === 'bad' ? 1 : 0)
    app.isHeld = true
    const batch = pool.checkTxs(['a', 'b', 'bad', 'long', 'c'].map(text), 'peer')
    expect(app.heldCount).toBe(3)
    app.release()
    expect(await batch).toEqual({ added: 2, refused: 1, known: 1, invalid: 1 })
    expect(reaped(pool)).toEqual(['a', 'b', 'c'])
    expect(pool.contents(9).map(({ from }) => from)).toEqual([null, 'peer', 'peer'])
  })
})

describe('TxPool.reap', () => {
  it('stops at the first transaction beyond bytes or gas, and does not look for smaller ones', async () => {
    const { pool, app } = makePool()
    app.judge = tx => answer(0, BigInt(tx.length))
    for (const tx of ['aa', 'bbbb', 'c']) await pool.checkTx(text(tx))
    // Each takes two bytes more in a block.
    expect(reaped(pool, 10)).toEqual(['aa', 'bbbb'])
    expect(reaped(pool, 9)).toEqual(['aa'])
    expect(reaped(pool, 3)).toEqual([])
    expect(reaped(pool, -1, 6)).toEqual(['aa', 'bbbb'])
    expect(reaped(pool, -1, 5)).toEqual(['aa'])
    expect(reaped(pool)).toEqual(['aa', 'bbbb', 'c'])
    expect(pool.size).toBe(3)
  })
})

describe('TxPool.update', () => {
  it('takes out what was committed and never takes it again', async () => {
    const { pool } = makePool()
    for (const tx of ['a', 'b', 'c']) await pool.checkTx(text(tx))
    await commit(pool, 2, ['b', 'unseen'])
    expect(reaped(pool)).toEqual(['a', 'c'])
    expect(refusal(await pool.checkTx(text('b')))).toBe('tx already exists in cache')
    expect(refusal(await pool.checkTx(text('unseen')))).toBe('tx already exists in cache')
  })

  it('lets a transaction that failed in its block come again', async () => {
    const { pool } = makePool()
    await pool.checkTx(text('a'))
    await commit(pool, 2, ['a'], [5])
    expect(pool.size).toBe(0)
    expect(await pool.checkTx(text('a'))).toMatchObject({ added: true })
  })

  it('asks the app again about the rest, in order, and drops what is no longer valid', async () => {
    const { pool, app } = makePool()
    for (const tx of ['a', 'b', 'c', 'd']) await pool.checkTx(text(tx))
    app.asked.length = 0
    app.judge = (tx, type) => answer(type === 'recheck' && tx === 'c' ? 1 : 0)
    await commit(pool, 2, ['a'])
    expect(app.asked).toEqual(['b again', 'c again', 'd again'])
    expect(reaped(pool)).toEqual(['b', 'd'])
    expect(await pool.checkTx(text('c'))).toMatchObject({ added: true })
  })

  it('rechecks against the room of the next block', async () => {
    const { pool, app } = makePool()
    app.judge = tx => answer(0, BigInt(tx))
    for (const tx of ['5', '6']) await pool.checkTx(text(tx))
    await commit(pool, 2, [], [], { maxDataBytes: 1000, maxGas: 5 })
    expect(reaped(pool)).toEqual(['5'])
  })

  it('does not recheck when told not to, and stops when the time for it is over', async () => {
    const { pool, app } = makePool({ config: { recheck: false } })
    await pool.checkTx(text('a'))
    await commit(pool, 2, [])
    expect(app.asked).toEqual(['a'])

    const other = makePool()
    for (let i = 0; i < 250; i++) await other.pool.checkTx(text(`${i}`))
    other.app.asked.length = 0
    let looks = 0
    await other.pool.runLocked(() =>
      other.pool.update({
        height: 2,
        txs: [],
        results: [],
        room: { maxDataBytes: 1000, maxGas: -1 },
        isRecheckOver: () => ++looks > 1
      })
    )
    expect(other.app.asked).toHaveLength(100)
    expect(other.pool.size).toBe(250)
  })

  it('works only under the lock', async () => {
    const { pool } = makePool()
    const block = { height: 2, txs: [], results: [], room: { maxDataBytes: 1, maxGas: -1 } }
    await expect(pool.update(block)).rejects.toThrow('while it is locked')
  })
})

describe('TxPool.runLocked', () => {
  it('waits for what the app was asked, and holds new transactions back until it is over', async () => {
    const { pool, app } = makePool()
    let hasBegun = false
    app.isHeld = true
    const asked = pool.checkTx(text('a'))
    const committed = pool.runLocked(async () => {
      hasBegun = true
      expect(app.asked).toEqual(['a'])
      expect(reaped(pool)).toEqual(['a'])
      await pool.update({ height: 2, txs: [text('a'), text('b')], results: [{ code: 0 }, { code: 0 }], room })
    })
    const later = [pool.checkTx(text('b')), pool.checkTx(text('c'))]
    await Promise.resolve()
    expect(hasBegun).toBe(false)
    app.release()
    await Promise.all([asked, committed])
    expect(pool.size).toBe(0)
    const [b, c] = await Promise.all(later)
    // b was committed while it waited: the app must not see it, or it would be proposed again.
    expect(refusal(b!)).toBe('tx already exists in cache')
    expect(c).toMatchObject({ added: true })
    expect(app.asked).toEqual(['a', 'c'])
  })

  const room = { maxDataBytes: 1000, maxGas: -1 }

  it('lets one commit after the other in, whoever waits between them', async () => {
    const { pool, app } = makePool()
    const order: string[] = []
    const running = ['first', 'second', 'third'].map(name =>
      pool.runLocked(async () => {
        order.push(`${name} begins`)
        await Promise.resolve()
        expect(app.asked).toEqual([])
        order.push(`${name} ends`)
      })
    )
    const waiting = pool.checkTx(text('a'))
    await Promise.all(running)
    expect(order).toEqual(['first', 'second', 'third'].flatMap(name => [`${name} begins`, `${name} ends`]))
    expect(await waiting).toMatchObject({ added: true })
  })

  it('opens again when the commit fails', async () => {
    const { pool } = makePool()
    await expect(pool.runLocked(() => Promise.reject(new RangeError('disk')))).rejects.toThrow('disk')
    expect(await pool.checkTx(text('a'))).toMatchObject({ added: true })
  })

  it('bounds how many wait', async () => {
    const { pool } = makePool({ config: { size: 2 } })
    let finish: () => void = () => {}
    const committed = pool.runLocked(
      () =>
        new Promise<void>(resolve => {
          finish = resolve
        })
    )
    const waiting = [pool.checkTx(text('a')), pool.checkTx(text('b'))]
    expect(refusal(await pool.checkTx(text('c')))).toBe(
      'mempool is still rechecking after a new committed block, so it is considered as full'
    )
    expect(await pool.checkTxs([text('d')], 'peer')).toEqual({ added: 0, refused: 1, known: 0, invalid: 0 })
    finish()
    await committed
    expect(await Promise.all(waiting)).toMatchObject([{ added: true }, { added: true }])
  })
})

describe('TxPool listeners and outbox', () => {
  it('tells once a height that there are transactions', async () => {
    const { pool } = makePool()
    let times = 0
    const stop = pool.onTxsAvailable(() => {
      times += 1
    })
    await pool.checkTx(text('a'))
    await pool.checkTx(text('b'))
    expect(times).toBe(1)
    await commit(pool, 2, ['a'])
    expect(times).toBe(2)
    await commit(pool, 3, ['b'])
    expect(times).toBe(2)
    await pool.checkTx(text('c'))
    expect(times).toBe(3)
    stop()
    await commit(pool, 4, [])
    expect(times).toBe(3)
  })

  it('tells of every new transaction and who sent it', async () => {
    const { pool } = makePool()
    const heard: string[] = []
    pool.onNewTx(({ tx, from, height }) => heard.push(`${untext(tx)} ${from} ${height}`))
    await pool.checkTx(text('a'))
    await pool.checkTx(text('b'), { from: 'peer' })
    await pool.checkTx(text('a'), { from: 'peer' })
    expect(heard).toEqual(['a null 1', 'b peer 1'])
  })

  it('hands out in batches what clients sent, and nothing that is gone', async () => {
    const { pool } = makePool()
    for (const tx of ['aaaa', 'bbbb', 'cccc', 'dddd']) await pool.checkTx(text(tx))
    await pool.checkTx(text('peers'), { from: 'peer' })
    await commit(pool, 2, ['bbbb'])
    expect(pool.outboxSize).toBe(3)
    expect(pool.takeBatch(12).map(untext)).toEqual(['aaaa', 'cccc'])
    expect(pool.takeBatch(1).map(untext)).toEqual(['dddd'])
    expect(pool.takeBatch(100)).toEqual([])
  })

  it('hands out again what has waited for long, whoever sent it', async () => {
    const { pool } = makePool({ height: 5 })
    await pool.checkTx(text('old'), { from: 'peer' })
    await commit(pool, 6, [])
    await pool.checkTx(text('new'), { from: 'peer' })
    expect(pool.requeue(5)).toBe(1)
    expect(pool.takeBatch(100).map(untext)).toEqual(['old'])
  })

  it('forgets everything on flush', async () => {
    const { pool } = makePool()
    await pool.checkTx(text('a'))
    pool.flush()
    expect([pool.size, pool.bytes, pool.outboxSize]).toEqual([0, 0, 0])
    expect(await pool.checkTx(text('a'))).toMatchObject({ added: true })
  })
})
