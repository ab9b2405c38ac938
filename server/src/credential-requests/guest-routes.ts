import type { FastifyRequest } from 'fastify'
import type { Actor } from '../access/caller.ts'
import { type ScopeName, scopes } from '../access/scopes.ts'
import type { Tagged } from '../api/conditional.ts'
import type { Context } from '../context.ts'
import { CredentialWithSecret } from '../credentials/schema.ts'
import type { CredentialWithSecret as Created } from '../credentials/service.ts'
import { respondOnce } from '../http/idempotency.ts'
import type { App } from '../http/pipeline.ts'
import { requireSameOrigin } from '../http/same-origin.ts'
import type { WriteResponse } from '../http/written.ts'
import { plainAddress } from '../lib/ip-addresses.ts'
import * as guests from './guest-service.ts'
import * as schema from './schema.ts'

const tags = ['Credential requests']
const path = '/api/v1/credential-requests/guest'
const form = {
  access: 'public',
  ownBucket: 'key-request',
  confidential: true,
} as const

/** For people without an account. The token of a request is in the body: no log and no history keeps it. */
export function guestRequestRoutes(app: App, context: Context): void {
  asking(app, context)
  following(app, context)
}

/** @throws AppError when another website sent the request */
function guestOf({ config }: Context, request: FastifyRequest): Actor {
  requireSameOrigin(config.publicUrl, request)
  return guests.guest(plainAddress(request.ip), request.id)
}

function asking(app: App, context: Context): void {
  const { config, database } = context

  app.route({
    method: 'GET',
    url: path,
    config: { access: 'public', sdk: 'guestRequests.access', errors: ['permission_denied'] },
    schema: {
      operationId: 'getGuestAccess',
      summary: 'Find out whether guests may request a credential',
      tags,
      response: { 200: schema.GuestAccess },
    },
    handler: async () => {
      const allowed = config.keyRequestsByGuests
      return { allowed, scopes: allowed ? described : [] }
    },
  })

  app.route({
    method: 'POST',
    url: path,
    config: { ...form, sdk: 'guestRequests.create', errors: ['permission_denied', 'conflict'] },
    schema: {
      operationId: 'createGuestRequest',
      summary: 'Request a credential as a guest',
      description:
        'Only if the operator allows it. The token is shown once; it reads the request and collects the secret.',
      tags,
      body: schema.GuestRequestCreate,
      response: { 201: schema.GuestRequest },
    },
    handler: async (request, reply) => {
      const change = guests.createGuestRequest(context, guestOf(context, request), request.body)
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send(await database.write(change))
    },
  })
}

function following(app: App, context: Context): void {
  app.route({
    method: 'POST',
    url: `${path}/read`,
    config: { ...form, sdk: 'guestRequests.read', errors: ['permission_denied', 'resource_not_found'] },
    schema: {
      operationId: 'readGuestRequest',
      summary: 'Read the request of a guest',
      tags,
      body: schema.GuestToken,
      response: { 200: schema.CredentialRequest },
    },
    handler: async (request) => {
      guestOf(context, request)
      return guests.readGuestRequest(context, request.body.token)
    },
  })

  app.route({
    method: 'POST',
    url: `${path}/collect`,
    config: {
      ...form,
      sdk: 'guestRequests.collect',
      idempotencyKey: true,
      tagged: true,
      showsSecret: 'credential',
      errors: ['permission_denied', 'resource_not_found', 'conflict'],
    },
    schema: {
      operationId: 'collectGuestCredential',
      summary: 'Collect the credential of an approved request of a guest',
      description: 'The secret is shown in this response only.',
      tags,
      body: schema.GuestToken,
      response: { 201: CredentialWithSecret },
    },
    handler: (request, reply) => {
      const guest = guestOf(context, request)
      return respondOnce(
        context,
        request,
        reply,
        () => guests.collectGuestRequest(context, guest, request.body.token),
        collected,
      )
    },
  })
}

/**
 * The response with the secret of a collected credential, of a person or of a guest. Nothing between here and the
 * requester keeps it.
 */
export function collected({ etag, resource }: Tagged<Created>): WriteResponse {
  const headers = { location: `/api/v1/credentials/${resource.id}`, etag, 'cache-control': 'no-store' }
  return { status: 201, headers, body: resource }
}

const described = Object.entries(scopes).map(([name, description]) => ({
  name: name as ScopeName,
  description,
}))
