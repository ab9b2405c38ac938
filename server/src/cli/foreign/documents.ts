import type { Actor } from '../../access/caller.ts'
import type { Context } from '../../context.ts'
import type { Db } from '../../db/database.ts'
import { importing } from '../../documents/import-service.ts'
import { EarlierImports } from '../../import/earlier.ts'
import type { Row } from '../../import/rows.ts'
import { emptyReport, type ImportReport, importRows } from '../../import/run.ts'
import { userIdOf } from '../../users/service.ts'
import { type ForeignDocument, type ForeignExport, isLater } from './records.ts'
import type { People, RunOptions } from './users.ts'

export interface DocumentsImported {
  report: ImportReport
  where: ReadonlyMap<number, string>
}

/** @throws CommandError when the author of the rest is nobody here */
export async function importDocuments(
  context: Context,
  actor: Actor,
  file: ForeignExport,
  options: RunOptions & { source: string; people: People; author: string | undefined },
): Promise<DocumentsImported> {
  const { source, people, author, isDryRun } = options
  // In a dry run the author may not be here yet.
  const isHere = author !== undefined && (await userIdOf(context.database.read, author)) !== undefined
  const importer = await importing.importer(context, actor, isHere || !isDryRun ? { author } : {})
  const earlier = await EarlierImports.of(context, {
    resource: 'documents',
    digest: file.digest,
    path: `import of documents from ${source}`,
  })
  const where = new Map<number, string>()
  const report = emptyReport()
  const rows = async function* (): AsyncGenerator<Row> {
    let position = 0
    for await (const document of file.documents()) {
      position++
      where.set(position, document.where)
      const place = { line: position, position, raw: Buffer.alloc(0) }
      const found = await authorOf(context.database.read, document, people, author !== undefined)
      if ('problem' in found) yield { ...place, problem: found.problem }
      else {
        const named = isDryRun ? undefined : found.email
        const value = rowOf(document, named, context.clock.now())
        yield { ...place, value, identity: { source, ...document.identity } }
      }
    }
  }
  const kept = new Map<number, string>()
  // Of a large export, only the places of refused documents are kept.
  const progress = (now: ImportReport) => {
    for (const { position } of now.refusals.slice(kept.size)) kept.set(position, where.get(position) ?? '')
    for (const position of where.keys()) {
      if (position > now.lastRow) break
      where.delete(position)
    }
    options.progress?.(now)
  }
  const importOptions = { ...options, progress, earlier, fromLine: 1, refusedFile: undefined }
  await importRows(context, importer, rows(), importOptions, report)
  return { report, where: kept }
}

async function authorOf(
  db: Db,
  { author }: ForeignDocument,
  people: People,
  hasOther: boolean,
): Promise<{ email: string | undefined } | { problem: string }> {
  const person = author === undefined ? undefined : (people.get(author) ?? people.get(author.toLowerCase()))
  if (person && 'email' in person) return { email: person.email }
  // An address may be that of somebody who is here already.
  const isHere = !person && author?.includes('@') && (await userIdOf(db, author)) !== undefined
  if (isHere) return { email: author }
  if (hasOther) return { email: undefined }
  const advice = 'Give --author USERNAME: a user of this system who becomes the author of such documents.'
  if (person) return { problem: `Its author was refused. ${advice}` }
  return {
    problem: `${author === undefined ? 'It names no author.' : `Its author '${author}' is not among the users of the export.`} ${advice}`,
  }
}

function rowOf(document: ForeignDocument, author: string | undefined, nowMs: number): object {
  const { title, content, contentType, summary, category, status, createdAt, updatedAt, publishAt } = document
  const { publishedAt } = document
  const past = (name: string, at: string | undefined) => (at && !isLater(at, nowMs) ? { [name]: at } : {})
  return {
    title,
    content,
    content_type: contentType,
    status,
    ...(summary === undefined ? {} : { summary }),
    ...(category === undefined ? {} : { category }),
    ...(author === undefined ? {} : { author }),
    ...past('created_at', createdAt),
    ...past('updated_at', updatedAt),
    ...(status === 'draft' ? {} : past('published_at', publishedAt)),
    ...(status === 'draft' && publishAt && isLater(publishAt, nowMs) ? { publish_at: publishAt } : {}),
  }
}
