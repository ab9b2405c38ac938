import type { Static } from 'typebox'
import { listQuery } from '../api/paging.ts'
import { closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { mailLanguages } from '../config/mail.ts'
import { mailKindNames } from './kinds.ts'

const statuses = ['pending', 'sending', 'sent', 'failed'] as const

export const Mail = closed(
  {
    id: Id,
    kind: Growing(mailKindNames, { description: 'What the mail is about' }),
    user_id: Type.Integer({ ...Id, description: 'The user it is sent to' }),
    recipient: Type.String({ description: 'The email address of the user at that time' }),
    language: Growing(mailLanguages),
    message_id: Type.String({ description: 'The Message-ID header: the same for each attempt' }),
    status: Growing(statuses, {
      description:
        'pending: waits for its first or next attempt; sent: the mail server has taken it; failed: no further attempt is made automatically',
    }),
    attempts: Type.Integer({ description: 'Attempts begun so far' }),
    error: Nullable(
      Type.String({ description: 'Why the last attempt that has ended failed; null if it did not' }),
    ),
    created_at: Timestamp,
    expires_at: Nullable(
      Type.String({
        ...Timestamp,
        description: 'When its link expires; null for mail without one. A mail is not sent after that',
      }),
    ),
    last_attempt_at: Nullable(Timestamp),
    next_attempt_at: Nullable(Timestamp),
    finished_at: Nullable(Timestamp),
    resent_as: Nullable(Type.Integer({ ...Id, description: 'Id of the mail that resends this one' })),
  },
  { title: 'Mail' },
)
export const MailPage = PageOf(Mail)

/** The sort orders of the list; the first is the default. */
export const mailSorts = ['-created_at', 'created_at'] as const

export const MailListQuery = closed({
  ...listQuery(mailSorts),
  status: Type.Optional(OneOf(statuses)),
  kind: Type.Optional(OneOf(mailKindNames)),
  user_id: Type.Optional(Id),
})

export type Mail = Static<typeof Mail>
