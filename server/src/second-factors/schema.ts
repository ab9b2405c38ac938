import type { Static } from 'typebox'
import { Count, closed, Nullable, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { Passkey } from './passkey-schema.ts'

export const recoveryCodesCount = 10

export const signInMethods = ['passkey', 'totp', 'recovery_code'] as const
export type SignInMethod = (typeof signInMethods)[number]

/** Of the app, or a recovery code; spaces and hyphens do not count. */
export const Code = Type.String({
  minLength: 6,
  maxLength: 40,
  writeOnly: true,
  description: 'The six digits that the authenticator app shows, or a recovery code',
  examples: ['123456'],
})

export const CodeInput = closed({ code: Code }, { title: 'CodeInput' })

export const SecondFactors = closed(
  {
    totp: Nullable(closed({ created_at: Type.String({ ...Timestamp, description: 'When it was set up' }) })),
    passkeys: Type.Array(Passkey),
    recovery_codes_left: Count,
    required: Type.Boolean({ description: 'Whether the role of the user needs a second factor' }),
  },
  { title: 'SecondFactors' },
)

export const TotpSecret = closed(
  {
    secret: Type.String({ description: 'Base32, to be typed into the app', examples: ['JBSWY3DPEHPK3PXP'] }),
    uri: Type.String({
      description: 'The same with its settings, as `otpauth://…`, to be shown as a QR code',
    }),
    expires_at: Type.String({ ...Timestamp, description: 'Until when a first code can confirm it' }),
  },
  { title: 'TotpSecret' },
)

export const RecoveryCodes = closed(
  {
    codes: Type.Array(Type.String({ examples: ['h4kp2-w8xn6'] }), {
      description: 'Each works once, in place of a code of the app. They are shown only here',
    }),
  },
  { title: 'RecoveryCodes' },
)

export type SecondFactors = Static<typeof SecondFactors>
export type TotpSecret = Static<typeof TotpSecret>
export type RecoveryCodes = Static<typeof RecoveryCodes>
