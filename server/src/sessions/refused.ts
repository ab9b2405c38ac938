import { AppError } from '../api/errors.ts'

export function refused(details: string): AppError {
  return new AppError('authentication_failed', details, {
    message: 'The credentials are not valid',
    headers: { 'www-authenticate': 'Bearer realm="comserv"' },
  })
}
