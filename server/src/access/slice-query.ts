import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { listedTexts } from '../db/dialect.ts'
import { hasOwn, pairsOf, share, type Within } from './slice.ts'

/** Matches rows with a category, a status and an author that the caller sees. */
export function isWithin(db: Db, { slice, userId }: Within) {
  const all = isListed(db, pairsOf(slice, share.all))
  if (!hasOwn(slice)) return all
  return sql<SqlBool>`(${all} or (author_id = ${userId} and ${isListed(db, pairsOf(slice, share.own))}))`
}

/** Matches those of the caller's own rows that others with the same rules would not see. */
export function isSeenAsOwn(db: Db, { slice, userId }: Within) {
  const [own, all] = [pairsOf(slice, share.own), pairsOf(slice, share.all)]
  return sql<SqlBool>`author_id = ${userId} and ${isListed(db, own)} and not ${isListed(db, all)}`
}

/** The text of the query is the same for any number of categories, and no index of them tempts the planner. */
function isListed(db: Db, { statuses, pairs }: { statuses: readonly string[]; pairs: readonly string[] }) {
  return sql<SqlBool>`(status || '' in ${listedTexts(db, statuses)} or status || ' ' || category in ${listedTexts(db, pairs)})`
}
