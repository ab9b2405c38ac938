import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PersonPrincipal } from '../access/caller.ts'
import type { Context } from '../context.ts'
import type { App } from '../http/pipeline.ts'
import { countFurther } from '../http/rate-limit.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import { type Form, readForm } from '../oauth/client-authentication.ts'
import { heldBy, requireAllowed } from './authorize.ts'
import { csrfOf, isBegunElsewhere, personOf, queryOf, requireOwnForm } from './authorize-routes.ts'
import { decideDevice, deviceBy, typedCode } from './device.ts'
import * as devicePages from './device-pages.ts'
import { wordsFor } from './page-words.ts'
import { sendOnce } from './pages.ts'
import { AuthorizationError } from './request.ts'

const formType = 'application/x-www-form-urlencoded'
const path = '/device'
/** A person types a code or two; this bounds who guesses those of others. */
const codesPerMinute = 20

/** The pages on which a person allows a device: the code, what it may do, and the end. */
export function deviceRoutes(app: App, context: Context): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, body: string) => body)
    scope.route({
      method: 'GET',
      url: path,
      config: { access: 'public' },
      handler: (request, reply) => show(context, request, reply),
    })
    scope.route({
      method: 'POST',
      url: path,
      config: { access: 'public', bodyTypes: [formType] },
      handler: (request, reply) => decide(context, request, reply, readForm(request.body)),
    })
  })
}

async function show(context: Context, request: FastifyRequest, reply: FastifyReply) {
  const query = queryOf(request)
  const words = wordsFor(request.headers['accept-language'])
  const here = query === '' ? path : `${path}?${query}`
  const person = await personOf(context, request)
  if (!person && isBegunElsewhere(request)) return sendOnce(reply, words, here)
  if (!person) return toSignIn(reply, here)
  const typed = readForm(query).get('user_code')
  if (typed === undefined) return devicePages.sendAsk(reply, words)
  await countCode(context, reply, person)
  const device = await deviceBy(context, typedCode(typed))
  if (!device) return devicePages.sendAsk(reply, words, typed)
  try {
    requireAllowed(device, person)
  } catch (error) {
    if (error instanceof AuthorizationError) return devicePages.sendRefused(reply, words, device)
    throw error
  }
  return devicePages.sendConsent(reply, words, device, {
    csrf: csrfOf(context, request),
    username: person.username,
    scopes: heldBy(person, device.scopes),
  })
}

async function decide(context: Context, request: FastifyRequest, reply: FastifyReply, form: Form) {
  const words = wordsFor(request.headers['accept-language'])
  const typed = form.get('user_code') ?? ''
  const person = await personOf(context, request)
  if (!person) return toSignIn(reply, typed === '' ? path : `${path}?user_code=${encodeURIComponent(typed)}`)
  requireOwnForm(context, request, form)
  await countCode(context, reply, person)
  const userCode = typedCode(typed)
  const device = await deviceBy(context, userCode)
  const allows = form.get('decision') === 'allow'
  const from = { ip: plainAddress(request.ip), requestId: request.id }
  try {
    const isDecided = await decideDevice(context, userCode, person, { allows, ...from })
    if (!device || !isDecided) return devicePages.sendAsk(reply, words, typed)
  } catch (error) {
    if (device && error instanceof AuthorizationError) return devicePages.sendRefused(reply, words, device)
    throw error
  }
  return devicePages.sendDecided(reply, words, device, allows)
}

/** @throws AppError rate_limit_exceeded */
function countCode(context: Context, reply: FastifyReply, { id }: PersonPrincipal): Promise<void> {
  return countFurther(context, { policy: 'sign-in', key: `device:${id}`, limit: codesPerMinute }, reply)
}

/** The sign-in comes back here. */
function toSignIn(reply: FastifyReply, here: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(`/sign-in?next=${encodeURIComponent(here)}`, 303)
}
