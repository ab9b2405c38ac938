import type { Actor } from '../../access/caller.ts'
import type { Context } from '../../context.ts'
import { EarlierImports } from '../../import/earlier.ts'
import type { Row } from '../../import/rows.ts'
import { emptyReport, type ImportOptions, type ImportReport, importRows } from '../../import/run.ts'
import { CommandError } from '../../lib/command-error.ts'
import { readUsername, usernameKey } from '../../lib/names/usernames.ts'
import { importing } from '../../users/import-service.ts'
import { userIdOf } from '../../users/service.ts'
import { type ForeignExport, type ForeignUser, isLater } from './records.ts'

/** Users of the export by their id there, and by their email address: their email address, or why there is no such user here. */
export type People = ReadonlyMap<string, { email: string } | { refused: string }>

export interface UsersImported {
  people: People
  /** Had an account here before. */
  existing: number
  report: ImportReport
  where: ReadonlyMap<number, string>
}

export type RunOptions = Omit<ImportOptions, 'earlier' | 'fromLine' | 'refusedFile'>

/** Whose email address has an account here is that user, and is not changed. */
export async function importUsers(
  context: Context,
  actor: Actor,
  file: ForeignExport,
  options: RunOptions & { source: string; keepsAdmins: boolean; author: string | undefined },
): Promise<UsersImported> {
  const importer = await importing.importer(context, actor, {})
  const earlier = await EarlierImports.of(context, {
    resource: 'users',
    digest: file.digest,
    path: `import of users from ${options.source}`,
  })
  const read = await readUsers(context, file, options)
  await requireAuthor(context, options.author, read.rows)
  const report = emptyReport()
  await importRows(
    context,
    importer,
    rowsOf(read.rows),
    { ...options, earlier, fromLine: 1, refusedFile: undefined },
    report,
  )
  const refused = new Map(report.refusals.map(({ position, reason }) => [position, reason]))
  const people = new Map<string, { email: string } | { refused: string }>()
  for (const { id, email, position } of read.people) {
    const reason = position === undefined ? undefined : refused.get(position)
    const person = reason === undefined ? { email } : { refused: reason }
    people.set(id, person)
    // Some exports name authors by it.
    people.set(email.toLowerCase(), person)
  }
  return { people, existing: read.existing, report, where: read.where }
}

/** Before anything is written. */
async function requireAuthor(
  { database }: Context,
  author: string | undefined,
  rows: readonly Row[],
): Promise<void> {
  if (author === undefined || (await userIdOf(database.read, author)) !== undefined) return
  const isComing = rows.some((row) => {
    const { username = '', email = '' } = ('value' in row ? row.value : {}) as Record<string, string>
    return usernameKey(username) === usernameKey(author) || email.toLowerCase() === author.toLowerCase()
  })
  if (!isComing)
    throw new CommandError(
      `There is no user '${author}', neither here nor in the export. Nothing was imported.`,
    )
}

async function readUsers(
  { database, clock }: Context,
  file: ForeignExport,
  { source, keepsAdmins }: { source: string; keepsAdmins: boolean },
) {
  const rows: Row[] = []
  const people: { id: string; email: string; position?: number }[] = []
  const where = new Map<number, string>()
  const taken = new Set<string>()
  let existing = 0
  let position = 0
  for await (const user of file.users()) {
    position++
    if (user.email !== '' && (await userIdOf(database.read, user.email)) !== undefined) {
      existing++
      people.push({ id: user.id, email: user.email })
      continue
    }
    const username = await freeUsername(user.username, async (name) => {
      return taken.has(usernameKey(name)) || (await userIdOf(database.read, name)) !== undefined
    })
    taken.add(usernameKey(username))
    where.set(position, user.where)
    people.push({ id: user.id, email: user.email, position })
    rows.push({
      line: position,
      position,
      raw: Buffer.alloc(0),
      value: rowOf(user, username, keepsAdmins, clock.now()),
      identity: { source, email: user.email.toLowerCase() },
    })
  }
  return { rows, people, where, existing }
}

function rowOf(user: ForeignUser, username: string, keepsAdmins: boolean, nowMs: number): object {
  const { email, firstName, lastName, bio, isAdmin, status, createdAt } = user
  const profile = { first_name: firstName ?? null, last_name: lastName ?? null, bio: bio ?? null }
  return {
    username,
    email,
    status,
    ...(isAdmin && keepsAdmins ? { role: 'admin' } : {}),
    profile,
    ...(createdAt && !isLater(createdAt, nowMs) ? { created_at: createdAt } : {}),
  }
}

const usernameMax = 58
const triesMax = 10_000

/** The wished name as far as it can be a username here, with a number if somebody has it. */
async function freeUsername(wish: string, isTaken: (name: string) => Promise<boolean>): Promise<string> {
  const shaped = wish
    .normalize('NFKC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .slice(0, usernameMax)
    .replace(/[._-]+$/, '')
  const base = 'text' in readUsername(shaped) ? shaped : 'user'
  for (let i = 1; i <= triesMax; i++) {
    const name = i === 1 ? base : `${base}-${i}`
    if (!(await isTaken(name))) return name
  }
  return base
}

async function* rowsOf(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows
}
