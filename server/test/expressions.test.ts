import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ExpressionFailed, Expressions, Resting } from '../src/expressions/expressions.ts'
import { Rests } from '../src/expressions/rests.ts'
import { minuteMs } from '../src/lib/timestamps.ts'
import { TestClock } from './harness.ts'

const clock = new TestClock()
const expressions = new Expressions(clock)
after(() => expressions.close())

const variables = { event: 'string', data: 'map' } as const
const titled = (title: unknown) =>
  JSON.stringify({ event: 'document.created', data: { id: 7, title, note: null } })

const matches = (text: string, title: unknown = 'Travel', key = 'somebody') =>
  expressions.matches(text, variables, titled(title), { key })
const render = (text: string, bytesMax = 1_000) => expressions.render(text, titled('Travel'), bytesMax)

async function failureOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => assert.fail('did not fail'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof ExpressionFailed)) throw error
  return `${error.fault}: ${error.message}`
}

test('a condition decides by strings, integers and null, and a field that is not there does not match', async () => {
  for (const [text, expected] of [
    ['data.title == "Travel"', true],
    ['data.id == 7 && data.id + 1 == 8 && data.id in [7, 9]', true],
    ['event.startsWith("document.") && data.note == null', true],
    ['data.title.matches("^Tra")', true],
    ['has(data.category)', false],
    ['data.category == "policies"', false],
    ['!(data.category == "policies")', false],
    ['data.category == "policies" || data.id == 7', true],
  ] as const)
    assert.equal(await matches(text), expected, text)
})

test('a mistake is told with its line and column', async () => {
  const check = (text: string) => failureOf(expressions.checkCondition(text, variables))
  assert.equal(
    await check('data.title == "a" &&\n  topic == 1'),
    "invalid: Unknown variable: topic (line 2, column 3, at 'topic == 1').",
  )
  assert.equal(
    await check('data.title =='),
    'invalid: Unexpected token: EOF (line 1, column 14, at the end).',
  )
  assert.match(await check('event'), /^invalid: It gives a value of type string, not true or false/)
  assert.match(await check('event == 5'), /^invalid: no such overload: string == int/)
  assert.match(await check('('.repeat(4_000)), /^invalid: Exceeded maxDepth/)
  const template = (text: string) => failureOf(expressions.checkTemplate(text))
  assert.match(
    await template('{ "a": data.title'),
    /^invalid: Expected "}" before end of expression \(line 1, column 18/,
  )
  assert.match(await template('('.repeat(4_000)), /^invalid: /)
  assert.match(await failureOf(render('$sum(data.title)')), /^failed: .*"sum".* \(line 1, column 2, at 'sum/)
  assert.match(await failureOf(matches('data.note.startsWith("a")')), /^failed: .*null\.startsWith/)
})

test('the fields that a condition reads are told', async () => {
  const reads = await expressions.checkCondition('has(data.title) && data.id > 1', variables)
  assert.deepEqual(
    reads.map(({ variable, field }) => `${variable}.${field}`),
    ['data.title', 'data.id'],
  )
})

test('a template gives JSON, within its bound', async () => {
  assert.equal(await render('{ "text": data.title & "!" }'), '{"text":"Travel!"}')
  assert.equal(await render('[data.id, data.note]'), '[7,null]')
  assert.match(await failureOf(render('data.category')), /^failed: It gives nothing/)
  assert.equal(await failureOf(render('$pad("a", 2000)')), 'too_large: It gives more than 1,000 bytes.')
  assert.equal(await render('"short"'), '"short"')
})

/** Each of them would run for ever, or fill the memory: the last one ends a server that evaluates it in a thread. */
const bombs: readonly [string, () => Promise<unknown>][] = [
  ['a loop', () => render('($f := function() { $f() }; $f())')],
  ['a regular expression', () => matches('data.title.matches("^(a+)+$")', `${'a'.repeat(60)}!`)],
  ['nested lists', () => matches(`[${nested(9)}].size() == 3`)],
  ['an endless string', () => render('($f := function($x) { $f($x & "abcdefgh") }; $f("abcdefgh"))')],
  ['a huge string', () => render('$pad("a", 500000000)')],
]

function nested(depth: number): string {
  const ten = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'
  return depth === 0 ? '1' : `${ten}.map(x${depth}, ${nested(depth - 1)})`
}

for (const [name, ask] of bombs)
  test(`${name} is ended, and the next expression works`, async () => {
    assert.match(await failureOf(ask()), /^too_l(ong|arge): /)
    assert.equal(await matches('data.id == 7'), true)
  })

test('one that was ended is refused for a while without being tried', async () => {
  const text = '($f := function() { $f() }; [1, $f()])'
  assert.match(await failureOf(render(text)), /It took longer than 50 ms/)
  assert.match(await failureOf(render(text)), /It was ended a moment ago/)
  clock.advance(5_000)
  assert.match(await failureOf(render(text)), /It took longer than 50 ms/)
})

test('one that was ended for somebody is still tried for others', async () => {
  const text = 'data.title.matches("^(a+)+$") || data.id == 7'
  const hostile = `${'a'.repeat(60)}!`
  assert.match(await failureOf(matches(text, hostile, 'one')), /It took longer than 50 ms/)
  assert.match(await failureOf(matches(text, 'Travel', 'one')), /It was ended a moment ago/)
  assert.equal(await matches(text, 'Travel', 'other'), true)
})

test('one that is ended again and again is no longer waited for', () => {
  const rests = new Rests(clock)
  const endEvery = (ms: number, forMs: number) => {
    for (let passedMs = 0; passedMs <= forMs; passedMs += ms) {
      clock.advance(ms)
      rests.begin('one')
    }
  }
  endEvery(9_000, 14 * minuteMs)
  assert.throws(() => rests.requireOver('one'), Resting)
  rests.requireOver('other')
  endEvery(9_000, 2 * minuteMs)
  assert.throws(() => rests.requireOver('one'), /It has been ended again and again/)
  clock.advance(minuteMs)
  rests.requireOver('one')
  rests.begin('one')
  assert.throws(() => rests.requireOver('one'), Resting)
})

test('a template that gives a function says so', async () => {
  for (const text of ['$sum', 'function($x) { $x }'])
    assert.match(await failureOf(render(text)), /^failed: It gives a function, not a value/)
})

test('this process goes on while an endless one runs, and others get their turns', async (context) => {
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  context.after(() => clearInterval(timer))
  const endless = Array.from({ length: 3 }, (_, i) =>
    failureOf(expressions.render(`($f := function() { $f() }; $f(${i}))`, titled('a'), 9, { key: 'one' })),
  )
  const others = Array.from({ length: 20 }, (_, i) => matches(`data.id == ${i}`, 'a', 'other'))
  assert.deepEqual((await Promise.all(others)).filter(Boolean), [true])
  for (const failure of await Promise.all(endless)) assert.match(failure, /^too_long/)
  assert.ok(turns > 50, `${turns} turns`)
})

test('an expression reaches neither the process, nor files, nor what another one leaves', async () => {
  for (const text of [
    '$constructor',
    'data.constructor',
    '$string.constructor',
    'process',
    '$process',
    '$require',
  ])
    assert.match(await failureOf(render(text)), /^failed: /, text)
  await render('data ~> |$|{"__proto__": {"left": 1}, "constructor": 2}|')
  assert.match(await failureOf(render('data.left')), /It gives nothing/)
})
