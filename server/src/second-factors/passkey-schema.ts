import type { Static } from 'typebox'
import { AnyObject, closed, Id, Nullable, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'

/** Beyond it one has to be removed first. */
export const passkeysMax = 20

const PasskeyName = Type.String({
  minLength: 1,
  maxLength: 100,
  text: 'line',
  description: 'For the person, to tell passkeys apart',
  examples: ['Laptop'],
})

/** Checked by hand: browsers add fields, and what is read of it is little. */
export const PasskeyResponse = Type.Unsafe<Record<string, unknown>>({
  ...AnyObject,
  description: 'What the browser made, as `PublicKeyCredential.toJSON()` returns it',
})

export const PasskeyInput = closed(
  { name: PasskeyName, response: PasskeyResponse },
  { title: 'PasskeyInput' },
)
export const PasskeyUpdate = closed({ name: PasskeyName }, { title: 'PasskeyUpdate' })
export const PasskeySignIn = closed({ response: PasskeyResponse }, { title: 'PasskeySignIn' })

export const Passkey = closed(
  {
    id: Id,
    name: Type.String(),
    created_at: Timestamp,
    last_used_at: Nullable(Timestamp),
  },
  { title: 'Passkey' },
)

export const PasskeyOptions = closed(
  {
    options: Type.Unsafe<Record<string, unknown>>({
      ...AnyObject,
      description:
        'For `PublicKeyCredential.parseCreationOptionsFromJSON()` or `parseRequestOptionsFromJSON()`',
    }),
    expires_at: Type.String({ ...Timestamp, description: 'Until when the response is accepted' }),
  },
  { title: 'PasskeyOptions' },
)

export type Passkey = Static<typeof Passkey>
export type PasskeyOptions = Static<typeof PasskeyOptions>
