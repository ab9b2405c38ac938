import type { Static } from 'typebox'
import { type Actor, missingScope } from '../access/caller.ts'
import { invalidRequest } from '../api/errors.ts'
import { pastInstant } from '../api/input.ts'
import { Clearable, closed, Id, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { createCheck } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { CommandError } from '../lib/command-error.ts'
import { fromTimestamp } from '../lib/timestamps.ts'
import type { Importer, Importing } from '../resource/importing.ts'
import { userIdOf } from '../users/service.ts'
import { createDocument } from './hooked.ts'
import { DocumentCreate } from './schema.ts'

/** The fields of a create, and those of an export. */
const ImportedDocument = closed({
  ...DocumentCreate.properties,
  author: Clearable(Type.String({ maxLength: 254, description: 'Username or email address' })),
  created_at: Clearable(Timestamp),
  updated_at: Clearable(Timestamp),
  published_at: Clearable(Timestamp),
  // Exported fields that are ignored: they start anew here.
  id: Clearable(Id),
  version: Clearable(Id),
  publish_refused: Clearable(Type.String()),
})
type ImportedDocument = Static<typeof ImportedDocument>

/** The authors of documents without an `author`. */
interface ImportedAuthors {
  /** `author_id` is an id of this system. */
  byId: boolean
  /** The author of all remaining documents. */
  userId?: number
}

export const importing: Importing<ImportedDocument> = {
  row: ImportedDocument,
  options: {
    author: { type: 'string', value: 'USERNAME', describes: 'The author of documents without an `author`' },
    'author-ids': {
      type: 'boolean',
      describes: 'Use `author_id` as it is: the file comes from this system',
    },
  },
  async importer(context, actor, options) {
    const { author } = options
    const byId = options['author-ids'] === true
    if (typeof author !== 'string') return documentImporter(context, actor, { byId })
    requireMayName(actor)
    const userId = await userIdOf(context.database.read, author)
    if (userId === undefined) throw new CommandError(`There is no user '${author}'.`)
    return documentImporter(context, actor, { byId, userId })
  },
}

/** Whether a name belongs to somebody is for those who may read users. @throws AppError permission_denied */
function requireMayName(actor: Actor): void {
  if (!actor.scopes.has('users:read')) throw missingScope('users:read', 'Naming an author', actor)
}

function documentImporter(
  context: Context,
  actor: Actor,
  authors: ImportedAuthors,
): Importer<ImportedDocument> {
  return {
    check: createCheck(ImportedDocument),
    async prepare(document: ImportedDocument) {
      const authorId = await authorOf(context.database.read, actor, authors, document)
      const {
        author: _,
        author_id: __,
        id: ___,
        version: ____,
        publish_refused: _____,
        created_at,
        updated_at,
        published_at,
        ...input
      } = withoutPassedTime(context, document)
      const at = (field: string, instant: string | null | undefined) =>
        instant ? { [field]: pastInstant(context.clock, field, instant) } : {}
      return createDocument(
        context,
        actor,
        { ...input, ...(authorId === undefined ? {} : { author_id: authorId }) },
        {
          ...at('created_at', created_at),
          ...at('updated_at', updated_at),
          ...at('published_at', published_at),
        },
      )
    },
    uniqueNames: () => [],
  }
}

/** The export may be older than the publishing time of a draft; the document then stays a draft. */
function withoutPassedTime<T extends { publish_at?: string | null | undefined }>(
  { clock }: Context,
  document: T,
): T {
  const { publish_at } = document
  const hasPassed = typeof publish_at === 'string' && fromTimestamp(publish_at) <= clock.now()
  return hasPassed ? { ...document, publish_at: null } : document
}

/** An id of another system means another person here, so it is used only with --author-ids. */
async function authorOf(
  db: Db,
  actor: Actor,
  { byId, userId }: ImportedAuthors,
  { author, author_id }: Pick<ImportedDocument, 'author' | 'author_id'>,
): Promise<number | undefined> {
  if (typeof author === 'string') {
    requireMayName(actor)
    const id = await userIdOf(db, author)
    if (id === undefined)
      throw invalidRequest(`The 'author' field names the user '${author}', who does not exist.`)
    return id
  }
  if (typeof author_id !== 'number' || (!byId && userId !== undefined)) return userId
  if (byId) return author_id
  throw invalidRequest(
    "The 'author_id' field is an id of the system that the file comes from; pass --author-ids if that is this system, or --author.",
  )
}
