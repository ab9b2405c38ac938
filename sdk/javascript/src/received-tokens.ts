import type { Answer } from './call.ts'
import { unexpectedAnswer } from './error-mapping.ts'
import { isVisibleAscii } from './secrets.ts'
import type { Session, Token } from './types.ts'

/** Checked here: the error of `fetch` for a header that it cannot send repeats the value. */
export function csrfTokenOf(answer: Answer<Session>): string {
  const token: unknown = answer.data?.csrf_token
  return isVisibleAscii(token) ? token : refuse(answer, 'csrf_token', 'a string of visible ASCII characters')
}

/** @throws ApiError that names the wrong field, and never repeats its value */
export function checkedToken(answer: Answer<Token>): { bearer: string; expiresInSeconds: number } {
  const { access_token, token_type, expires_in }: Record<keyof Token, unknown> = Object(answer.data)
  if (!isVisibleAscii(access_token))
    return refuse(answer, 'access_token', 'a string of visible ASCII characters')
  if (typeof token_type !== 'string' || token_type.toLowerCase() !== 'bearer')
    return refuse(answer, 'token_type', "'Bearer'")
  if (!Number.isInteger(expires_in) || Number(expires_in) <= 0)
    return refuse(answer, 'expires_in', 'a positive integer')
  return { bearer: `Bearer ${access_token}`, expiresInSeconds: Number(expires_in) }
}

function refuse({ status, headers }: Answer<unknown>, field: string, expected: string): never {
  const details = `The response does not have the format of the API: the field ${field} should be ${expected}. Is baseUrl right?`
  throw unexpectedAnswer(status, headers, details)
}
