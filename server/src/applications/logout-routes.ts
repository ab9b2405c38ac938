import type { FastifyReply, FastifyRequest } from 'fastify'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import { actorOf } from '../access/caller.ts'
import { clearSessionCookie } from '../access/session-cookie.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { type Form, readForm } from '../oauth/client-authentication.ts'
import { endOwnSession } from '../sessions/service.ts'
import { csrfOf, isBegunElsewhere, personOf, queryOf, requireOwnForm } from './authorize-routes.ts'
import { type PageWords, wordsFor } from './page-words.ts'
import * as pages from './pages.ts'
import { applicationOf, wordsOf } from './service.ts'

const formType = 'application/x-www-form-urlencoded'
const path = '/oauth/logout'

/**
 * An application asks that its person sign out here, too (OpenID Connect RP-Initiated Logout). Any page can send a browser
 * to this address, so that the person presses the button.
 */
export function logoutRoutes(app: App, context: Context): void {
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
      config: { access: 'public', bodyTypes: [formType] },
      handler: async (request, reply) => {
        const form = readForm(request.body)
        if (form.has('decision')) return decide(context, request, reply, form)
        return reply.redirect(`${path}?${String(request.body)}`, 303)
      },
    })
  })
}

async function show(context: Context, request: FastifyRequest, reply: FastifyReply, query: string) {
  const words = wordsFor(request.headers['accept-language'])
  const form = readForm(query)
  const person = await personOf(context, request)
  if (!person && isBegunElsewhere(request)) return pages.sendOnce(reply, words, `${path}?${query}`)
  if (!person) return goBack(context, reply, words, form)
  return pages.sendSignOut(reply, words, {
    query,
    csrf: csrfOf(context, request),
    username: person.username,
    formsTo: await returnPath(context, form),
  })
}

async function decide(context: Context, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const words = wordsFor(request.headers['accept-language'])
  const asked = readForm(form.get('request') ?? '')
  const person = await personOf(context, request)
  if (person && form.get('decision') === 'sign-out') {
    requireOwnForm(context, request, form)
    await endOwnSession(context, actorOf(person, plainAddress(request.ip), request.id), person.sessionId)
    clearSessionCookie(context.config, reply)
  }
  return goBack(context, reply, words, asked)
}

async function goBack(context: Context, reply: FastifyReply, words: PageWords, form: Form) {
  const uri = await returnPath(context, form)
  if (uri === undefined) return pages.sendSignedOut(reply, words)
  const state = form.get('state')
  const added =
    state === undefined ? '' : `${uri.includes('?') ? '&' : '?'}state=${encodeURIComponent(state)}`
  return reply.header('cache-control', 'no-store').redirect(uri + added, 303)
}

/** Where the person is sent afterwards: only an address that is registered for the application. */
async function returnPath(context: Context, form: Form): Promise<string | undefined> {
  const uri = form.get('post_logout_redirect_uri')
  const clientId = (await audienceOf(context, form.get('id_token_hint'))) ?? form.get('client_id')
  if (uri === undefined || clientId === undefined) return undefined
  const application = await applicationOf(context.database.read, clientId)
  return application && wordsOf(application.post_logout_redirect_uris).includes(uri) ? uri : undefined
}

/** The application that the hint was made for, even if it has expired; undefined for one that was not made here. */
async function audienceOf({ tokens, signingKeys, clock }: Context, hint: string | undefined) {
  if (hint === undefined) return undefined
  try {
    const { payload } = await jwtVerify(
      hint,
      async ({ kid, alg }) => {
        const key = kid === undefined ? undefined : await signingKeys.byKid(kid)
        if (key?.signs !== 'identity' || key.alg !== alg) throw new errors.JWKSNoMatchingKey()
        return key.verifyWith
      },
      {
        issuer: tokens.issuer,
        algorithms: ['RS256', 'ES256'],
        currentDate: new Date(clock.now()),
        clockTolerance: '30d',
      },
    )
    return typeof payload.aud === 'string' ? payload.aud : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
