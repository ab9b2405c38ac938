import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBlock, inRanges, parseRange, plainAddress, rangeList } from '../src/lib/ip-addresses.ts'
import { memoryLimiter } from '../src/limiter/memory.ts'
import { limiterContract } from './contracts/limiter.ts'
import { TestClock } from './harness.ts'

limiterContract('memory', async (clock) => memoryLimiter(clock))

test('memory: windows that are over are let go, and the number kept has a bound', async () => {
  const clock = new TestClock()
  const limiter = memoryLimiter(clock)
  const first = await limiter.take('first', 1)
  for (let i = 0; i < 200_000; i++) await limiter.take(`address:${i}`, 1)
  // The oldest window was given up: its caller starts anew, everybody else is held.
  assert.equal((await limiter.take('address:199999', 1)).allowed, false)
  assert.equal((await limiter.take('first', 1)).allowed, true)
  assert.equal(first.remaining, 0)
})

test('memory: a window lasts as long as it does when the time is set forward', async () => {
  const clock = new TestClock()
  const limiter = memoryLimiter(clock)
  await limiter.take('a', 1)
  clock.advance(10_000)
  clock.step(3_600_000)
  const { allowed, resetAtMs } = await limiter.take('a', 1)
  assert.equal(allowed, false)
  assert.equal(resetAtMs - clock.now(), 50_000)
})

test('an address block is an IPv4 address or the /64 of an IPv6 address, however it is written', () => {
  for (const [address, block] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2::203.0.113.7', '2001:db8:1:2::/64'],
  ] as const) {
    assert.equal(addressBlock(address), block, address)
  }
})

test('an IPv4 address that arrived over IPv6 is written as IPv4', () => {
  assert.equal(plainAddress('::ffff:127.0.0.1'), '127.0.0.1')
  assert.equal(plainAddress('::ffff:7f00:1'), '::ffff:7f00:1')
  assert.equal(plainAddress('::1'), '::1')
})

test('a range is an address, alone or with a length that its family has', () => {
  assert.deepEqual(parseRange('203.0.113.7'), { address: '203.0.113.7', bits: 32, family: 'ipv4' })
  assert.deepEqual(parseRange('10.0.0.0/8'), { address: '10.0.0.0', bits: 8, family: 'ipv4' })
  assert.deepEqual(parseRange('::/0'), { address: '::', bits: 0, family: 'ipv6' })
  for (const text of [
    '',
    '10.0.0/8',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'a',
    'fe80::1%1',
  ])
    assert.equal(parseRange(text), undefined, text)
})

test('an address is in a range of its own family; what is no address is in none', () => {
  const list = rangeList(['10.0.0.0/8', '203.0.113.7', '2001:db8::/32'])
  for (const inside of ['10.255.0.1', '203.0.113.7', '::ffff:10.1.1.1', '2001:db8:ffff::1'])
    assert.equal(inRanges(list, inside), true, inside)
  for (const outside of ['11.0.0.1', '203.0.113.8', '2001:db9::1', '::1', '', 'nonsense', '10.0.0.1:80'])
    assert.equal(inRanges(list, outside), false, outside)
})
