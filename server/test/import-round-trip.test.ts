import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { type Json, startServer, TestClock, type TestServer } from './harness.ts'
import { exported, fileFolder, runImport } from './importing.ts'

const seed = Number(process.env.COMSERV_IMPORT_SEED ?? randomInt(2 ** 31))
const { file } = fileFolder()

/** The same values for the same seed (mulberry32). */
function dice(from: number) {
  let state = from
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** What a file format, a spreadsheet or a reader of ours might take for something else than text. */
const pieces = [
  ...['"', '""', "'", ',', ';', '\t', '|', '\n', '\r\n', '\r', '\\', '\\n', '{', '}', '[', ']', '/', '%'],
  ...[
    '=1+1',
    '+49',
    '-1',
    '@x',
    "'=x",
    '="007"',
    '4.9E+11',
    'sep=;',
    'null',
    'true',
    '0',
    '007',
    '2023-01-15',
  ],
  ...['日本', '😀', 'é', '<b>', '$2y$10$', 'import_error', '\u00a0', 'a', 'word'],
  // Records, should the quotes around them be lost.
  ...[
    '\nevil,evil@example.org,admin,active\n',
    '\n1,evil,evil@example.org,admin,active,2023-01-15T08:30:00Z,,,,,\n',
  ],
  ...['x,text/plain,,,1\n9,t,c,draft,2023-01-15T08:30:00Z,2023-01-15T08:30:00Z,3,z'],
]

const of = await startServer()
const { secret: key } = await of.credential('admin')
const roll = dice(seed)
const pick = <T>(list: readonly T[]): T => list[roll(list.length)] as T
const hostile = (max: number): string => {
  const text = Array.from({ length: roll(9) }, () => pick(pieces)).join('')
  return [...text].slice(0, max).join('')
}
/** What may be empty, but not blank. */
const line = (max: number): string => {
  const text = hostile(max)
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text) ? text : ''
}
const orNull = (text: string) => (roll(5) === 0 ? null : text)

async function post(path: string, json: Json): Promise<void> {
  const { status, text } = await of.call('POST', path, { key, json })
  assert.equal(status, 201, `${text} ${JSON.stringify(json)} (seed ${seed})`)
}

for (let i = 0; i < 60; i++) {
  await post('/api/v1/users', {
    username: `user${i}`,
    email: `user${i}@example.org`,
    password: 'correct horse battery',
    role: pick(['normal', 'editor', 'developer', 'admin']),
    status: pick(['active', 'inactive', 'suspended']),
    profile: {
      first_name: orNull(line(100)),
      last_name: orNull(line(100)),
      phone: orNull(line(50)),
      bio: orNull(hostile(2_000)),
    },
  })
  const status = pick(['draft', 'published', 'archived'])
  const category = line(100)
    .replaceAll(/[\r\n]/g, '')
    .trim()
  await post('/api/v1/documents', {
    title: `t${hostile(299)}`,
    category: category === '' ? 'general' : category,
    status,
    content: hostile(1_000),
    content_type: pick(['text/markdown', 'text/plain', 'text/html', 'application/json']),
    author_id: i + 2,
    ...(status === 'draft' && roll(2) === 0
      ? { publish_at: roll(2) === 0 ? '2026-01-15T09:00:00Z' : '2030-01-01T00:00:00Z' }
      : {}),
  })
  of.clock.advance(1_000 * roll(20))
}

/** An hour later, when some drafts should have been published. */
async function target(): Promise<{ server: TestServer; key: string }> {
  const server = await startServer({ clock: new TestClock('2026-01-15T12:00:00Z') })
  return { server, key: (await server.credential('admin')).secret }
}

for (const format of ['csv', 'csv&formulas=escaped', 'ndjson']) {
  test(`whatever an export as ${format} says is imported as it was`, async (t) => {
    t.diagnostic(`COMSERV_IMPORT_SEED=${seed}`)
    const to = await target()
    for (const [noun, without, options] of [
      ['users', ['id'], []],
      ['documents', ['id', 'version', 'author_id'], ['--author', 'user1']],
    ] as const) {
      const { text } = await of.call('GET', `/api/v1/${noun}/export?format=${format}`, { key })
      const path = file(format.split('&')[0] ?? '', text)
      const { code, out, err } = await runImport(to.server, [noun, ...options, path])
      assert.equal(code, 0, `${[...out, ...err].join('\n')} (seed ${seed})`)
      const wanted = await exported(of, `/api/v1/${noun}/export`, without, key)
      for (const row of wanted) if (row.publish_at?.startsWith('2026-')) row.publish_at = null
      const seen = await exported(to.server, `/api/v1/${noun}/export`, without, to.key)
      assert.deepEqual(sorted(seen), sorted(wanted), `seed ${seed}`)
    }
  })
}

/** Rows of the same second stand in the order of ids, which are given anew. */
function sorted(rows: Json[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort()
}
