import type { Source, Target, Value } from './side.ts'

const atOnce = 5_000

/**
 * PostgreSQL orders its event log by transactions, SQLite by ids (event-log.ts). Where the two differ, a reader that
 * continues after an event would miss those that come later with a lower id. So for each such event it is kept where the
 * reader goes on: before the lowest of them. It gets some events again, and misses none.
 */
export async function keepCursors(source: Source, target: Target): Promise<void> {
  if (source.dialect !== 'postgres') return
  await source.query(`DECLARE places NO SCROLL CURSOR FOR
    SELECT id::text AS id, (later - 1)::text AS after FROM (
      SELECT id, min(id) OVER (ORDER BY xact DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later
      FROM events
    ) AS places WHERE later < id`)
  for (;;) {
    const rows = await source.query(`FETCH ${atOnce} FROM places`)
    for (const { id, after } of rows)
      await target.query(
        `INSERT INTO event_cursors (event_id, after_id) VALUES (CAST($1 AS INTEGER), CAST($2 AS INTEGER))
         ON CONFLICT (event_id) DO UPDATE SET after_id = min(after_id, excluded.after_id)`,
        [id as Value, after as Value],
      )
    if (rows.length < atOnce) break
  }
  await source.query('CLOSE places')
}
