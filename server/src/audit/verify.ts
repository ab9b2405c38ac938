import type { Db } from '../db/database.ts'
import { chainHash } from './chain.ts'
import * as store from './chain-store.ts'
import { pruneAction } from './prune-service.ts'

const pageRows = 500

export interface Head {
  seq: number
  hash: string
}

export interface Verification {
  /** What is wrong first, in one sentence; undefined when the chain holds. */
  problem: string | undefined
  /** Rows that were compared with their hash. */
  verified: number
  head: Head
  /** The last row that was pruned, where some were. */
  anchor: Head | undefined
  /** Rows that are not chained yet. */
  unchained: { rows: number; oldest: string | null }
}

/**
 * Holds every row of the audit log against the chain, page by page, beside a running server.
 * @param known a head that was noted elsewhere: the chain must still contain it
 */
export async function verifyChain(db: Db, known?: Head): Promise<Verification> {
  const state = await store.readState(db)
  const { verified, problem } = await walk(db, state, known)
  const { anchor_seq, anchor_hash } = await store.readState(db)
  return {
    problem: problem ?? (await besideChain(db)) ?? (await anchorProblem(db)),
    verified,
    head: { seq: state.seq, hash: state.hash },
    anchor: anchor_seq === 0 ? undefined : { seq: anchor_seq, hash: anchor_hash },
    unchained: await store.countUnchained(db),
  }
}

/** Follows the chain from the anchor to the head. */
async function walk(
  db: Db,
  state: store.ChainState,
  known: Head | undefined,
): Promise<Pick<Verification, 'verified' | 'problem'>> {
  let verified = 0
  let at: Head = anchorOf(state)
  const passes = (head: Head) => known?.seq !== head.seq || known.hash === head.hash
  const broken = (problem: string) => ({ verified, problem })
  if (!passes(at)) return broken(`The hash of row ${at.seq} is not the one that was noted.`)
  while (at.seq < state.seq) {
    const page = await store.listLinked(db, at.seq, state.seq, pageRows)
    for (const row of page.length > 0 ? page : [undefined]) {
      const problem = linkProblem(at, row)
      if (problem !== undefined || row === undefined) {
        // The log may have been pruned since the walk began.
        const moved = anchorOf(await store.readState(db))
        if (moved.seq <= at.seq) return broken(problem ?? '')
        at = moved
        break
      }
      verified++
      at = { seq: row.seq, hash: row.hash }
      if (!passes(at)) return broken(`The hash of row ${at.seq} is not the one that was noted.`)
    }
  }
  if (at.seq === state.seq && at.hash !== state.hash)
    return broken(`The recorded head is not the hash of row ${at.seq}: the end of the chain was replaced.`)
  // Only now, so that what is there was looked at.
  if (known && known.seq > state.seq)
    return broken(
      `The chain ends at row ${state.seq}, and the noted head is row ${known.seq}: its end was cut off, or the head is that of another installation.`,
    )
  return { verified, problem: undefined }
}

function linkProblem(before: Head, row: store.LinkedRow | undefined): string | undefined {
  const seq = before.seq + 1
  if (row?.seq !== seq) return `Row ${seq} of the chain is missing.`
  if (row.id === null) return `Row ${seq} (id ${row.audit_id}) was deleted from the audit log.`
  if (chainHash(before.hash, row) === row.hash) return undefined
  return `Row ${seq} (id ${row.audit_id}) does not match its hash: it, or the hash before it, was changed.`
}

/** What the walk along the chain does not pass. */
async function besideChain(db: Db): Promise<string | undefined> {
  const inserted = await store.findInserted(db)
  if (inserted !== undefined) return `The row with id ${inserted} was inserted behind the chain.`
  const beyond = await store.findBeyondHead(db)
  return beyond === undefined ? undefined : `Row ${beyond} of the chain lies beyond its recorded head.`
}

/** The anchor is where the walk begins, so it is held against the row that its pruning wrote, which is itself chained. */
async function anchorProblem(db: Db): Promise<string | undefined> {
  // In this order: a pruning in between must not look like an anchor without one.
  const { anchor_seq, anchor_hash } = await store.readState(db)
  const pruning = await store.findLastPruning(db, pruneAction)
  const told = pruning?.after ? (JSON.parse(pruning.after) as Partial<Head>) : { seq: 0, hash: undefined }
  if (told.seq === anchor_seq && (anchor_seq === 0 || told.hash === anchor_hash)) return undefined
  if ((told.seq ?? 0) > anchor_seq) return undefined
  return `The chain begins after row ${anchor_seq}, but no pruning is recorded that ended there.`
}

const anchorOf = ({ anchor_seq, anchor_hash }: store.ChainState): Head => ({
  seq: anchor_seq,
  hash: anchor_hash,
})
