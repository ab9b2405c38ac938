import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { fileFolder, ndjson, runImport, settingsOf } from './importing.ts'
import { until } from './until.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file } = fileFolder()
const main = join(import.meta.dirname, '../src/main.mjs')

const countOf = async (category: string): Promise<number> =>
  (await server.call('GET', `/api/v1/documents?category=${category}`, { key })).body.meta.total_count

test('the same file imports nothing twice; what was refused is tried again, and --again imports it once more', async () => {
  const rows = ['a', 'b', 'c'].map((title) => ({
    title,
    category: 'again',
    ...(title === 'b' ? { author: 'late' } : {}),
  }))
  const path = file('ndjson', ndjson(rows))
  const first = await runImport(server, ['documents', path])
  assert.equal(first.out.at(-1), '2 documents were imported, 1 refused, 0 skipped; 3 rows read.')
  const tried = await runImport(server, ['documents', '--dry-run', path])
  assert.equal(
    tried.out[1],
    '0 documents could be imported, 1 refused, 2 skipped (2 imported earlier); 3 rows read. Nothing was written.',
  )
  const user = { username: 'late', email: 'late@example.org', password: 'correct horse battery' }
  assert.equal((await server.call('POST', '/api/v1/users', { key, json: user })).status, 201)
  const second = await runImport(server, ['documents', path])
  assert.deepEqual(second.out, [
    '1 document was imported, 0 refused, 2 skipped (2 imported earlier); 3 rows read.',
    'Rows that an earlier import of this file has imported were skipped; --again imports them once more.',
  ])
  // Known by what is in it, from wherever it comes.
  const third = await runImport(server, ['documents', '--format', 'ndjson', '-'], ndjson(rows))
  assert.equal(
    third.out[0],
    '0 documents were imported, 0 refused, 3 skipped (3 imported earlier); 3 rows read.',
  )
  assert.equal(await countOf('again'), 3)
  const again = await runImport(server, ['documents', '--again', path])
  assert.equal(again.out[0], '3 documents were imported, 0 refused, 0 skipped; 3 rows read.')
  server.clock.advance(91 * 86_400_000)
  assert.equal((await runImport(server, ['users', file('ndjson', '')])).code, 0)
})

test('names that are taken are told by their lines, and add nobody', async () => {
  const rows = [1, 2, 3].map((n) => ({ username: `again${n}`, email: `again${n}@example.org` }))
  assert.equal((await runImport(server, ['users', file('ndjson', ndjson(rows))])).code, 0)
  const { code, out } = await runImport(server, ['users', file('ndjson', `\n${ndjson(rows)}`)])
  assert.equal(code, 1)
  assert.deepEqual(out, [
    ...[2, 3, 4].map((line) => `line ${line}: The 'username' and the 'email' are already taken.`),
    '0 users were imported, 3 refused, 1 skipped (1 blank); 4 rows read.',
  ])
})

test('an import that was killed is run again, and each row is there once', async () => {
  const rows = 3_000
  const path = file('csv', `title,category\n${'Title,killed\n'.repeat(rows)}`)
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const before = await countOf('killed')
    const child = spawn(process.execPath, [main, 'import', 'documents', path], { env: settingsOf(server) })
    const ended = once(child, 'close')
    const stderr = text(child.stderr)
    await until('more rows', async () => (await countOf('killed')) > before || undefined)
    child.kill(signal)
    assert.deepEqual(await ended, signal === 'SIGKILL' ? [null, signal] : [1, null])
    if (signal === 'SIGTERM') assert.match(await stderr, /Run the same command again/)
  }
  const done = await countOf('killed')
  assert.ok(done < rows, 'the commands were killed too late')
  const { code, out } = await runImport(server, ['documents', path])
  assert.equal(code, 0)
  assert.equal(
    out[0],
    `${rows - done} documents were imported, 0 refused, ${done} skipped (${done} imported earlier); ${rows} rows read.`,
  )
  assert.equal(await countOf('killed'), rows)
})

