import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PersonPrincipal } from '../access/caller.ts'
import { actorOf } from '../access/caller.ts'
import { sessionTokenOf } from '../access/session-cookie.ts'
import { csrfTokenOf, isSame } from '../access/session-token.ts'
import { AppError } from '../api/errors.ts'
import { OAuthError } from '../api/oauth-errors.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { type Form, readForm } from '../oauth/client-authentication.ts'
import { endOwnSession } from '../sessions/service.ts'
import { allow, heldBy, nextStep, requireAllowed } from './authorize.ts'
import { type PageWords, wordsFor } from './page-words.ts'
import * as pages from './pages.ts'
import { AuthorizationError, type AuthorizationRequest, type ReturnPath, readRequest } from './request.ts'

const formType = 'application/x-www-form-urlencoded'
const path = '/oauth/authorize'
const config = { access: 'public', bodyTypes: [formType] } as const

/** The pages of the authorization endpoint. They act by the session of the console, and only after a click on them. */
export function authorizeRoutes(app: App, context: Context): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, body: string) => body)
    scope.route({
      method: 'GET',
      url: path,
      config: { access: 'public' },
      handler: (request, reply) => show(context, request, reply, queryOf(request)),
    })
    scope.route({
      method: 'POST',
      url: path,
      config,
      handler: async (request, reply) => {
        const form = readForm(request.body)
        if (form.has('decision')) return decide(context, request, reply, form)
        // An application may post its request, too (OpenID Connect Core §3.1.2.1).
        return reply.redirect(`${path}?${String(request.body)}`, 303)
      },
    })
  })
}

async function show(context: Context, request: FastifyRequest, reply: FastifyReply, query: string) {
  const words = wordsFor(request.headers['accept-language'])
  const read = await readRequest(context, query)
  if (read.kind === 'astray') return pages.sendAstray(reply, words, read)
  if (read.kind === 'refused') return answer(context, reply, words, read.to, errorOf(read.error))
  const person = await personOf(context, request)
  if (!person && isBegunElsewhere(request)) return pages.sendOnce(reply, words, `${path}?${query}`)
  try {
    const step = await nextStep(context, read.request, person)
    if (step === 'sign-in' || !person) return toSignIn(reply, query)
    const asked = { query, csrf: csrfOf(context, request) }
    if (step === 'sign-in-again') return pages.sendAgain(reply, words, read.request, asked)
    if (step === 'allowed') return await give(context, request, reply, words, read.request, person)
    const scopes = heldBy(person, read.request.scopes)
    return pages.sendConsent(reply, words, read.request, { ...asked, username: person.username, scopes })
  } catch (error) {
    return answer(context, reply, words, read.request, errorOf(error))
  }
}

async function decide(context: Context, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const query = form.get('request') ?? ''
  const words = wordsFor(request.headers['accept-language'])
  const read = await readRequest(context, query)
  if (read.kind === 'astray') return pages.sendAstray(reply, words, read)
  if (read.kind === 'refused') return answer(context, reply, words, read.to, errorOf(read.error))
  const person = await personOf(context, request)
  if (!person) return toSignIn(reply, query)
  requireOwnForm(context, request, form)
  const decision = form.get('decision')
  if (decision === 'sign-in-again') {
    await endOwnSession(context, actorOf(person, plainAddress(request.ip), request.id), person.sessionId)
    return toSignIn(reply, withoutLogin(query))
  }
  try {
    if (decision !== 'allow') throw new AuthorizationError('access_denied', 'The person did not allow it.')
    requireAllowed(read.request, person)
    return await give(context, request, reply, words, read.request, person)
  } catch (error) {
    return answer(context, reply, words, read.request, errorOf(error))
  }
}

async function give(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  words: PageWords,
  asked: AuthorizationRequest,
  person: PersonPrincipal,
) {
  const from = { ip: plainAddress(request.ip), requestId: request.id }
  return answer(context, reply, words, asked, { code: await allow(context, asked, person, from) })
}

/** To the application, with the issuer, so that it cannot take one server's answer for another's (RFC 9207). */
function answer(
  { tokens }: Context,
  reply: FastifyReply,
  words: PageWords,
  { redirectUri, state, mode }: ReturnPath,
  result: Record<string, string>,
): FastifyReply {
  const fields = { ...result, ...(state === undefined ? {} : { state }), iss: tokens.issuer }
  if (mode === 'form_post') return pages.sendFormPost(reply, words, redirectUri, fields)
  const added = new URLSearchParams(fields).toString()
  const to = `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${added}`
  return reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer').redirect(to, 303)
}

/** @throws what is no error of the protocol */
function errorOf(error: unknown): Record<string, string> {
  if (!(error instanceof OAuthError) && !(error instanceof AuthorizationError)) throw error
  return { error: error.oauthError, error_description: error.details.replaceAll(/[^\x20-\x7e]|["\\]/g, "'") }
}

/** The sign-in comes back here, and nowhere else. */
function toSignIn(reply: FastifyReply, query: string): FastifyReply {
  return reply
    .header('cache-control', 'no-store')
    .redirect(`/sign-in?next=${encodeURIComponent(`${path}?${query}`)}`, 303)
}

/** The person whose session the request shows. */
export function personOf(context: Context, request: FastifyRequest): Promise<PersonPrincipal | undefined> {
  const token = sessionTokenOf(context.config, request)
  return token === undefined ? Promise.resolve(undefined) : context.sessions.byToken(token, request.ip)
}

/** Whether another site made the browser come here; it then keeps the cookie of the session back. */
export function isBegunElsewhere({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  return site === 'cross-site' || site === 'same-site'
}

export function csrfOf({ config }: Context, request: FastifyRequest): string {
  return csrfTokenOf(sessionTokenOf(config, request) ?? '')
}

/** Only a page of this server holds the token of the session. @throws AppError permission_denied */
export function requireOwnForm(context: Context, request: FastifyRequest, form: Form): void {
  requireSameOrigin(context.config.publicUrl, request)
  if (isSame(form.get('csrf_token') ?? '', csrfOf(context, request))) return
  throw new AppError(
    'permission_denied',
    'This form does not belong to your session. Go back to the program and begin again.',
  )
}

export function queryOf({ raw }: FastifyRequest): string {
  const url = raw.url ?? ''
  const at = url.indexOf('?')
  return at === -1 ? '' : url.slice(at + 1)
}

/** The person is about to sign in: the request that asked for it is not asked again. */
function withoutLogin(query: string): string {
  const parameters = new URLSearchParams(query)
  const prompts = (parameters.get('prompt') ?? '')
    .split(' ')
    .filter((prompt) => prompt !== 'login' && prompt !== '')
  if (prompts.length === 0) parameters.delete('prompt')
  else parameters.set('prompt', prompts.join(' '))
  return parameters.toString()
}
