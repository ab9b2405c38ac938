import type { Static } from 'typebox'
import { closed } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { FirstAdministrator } from '../users/schema.ts'

export const SetupState = closed(
  {
    needed: Type.Boolean({ description: 'Whether there is no administrator yet' }),
    password_length_min: Type.Integer({ description: 'Characters that a new password needs at least' }),
    sends_mail: Type.Boolean({
      description: 'Whether people are mailed a link when they request a new password',
    }),
  },
  { title: 'SetupState' },
)

export const Setup = closed(
  {
    token: Type.String({
      minLength: 1,
      maxLength: 100,
      writeOnly: true,
      description: 'From the link that the server prints when it starts',
    }),
    ...FirstAdministrator,
  },
  { title: 'Setup' },
)

export type Setup = Static<typeof Setup>
