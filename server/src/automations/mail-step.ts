import type { Context } from '../context.ts'
import type { Db } from '../db/database.ts'
import { listed, listedTexts } from '../db/dialect.ts'
import { queueMail, sendsMail } from '../mail/outbox.ts'
import type { Step } from './schema.ts'
import { type Doing, rendered, StepFailed, type StepResult } from './step-kit.ts'

const recipientsMax = 1_000
const subjectCharactersMax = 200

export interface Letter {
  subject: string
  text: string
}

export async function letterOf(doing: Pick<Doing, 'context' | 'step' | 'input'>): Promise<Letter> {
  const { subject = '', text = '' } = doing.step
  const line = (await textOf(doing, 'subject', subject)).replaceAll(/\s+/g, ' ').trim()
  return { subject: line.slice(0, subjectCharactersMax), text: await textOf(doing, 'text', text) }
}

/** @throws StepFailed */
export function requireMailServer({ config }: Pick<Context, 'config'>): void {
  if (!sendsMail(config))
    throw new StepFailed('no_mail_server', 'This server sends no mail; set COMSERV_SMTP_URL first.')
}

/** The mails are written in the transaction that ends the step: each once, and sent by the outbox. */
export async function preparedMail(doing: Doing): Promise<StepResult> {
  const { context, step } = doing
  requireMailServer(context)
  const letter = await letterOf(doing)
  return {
    kind: 'done',
    input: letter,
    async apply(trx) {
      const nowMs = context.clock.now()
      const recipients = await findRecipients(trx.db, step)
      for (const to of recipients)
        await queueMail(trx, context, nowMs, { kind: 'automation', to, values: { ...letter } })
      return { recipients: recipients.length }
    },
  }
}

async function textOf(
  doing: Pick<Doing, 'context' | 'input'>,
  field: string,
  template: string,
): Promise<string> {
  const value = await rendered(doing, field, template)
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new StepFailed('expression_failed', `The template '${field}' gave no text.`)
}

/** Active users, each once. */
export function findRecipients(
  db: Db,
  { to_roles = [], to_users = [] }: Step,
): Promise<{ id: number; email: string }[]> {
  return db
    .selectFrom('users')
    .select(['id', 'email'])
    .where('deleted_at', 'is', null)
    .where('status', '=', 'active')
    .where('is_system', '=', 0)
    .where((eb) =>
      eb.or([
        eb('role', 'in', listedTexts(db, to_roles)),
        eb('id', 'in', listed(db, JSON.stringify(to_users))),
      ]),
    )
    .orderBy('id')
    .limit(recipientsMax)
    .execute()
}