test('of two commands with the same file at once, no row is imported twice', async () => {
  // On a slow machine, the first may be done before the second begins. Then both are right, and more rows are tried.
  for (const rows of [3_000, 9_000, 27_000]) if (await importTwice(rows)) return
  assert.fail('the two commands never ran at once')
})

/** @returns whether one of the commands was refused because of the other */
async function importTwice(rows: number): Promise<boolean> {
  const category = `twice-${rows}`
  const path = file('csv', `title,category\n${`Title,${category}\n`.repeat(rows)}`)
  // In a process of its own, as a command is: of two in one process, each would wait for a lock of the other.
  const child = spawn(process.execPath, [main, 'import', 'documents', path], { env: settingsOf(server) })
  const ended = once(child, 'close')
  const stderr = text(child.stderr)
  await until('rows', async () => (await countOf(category)) > 0 || undefined)
  const here = await runImport(server, ['documents', path])
  const there = { code: (await ended)[0] as number, err: [await stderr] }
  const refused = [here, there].filter(({ code }) => code !== 0)
  for (const { err } of refused)
    assert.match(err.join('\n'), /Another command is importing the same file; wait until it is done\./)
  assert.ok(refused.length <= 1, 'both were refused')
  assert.equal(await countOf(category), rows)
  return refused.length === 1
}

test('of a file that was corrected in place only the changed rows are imported, and equal rows stay separate', async () => {
  const head = 'title,category,status\n'
  const path = file('csv', `${head}A,fixed,draft\nA,fixed,draft\nB,fixed,wrong\nC,fixed,draft\n`)
  const first = await runImport(server, ['documents', path])
  assert.equal(first.out.at(-1), '3 documents were imported, 1 refused, 0 skipped; 4 rows read.')
  // The row is corrected, another A is added, and lines are moved.
  writeFileSync(path, `${head}C,fixed,draft\n\nA,fixed,draft\nB,fixed,draft\nA,fixed,draft\nA,fixed,draft\n`)
  const tried = await runImport(server, ['documents', '--dry-run', path])
  assert.match(tried.out[0] ?? '', /^2 documents could be imported, 0 refused, 4 skipped/)
  const second = await runImport(server, ['documents', path])
  assert.deepEqual(second.out, [
    '2 documents were imported, 0 refused, 4 skipped (1 blank, 3 imported earlier); 6 rows read.',
    'Rows that an earlier import of this file has imported were skipped; --again imports them once more.',
  ])
  assert.equal(await countOf('fixed'), 5)
  const third = await runImport(server, ['documents', path])
  assert.match(
    third.out[0] ?? '',
    /^0 documents were imported, 0 refused, 6 skipped \(1 blank, 5 imported earlier\)/,
  )
  const again = await runImport(server, ['documents', '--again', path])
  assert.match(again.out[0] ?? '', /^5 documents were imported/)
  // What was imported once more on purpose counts once.
  writeFileSync(path, `${head}${'B,fixed,draft\n'.repeat(3)}`)
  const fourth = await runImport(server, ['documents', path])
  assert.match(fourth.out[0] ?? '', /^2 documents were imported, 0 refused, 1 skipped/)
})

test('rows of another path, or of standard input, are rows of their own; those before --from-line count', async () => {
  const rows = (category: string, ...titles: string[]) => ndjson(titles.map((title) => ({ title, category })))
  const path = file('ndjson', rows('paths', 'a', 'a'))
  assert.equal((await runImport(server, ['documents', path])).code, 0)
  const other = await runImport(server, ['documents', file('ndjson', rows('paths', 'a', 'b'))])
  assert.match(other.out[0] ?? '', /^2 documents were imported/)
  const piped = await runImport(server, ['documents', '--format', 'ndjson', '-'], rows('paths', 'a', 'c'))
  assert.match(piped.out[0] ?? '', /^2 documents were imported/)
  writeFileSync(path, rows('paths', 'a', 'a', 'a', 'd'))
  const later = await runImport(server, ['documents', '--from-line', '3', path])
  assert.equal(
    later.out[0],
    '2 documents were imported, 0 refused, 2 skipped (2 before --from-line); 4 rows read.',
  )
})
