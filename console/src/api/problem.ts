import { type ApiError, ComservError } from 'comserv'
import { t } from '../i18n/t.ts'
import { NotConfirmed } from '../session/asked-password.ts'

/** An error, in the API's own words if it came from the API. */
export interface Problem {
  code: string
  status: number | undefined
  message: string
  details: string
  requestId: string | undefined
}

/** The browser's message differs between browsers and does not help. */
const noResponse: Problem = {
  code: 'connection_failed',
  status: undefined,
  message: t('The server could not be reached'),
  details: t('The server could not be reached. Check the connection and try again.'),
  requestId: undefined,
}

/** An error in other words than those of the API. */
export class Reworded extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Reworded) return error.problem
  if (error instanceof ComservError) {
    const { code, status, title, details, requestId } = error as ComservError & Partial<ApiError>
    if (status === undefined) return noResponse
    return {
      code: code ?? 'unexpected',
      status,
      message: title ?? error.message,
      details: details ?? '',
      requestId,
    }
  }
  if (error instanceof NotConfirmed)
    return { ...noResponse, code: 'not_confirmed', message: t('Nothing was changed'), details: error.message }
  return {
    code: 'unexpected',
    status: undefined,
    message: t('Something went wrong on this page'),
    details: error instanceof Error ? error.message : String(error),
    requestId: undefined,
  }
}

const wrongPassword = /^The '\w+' field is not your current password\.$/

/** One sentence: what is wrong and what to do. */
export function sentenceOf(error: unknown): string {
  const { message, details } = problemOf(error)
  if (wrongPassword.test(details)) return t('The password is wrong.')
  return details || message
}

/** The field that an error is about: the API names it in quotes, `The 'email' field …`. */
export function fieldOf(error: unknown, fields: readonly string[]): string | undefined {
  const { details, status } = problemOf(error)
  if (status === undefined || status >= 500) return undefined
  const named = [...details.matchAll(/'([a-z_.[\]0-9]+)'/gi)].map(([, name = '']) => name)
  for (const name of named) {
    const found = fields.find(
      (field) => field === name || name.startsWith(`${field}.`) || name.startsWith(`${field}[`),
    )
    if (found) return found
  }
  return undefined
}

/**
 * The error with the labels that are on screen in place of the API's names of fields: `The “Owner” field must …`.
 * @param labelOf undefined for what is no field of the form
 */
export function inLabels(error: unknown, labelOf: (field: string) => string | undefined): unknown {
  const problem = problemOf(error)
  if (wrongPassword.test(problem.details)) return error
  const details = problem.details.replace(/'([a-z_.]+?)(?:\.\d+)?'/gi, (asIs, name: string) => {
    const label = labelOf(name)
    return label === undefined ? asIs : t('“{{name}}”', { name: label })
  })
  return details === problem.details ? error : new Reworded({ ...problem, details })
}
