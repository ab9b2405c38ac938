import { anonymousActor } from '../access/caller.ts'
import { AppError } from '../api/errors.ts'
import type { MailLanguage } from '../config/mail.ts'
import type { Context } from '../context.ts'
import { hourMs, toTimestamp } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import { sendsMail } from '../mail/outbox.ts'
import { accountNamed } from '../users/accounts.ts'
import { makeLink } from '../users/make-link.ts'
import * as store from './password-request-store.ts'
import type { PasswordRequest } from './schema.ts'
import type { Arrival } from './sign-in.ts'

const mailsPerHourMax = 5
const atOnce = 20
const keptMs = hourMs

/**
 * Notes who wants a new password, and no more: it is found out later whether there is such a user, so that neither the
 * response nor its time depends on that.
 */
export async function requestPassword(
  { database, clock, config, vault }: Context,
  { username, language }: PasswordRequest,
  { ip, requestId }: Arrival,
): Promise<void> {
  if (!sendsMail(config)) {
    const contact = config.supportContact?.replace(/^mailto:/, '') ?? 'an administrator'
    throw new AppError(
      'conflict',
      `This server sends no mail; contact ${contact} for a link to set a new password.`,
    )
  }
  const created_at = toTimestamp(clock.now())
  await database.write(async (trx) => {
    await store.insertRequest(trx.db, {
      name: vault.seal(username, requestedName),
      language: language ?? config.mail.language,
      ip,
      request_id: requestId,
      created_at,
    })
    trx.hint('work')
  })
}

export const requestedName = 'requested name'

type Mailing = Pick<Context, 'config' | 'database' | 'clock' | 'vault'>

/** Writes the mails that were requested. Names that nobody has, and users who may not sign in, get none. */
export async function resolvePasswordRequests(context: Mailing): Promise<void> {
  const { database, clock, vault } = context
  for (;;) {
    const waiting = await store.listRequests(database.read, atOnce)
    if (waiting.length === 0) return
    const nowMs = clock.now()
    await database.write(async (trx) => {
      for (const { id } of waiting) {
        const request = await store.takeRequest(trx.db, id)
        if (!request || request.created_at <= toTimestamp(nowMs - keptMs)) continue
        const name = nameIn(vault, request.name)
        const user = name === undefined ? undefined : await accountNamed(trx.db, name)
        if (user?.status !== 'active') continue
        const since = toTimestamp(nowMs - hourMs)
        if ((await store.countMailsSince(trx.db, user.id, since)) >= mailsPerHourMax) continue
        const actor = anonymousActor(request.ip, request.request_id)
        await makeLink({ trx, context, actor, nowMs }, user, request.language as MailLanguage)
      }
    })
  }
}

/** Undefined if it was sealed with a secret key that is lost: the person will request another. */
function nameIn(vault: Vault, sealed: string): string | undefined {
  try {
    return vault.open(sealed, requestedName)
  } catch {
    return undefined
  }
}
