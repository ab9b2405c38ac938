import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { sliceOfRules } from '../src/access/rules.ts'
import { migrate } from '../src/db/migrate.ts'
import type { Slice } from '../src/db/page.ts'
import { openSqlite } from '../src/db/sqlite.ts'
import { countDocuments, listDocumentKeys, listDocuments } from '../src/documents/store.ts'
import { narrowed } from '../src/documents/visibility.ts'
import { countEvents, listEvents } from '../src/events/store.ts'
import { nameOf, ruleSets } from './rules.ts'
import { plannerOf } from './sqlite-plans.ts'

const folder = mkdtempSync(join(tmpdir(), 'comserv-rules-plans-'))
const file = join(folder, 'comserv.db')
const database = openSqlite(file)
await migrate(database)
const connection = new DatabaseSync(file)
after(async () => {
  connection.close()
  await database.close()
  rmSync(folder, { recursive: true })
})
const plansOf = plannerOf(database, connection)

const order: Slice['order'] = { column: 'updated_at', direction: 'desc' }
const slices: Slice[] = [
  { order, limit: 21 },
  { order, limit: 21, offset: 80 },
  { order, limit: 21, farOffset: 1_980 },
  { order, limit: 21, afterValue: '2026-01-15T08:30:00Z', afterId: 7 },
]
/** An index of the filter in the order of the list, or the few found rows by their ids. */
const allowed =
  /^SEARCH documents USING (COVERING )?INDEX documents_\w+_updated_at \((category=\?|status=\?|author_id=\?)|^SEARCH documents USING INTEGER PRIMARY KEY/

for (const rules of ruleSets('documents:read')) {
  const slice = sliceOfRules(rules, 'documents:read')
  for (const filter of [{}, { status: 'draft' }, { category: 'reports' }] as const) {
    const seen = narrowed(filter, { slice, userId: 7 })
    if (!seen || Object.keys(seen).length === 0) continue
    test(`${nameOf(rules)}, filtered by ${JSON.stringify(filter)}: a page is read in the order of indexes, and counted from counters or by author`, async () => {
      for (const part of slices)
        for (const list of [listDocuments, listDocumentKeys]) {
          const plan = await plansOf((db) => list(db, seen, part))
          const read = plan.filter((line) => /^(SEARCH|SCAN) documents/.test(line))
          assert.notEqual(read.length + Number(seen.within !== undefined), 0)
          for (const line of read) assert.match(line, allowed, plan.join('\n'))
          // Only the page is sorted, after its ids were found; each part stops when the page is full.
          const of = (words: string) => plan.filter((line) => line.includes(words)).length
          assert.ok(of('TEMP B-TREE') <= of('LIST SUBQUERY'), plan.join('\n'))
        }
      for (const line of await plansOf((db) => countDocuments(db, seen)))
        assert.match(
          line,
          /counters|^SEARCH documents USING (COVERING )?INDEX \w+ \(author_id=\?|json_each|^LIST SUBQUERY|GROUP BY|^REUSE|^CREATE BLOOM FILTER$/,
        )
    })
  }
}

for (const rules of ruleSets('documents:read')) {
  const slice = sliceOfRules(rules, 'documents:read')
  test(`events, narrowed to ${nameOf(rules)}, are read in the order of indexes, however far back the last one is`, async () => {
    const narrowed = { types: ['document.created', 'document.updated'], within: { slice, userId: 7 } }
    for (const part of [{}, { after: 7 }, { sort: '-log' as const, before: 7 }]) {
      const plan = await plansOf((db) => listEvents(db, { ...part, types: ['user.created'], narrowed }, 21))
      for (const line of plan.filter((line) => /^(SEARCH|SCAN) events/.test(line)))
        assert.match(line, /USING INDEX events_\w+ \(.*type=\?|USING INTEGER PRIMARY KEY/, plan.join('\n'))
    }
    for (const line of await plansOf((db) => countEvents(db, { types: ['user.created'], narrowed })))
      assert.doesNotMatch(line, /events(?!_author_id)\b.*INDEX (?!events_author_id)/)
  })
}
