import type { Actor } from '../access/caller.ts'
import { randomBase62 } from '../access/secret.ts'
import { AppError, notFound } from '../api/errors.ts'
import { testReceiversPerOwnerMax } from '../api/limits.ts'
import { type Listing, type ListRequest, listing } from '../api/paging.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import { dueTask } from '../db/due-task.ts'
import { mayReadEvent } from '../events/service.ts'
import type { Task } from '../lib/background.ts'
import { dayMs, hourMs, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { changing } from '../resource/record.ts'
import { testReceiverPath, testReceiverTokenLength } from '../sending/own-receiver.ts'
import { hidden } from '../sending/scrub.ts'
import type { SignatureProblem } from '../sending/signature.ts'
import {
  responseStatusDefault,
  type TestReceiver,
  type TestReceiverCreate,
  type TestReceiverWithRequests,
} from './schema.ts'
import * as store from './store.ts'

const keptMs = dayMs

/** What the bodies that were received are sealed for. */
export const receiptContext = 'test_receipts.body'

/** Everybody sees their own alone: a receiver is a tool of the one who tries something. */
export async function listReceivers(
  context: Context,
  actor: Actor,
  request: ListRequest,
): Promise<Listing<TestReceiver>> {
  const { database, clock } = context
  const now = toTimestamp(clock.now())
  const [rows, total] = await Promise.all([
    store.listReceivers(database.read, actor.userId, now, request.slice),
    store.countReceivers(database.read, actor.userId, now),
  ])
  return listing(request, rows, total, (row) => toReceiver(context, row))
}

export async function getReceiver(
  context: Context,
  actor: Actor,
  id: number,
): Promise<TestReceiverWithRequests> {
  const { read, subjects } = context.database
  const row = await requireReceiver(context, actor, id)
  const receipts = await store.listReceipts(read, id)
  const open = await subjects.opener(
    read,
    receipts.map(({ body }) => body),
  )
  const requests = receipts.map(async (receipt) => ({
    id: receipt.id,
    received_at: toWholeSeconds(receipt.received_at),
    verified: receipt.problem === null,
    problem: receipt.problem as SignatureProblem | null,
    webhook_id: receipt.webhook_id,
    event_id: receipt.event_id,
    event_type: receipt.event_type,
    headers: JSON.parse(receipt.headers),
    body: (await isReadable(context, actor, receipt)) ? open(receipt.body, receiptContext) : hidden,
  }))
  return { ...toReceiver(context, row), requests: await Promise.all(requests) }
}

async function isReadable(context: Context, actor: Actor, receipt: store.ReceiptRow): Promise<boolean> {
  if (receipt.body === null || receipt.event_id === null) return true
  return mayReadEvent(context, actor, receipt.event_id)
}

export function createReceiver(
  context: Context,
  actor: Actor,
  { response_status }: TestReceiverCreate,
): Change<TestReceiver> {
  return changing(context, actor, async ({ trx, nowMs, now }) => {
    await store.lockOwner(trx.db, actor.userId)
    if ((await store.countReceivers(trx.db, actor.userId, now)) >= testReceiversPerOwnerMax)
      throw new AppError(
        'conflict',
        `You have ${testReceiversPerOwnerMax} test receivers; delete one, or wait until one expires.`,
      )
    const row = await store.insertReceiver(trx.db, {
      token: randomBase62(testReceiverTokenLength),
      owner_id: actor.userId,
      response_status: response_status ?? responseStatusDefault,
      last_received_at: null,
      created_at: now,
      expires_at: toTimestamp(nowMs + keptMs),
    })
    const after = auditView(context, row)
    await recordAudit(trx, actor, now, {
      action: 'test_receiver.create',
      targetId: row.id,
      before: null,
      after,
    })
    return toReceiver(context, row)
  })
}

export async function deleteReceiver(context: Context, actor: Actor, id: number): Promise<Change<void>> {
  const row = await requireReceiver(context, actor, id)
  return changing(context, actor, async ({ trx, now }) => {
    await store.deleteReceiver(trx.db, id)
    const before = auditView(context, row)
    await recordAudit(trx, actor, now, { action: 'test_receiver.delete', targetId: id, before, after: null })
  })
}

/** Deletes receivers that have expired, with what they received. */
export function receiverExpiry(context: Context): Task {
  return dueTask(context, 'remove test receivers', hourMs, {
    atOnce: 100,
    run: ({ db }, dueMs, limit) => store.deleteExpired(db, toTimestamp(dueMs), limit),
  })
}

async function requireReceiver({ database, clock }: Context, actor: Actor, id: number) {
  const row = await store.findReceiver(database.read, { id }, toTimestamp(clock.now()))
  if (!row || row.owner_id !== actor.userId) throw notFound('test receiver', id)
  return row
}

/** Without the URL: whoever knows it can send to it. */
function auditView(context: Context, row: store.ReceiverRow) {
  const { response_status, owner_id, expires_at } = toReceiver(context, row)
  return { id: row.id, response_status, owner_id, expires_at }
}

function toReceiver({ config }: Context, row: store.ReceiverRow): TestReceiver {
  return {
    id: row.id,
    url: `${config.publicUrl}${testReceiverPath}${row.token}`,
    response_status: row.response_status,
    owner_id: row.owner_id,
    received: row.received,
    last_received_at: toWholeSeconds(row.last_received_at),
    created_at: row.created_at,
    expires_at: row.expires_at,
  }
}
