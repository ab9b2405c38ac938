import { test } from 'node:test'
import { anId } from '../scenario.ts'
import type { World } from './world.ts'

const counts = {
  dry_run: false,
  is_complete: true,
  next_row: null,
  preview: [],
  fields: [],
  unknown_columns: [],
  not_utf8: 0,
}
const noneSkipped = { blank: 0, earlier: 0, before: 0 }

export function importScenarios({ scenario }: World): void {
  test('an import leaves behind what a create of each row would, and a dry run nothing', async () => {
    const request = {
      method: 'POST',
      path: '/api/v1/users/import',
      body: 'username,email\nfromfile,fromfile@example.org\nno name,x\n',
      headers: { 'content-type': 'text/csv' },
    }
    const refusals = (found: { row: number }[]) => found.length === 1 && found[0]?.row === 3
    await scenario({
      request: { ...request, path: `${request.path}?dry_run=true` },
      status: 200,
      body: (report: { imported: number; refused: number }) => report.imported === 1 && report.refused === 1,
      events: [],
      audit: [],
    })
    await scenario({
      request,
      status: 200,
      body: {
        ...counts,
        read: 2,
        imported: 1,
        refused: 1,
        skipped: noneSkipped,
        refusals,
        warnings: (found: string[]) =>
          found.length === 1 && /^1 user has no password yet\./.test(found[0] ?? ''),
      },
      events: [{ type: 'user.created', resourceId: anId, data: { id: anId, username: 'fromfile' } }],
      audit: [{ action: 'user.create', targetId: anId, before: null }],
    })
    await scenario({
      request: {
        method: 'POST',
        path: '/api/v1/documents/import',
        body: '{"title":"From a file","status":"published"}',
      },
      status: 200,
      body: { ...counts, read: 1, imported: 1, refused: 0, skipped: noneSkipped, refusals: [], warnings: [] },
      events: [{ type: 'document.created' }, { type: 'document.published' }],
      audit: [{ action: 'document.create', targetId: anId, before: null }],
    })
  })
}
